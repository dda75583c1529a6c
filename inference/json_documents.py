"""A .jsonl file -> documents: one JSON object a line.

| key                     | value                                        |
|-------------------------|----------------------------------------------|
| text                    | a string: running text                       |
| words, or tokens        | without text: a list of strings, one sentence |
| id, document, or doc_id | a string or integer; else the line's number  |

Other keys are left alone. Blank lines are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from foundation.errors import InputError
from inference.given_words import join_words
from inference.text_stream import NEXT_STEP, read_lines
from preprocessing.word_spans import Span

_TEXT = "text"
_WORDS = ("words", "tokens")
_NAMES = ("id", "document", "doc_id")
_EXPECTED = '{"text": "..."} or {"words": ["...", ...]}'


@dataclass(frozen=True)
class JsonDocument:
    """What one line holds.

    Attributes:
      name: unique in the file.
      text: running text, or the words joined by one space.
      words: their spans in `text`; None for running text.
    """

    name: str
    text: str
    words: tuple[Span, ...] | None


@dataclass(frozen=True)
class _Line:
    """A line's object, and where it stands for messages."""

    value: dict[str, Any]
    path: str
    number: int

    def refusal(self, problem: str, *, got: str, expected: str) -> InputError:
        return InputError(
            problem,
            got=got,
            expected=expected,
            next_step="mend this line",
            path=self.path,
            line=self.number,
        )


def read_json_documents(path: str) -> Iterator[JsonDocument]:
    """Yields the documents of a .jsonl file, in order.

    Raises:
      InputError: not UTF-8; a line that is no JSON object, or has no text; an
        id that another line has, or that only some lines have; no document.
    """
    names = _Names()
    for number, text in read_lines(path):
        if not text.strip():
            continue
        line = _parse(text, path=path, number=number)
        name = names.name_of(line)
        yield _document(line, name)
    if not names.num_documents:
        raise InputError(
            "the file has no documents",
            got="only blank lines",
            expected=f"{_EXPECTED} on each line",
            next_step=NEXT_STEP,
            path=path,
        )


def _parse(text: str, *, path: str, number: int) -> _Line:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        # The decoder's own message shows no text, but a cause would.
        raise _Line({}, path, number).refusal(
            "the line is not JSON",
            got=f"{len(text)} characters, {type(error).__name__}",
            expected=_EXPECTED,
        ) from None
    line = _Line(value, path, number)
    if not isinstance(value, dict):
        raise line.refusal(
            "the line is not a JSON object",
            got=f"a {type(value).__name__}",
            expected=_EXPECTED,
        )
    return line


@dataclass
class _Names:
    """The names given so far; memory grows with those only."""

    num_documents: int = 0
    _seen: set[str] = field(default_factory=set)

    def name_of(self, line: _Line) -> str:
        """Returns the name of the next document."""
        given = [line.value[key] for key in _NAMES if key in line.value]
        # Were some lines named and some numbered, a number could be a name.
        if self.num_documents and bool(given) != bool(self._seen):
            raise line.refusal(
                "only some lines have an id",
                got="an id" if given else "no id",
                expected="one on every line, or on none",
            )
        self.num_documents += 1
        if not given:
            return str(line.number)
        if isinstance(given[0], bool) or not isinstance(given[0], int | str):
            raise line.refusal(
                "the id is no name",
                got=f"a {type(given[0]).__name__}",
                expected="a string or an integer",
            )
        name = _checked(str(given[0]), line)
        if not name or name in self._seen:
            raise line.refusal(
                "the id names no document",
                got="that of an earlier line" if name else "an empty one",
                expected="another id on each line",
            )
        self._seen.add(name)
        return name


def _document(line: _Line, name: str) -> JsonDocument:
    if _TEXT in line.value:
        text = line.value[_TEXT]
        if not isinstance(text, str):
            raise line.refusal(
                "the text is not a string",
                got=f"a {type(text).__name__}",
                expected=_EXPECTED,
            )
        return JsonDocument(name, _checked(text, line), None)
    lists = [line.value[key] for key in _WORDS if key in line.value]
    if not lists:
        raise line.refusal(
            "the line has no text",
            got=f"an object of {len(line.value)} other keys",
            expected=_EXPECTED,
        )
    words = lists[0]
    if not isinstance(words, list) or any(type(w) is not str for w in words):
        raise line.refusal(
            "the words are not a list of strings",
            got=f"a {type(words).__name__}",
            expected=_EXPECTED,
        )
    text, spans = join_words(words)
    return JsonDocument(name, _checked(text, line), spans)


def _checked(text: str, line: _Line) -> str:
    """Returns what can be written again: JSON allows half a character."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise line.refusal(
            "the text is not Unicode",
            got="one half of a surrogate pair",
            expected="characters that UTF-8 can write",
        ) from None
    return text

"""Running text of any length -> parts that fit into memory.

The parts, joined, are exactly the text. They end where a sentence most likely
does, so that hardly one in a long file is cut in two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from foundation.errors import InputError
from preprocessing.sentence_spans import sentence_spans

MAX_PART = 1 << 18  # characters

_BLANK_LINES = ("\n\n", "\r\n\r\n")
_TAIL = 1 << 14  # characters searched for the start of a sentence
_LAST_SPACE = re.compile(r"\s(?=\S*\Z)")

_SAMPLE = 1000  # lines that show what a file holds
_FEWEST = 5  # of them that show anything
_MOST = 0.9  # of them, for a file to be of tagged words
_TAGGED_WORD = re.compile(
    r"\S+[\t ](?:\S+[\t ])*(?:O|[BIESLUMW](?:-\S+)?)[\t ]*\r?"
)


def cut_text(pieces: Iterable[str]) -> Iterator[str]:
    """Yields a text, given in pieces, in parts of at most MAX_PART.

    There is at least one part; it is empty if the text is.
    """
    rest = ""
    for piece in pieces:
        rest += piece
        start = 0
        while len(rest) - start > MAX_PART:
            part = rest[start : start + MAX_PART]
            part = part[: _end(part)]
            yield part
            start += len(part)
        rest = rest[start:]  # never empty again once it was not
    yield rest


def _end(text: str) -> int:
    """Returns where to cut a text that goes on.

    After a blank line in its second half, else before the last sentence, else
    after the last white space, else after the last character.
    """
    for blank_line in _BLANK_LINES:
        found = text.rfind(blank_line, len(text) // 2)
        if found >= 0:
            return found + len(blank_line)
    tail = max(0, len(text) - _TAIL)
    sentences = sentence_spans(text[tail:])
    if len(sentences) > 1:
        return tail + sentences[-1][0]
    space = _LAST_SPACE.search(text, tail)
    return space.end() if space else len(text)


def check_running_text(pieces: Iterable[str], path: str) -> Iterator[str]:
    """Passes the pieces of a file on, unless they are tagged words.

    Raises:
      InputError: nearly every line of the first piece ends with a tag: read
        as running text, the tags would be words.
    """
    pieces = iter(pieces)
    first = next(pieces, "")
    lines = [line for line in first.split("\n", _SAMPLE)[:-1] if line.strip()]
    tagged = sum(_TAGGED_WORD.fullmatch(line) is not None for line in lines)
    if len(lines) >= _FEWEST and tagged >= _MOST * len(lines):
        raise InputError(
            "the .txt file is not running text",
            got=f"{tagged} of {len(lines)} lines with a word and a tag",
            expected="sentences",
            next_step="rename it to .tsv to have it read word by word",
            path=path,
        )
    yield first
    yield from pieces

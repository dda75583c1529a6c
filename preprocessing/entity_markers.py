"""Which two entities a text is about: marks and masks, one into another.

Three forms are about: markers of our own, `[E1] aspirin [/E1] inhibits [E2]
COX-1 [/E2]`; SciBERT's, `<< aspirin >> inhibits [[ COX-1 ]]`, where << >> is
the first entity; and masks, `@CHEMICAL$ inhibits @GENE$`, in which the names
are gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from foundation.errors import InputError
from preprocessing.word_spans import Span

MARKERS = ("[E1]", "[/E1]", "[E2]", "[/E2]")
ENTITY_FORMATS = ("as_is", "mask", "marker")
MASKS = ("@ENTITY1$", "@ENTITY2$")
MASK_OF_BOTH = "@ENTITY1-ENTITY2$"

_MARKER = re.compile(r"\[/?E[12]\]")
# The spaces are the marks', not the text's. What is left of a mark is text:
# "94 >> probenecid" behind the two, "[[(3-iodo" in a name.
_SCIBERT = (
    re.compile(r"<< ((?:(?!<< ).)+?) >>"),
    re.compile(r"\[\[ ((?:(?!\[\[ ).)+?) \]\]"),
)
_MASK = re.compile(r"@[^\s@$]+\$")


@dataclass(frozen=True)
class MarkedPair:
    """A text without its marks, and where its two entities are."""

    text: str
    first: Span
    second: Span


def format_entities(
    text: str,
    entity_format: str,
    *,
    path: str | None = None,
    line: int | None = None,
) -> str:
    """Returns a row's text in the form that a run reads.

    Args:
      text: with markers, SciBERT's marks or masks.
      entity_format: "as_is": unchanged. "marker": with `MARKERS`. "mask": the
        entities' names replaced, by `MASKS` where the text does not have
        masks already.
      path: of the file, for messages.
      line: of the text.

    Raises:
      InputError: marks without their partners, or none; names that are asked
        for and masked. The text is not shown.
    """
    if entity_format == "as_is":
        return text
    if _MARKER.search(text):
        pair = _read_markers(text, path=path, line=line)
        return text if entity_format == "marker" else _masked(pair)
    if all(pattern.search(text) for pattern in _SCIBERT):
        text = _from_scibert(text, path=path, line=line)
        if entity_format == "marker":
            return text
        return _masked(_read_markers(text, path=path, line=line))
    if entity_format == "mask" and _MASK.search(text):
        return text
    raise _without_pair(text, entity_format, path=path, line=line)


def marked_pair(text: str) -> MarkedPair:
    """Returns the text of a row with `MARKERS`, and where its entities are.

    Raises:
      InputError: not each marker once, or one that closes before it opens.
    """
    return _read_markers(text, path=None, line=None)


def check_markers(
    text: str, *, path: str | None = None, line: int | None = None
) -> None:
    """Raises InputError unless each marker is there once, in its order."""
    _read_markers(text, path=path, line=line)


def _read_markers(
    text: str, *, path: str | None, line: int | None
) -> MarkedPair:
    found = _MARKER.findall(text)
    order = {marker: n for n, marker in enumerate(found)}
    if len(found) != len(MARKERS) or len(order) != len(MARKERS):
        raise _unpaired(f"{len(found)} markers", path=path, line=line)
    for opening, closing in (MARKERS[:2], MARKERS[2:]):
        if order[opening] > order[closing]:
            raise _unpaired(f"{closing} first", path=path, line=line)
    plain, done, size = [], 0, 0
    places: dict[str, int] = {}
    for match in _MARKER.finditer(text):
        start, end = match.span()
        # The space inside a pair of markers came with them.
        if match[0].startswith("[/"):
            start -= start > done and text[start - 1] == " "
        else:
            end += text[end : end + 1] == " "
        plain.append(text[done:start])
        size += start - done
        places[match[0]] = size
        done = end
    plain.append(text[done:])
    a, b, c, d = (places[marker] for marker in MARKERS)
    return MarkedPair("".join(plain), (a, b), (c, d))


def _from_scibert(text: str, *, path: str | None, line: int | None) -> str:
    """Returns the text with markers in the place of SciBERT's marks."""
    marks: list[tuple[int, int, str]] = []
    for rank, pattern in enumerate(_SCIBERT):
        first, *others = pattern.finditer(text)
        if others:
            got = f"{1 + len(others)} times {first[0][:2]}"
            raise _unpaired(got, path=path, line=line)
        opening, closing = MARKERS[2 * rank : 2 * rank + 2]
        marks.append((first.start(), first.start(1), f"{opening} "))
        marks.append((first.end(1), first.end(), f" {closing}"))
    parts, done = [], 0
    for start, stop, mark in sorted(marks):
        parts += [text[done:start], mark]
        done = stop
    return "".join([*parts, text[done:]])


def _masked(pair: MarkedPair) -> str:
    text, a, b = pair.text, pair.first, pair.second
    if a[0] < b[1] and b[0] < a[1]:
        start, end = min(a[0], b[0]), max(a[1], b[1])
        return f"{text[:start]}{MASK_OF_BOTH}{text[end:]}"
    one, two = MASKS
    if b < a:
        a, b, one, two = b, a, two, one
    return f"{text[: a[0]]}{one}{text[a[1] : b[0]]}{two}{text[b[1] :]}"


def _unpaired(got: str, *, path: str | None, line: int | None) -> InputError:
    return InputError(
        "the two entities of a row are not marked",
        got=got,
        expected=f"{' x '.join(MARKERS[:2])} and {' y '.join(MARKERS[2:])}, "
        "or << x >> and [[ y ]], each once",
        next_step="mend the row; --entity_format=as_is reads texts as they are",
        path=path,
        line=line,
    )


def _without_pair(
    text: str, entity_format: str, *, path: str | None, line: int | None
) -> InputError:
    if entity_format == "mask" or not _MASK.search(text):
        return _unpaired("no marks", path=path, line=line)
    return InputError(
        "the entities cannot be marked: their names are masked",
        got="masks such as @GENE$ in the table",
        expected="a table that has the entities' names",
        next_step="use --entity_format=mask, or make the table with "
        "scripts/convert_relations.py --entity_format=marker",
        path=path,
        line=line,
    )

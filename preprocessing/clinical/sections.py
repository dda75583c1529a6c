"""A note -> its segments: headings, what stands under them, items of lists.

A sentence ends where a segment does. After the heuristics that clinicalBERT
used (paper_sections.py), without their defects: every character that is no
space is in one segment, in the note's order. Other than there, a row of dashes
or underlines parts only when it fills a line: MIMIC-IV writes ___ for what was
removed, in the middle of sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from preprocessing.clinical import paper_sections

SPLITTERS = ("fixed", "paper")
_RULE = re.compile(r"[-_=*~]{3,}\s*$")
# A heading and what follows on its line.
_HEADING = re.compile(r"([A-Z][^\n:]{1,79}:)(?=\s|$)")
_CAPITALS = re.compile(r"[A-Z][A-Z&/, ()-]{3,59}$")
# "Admission Date:  x     Discharge Date:  y" are two columns.
_COLUMN_GAP = re.compile(r"(?<=\S)\s{3,}(?=[A-Z][A-Za-z ]{1,39}:(?:\s|$))")
_ITEM = re.compile(r"(\d{1,3})[.)](?!\d)")


@dataclass(frozen=True)
class Segment:
    """Part of a note.

    Attributes:
      name: the heading that it stands under or begins with, without its
        colon; "" before the first one.
      text: its characters; lines end in a line feed.
    """

    name: str
    text: str


def split(text: str, splitter: str = "fixed") -> list[Segment]:
    """Returns the segments of a note, in order.

    Args:
      text: of the note.
      splitter: one of SPLITTERS.

    Raises:
      ValueError: `paper` alone, for notes on which the published program
        failed.
    """
    if splitter == "paper":
        return list(_named(paper_sections.split(text)))
    return _joined(_pieces(text))


def _named(segments: Iterable[str]) -> Iterator[Segment]:
    """Yields the published splitter's segments with their headings."""
    name = ""
    for segment in segments:
        head, colon, _ = segment.partition(":")
        if colon and paper_sections.is_title(head + colon):
            name = head
        yield Segment(name, segment)


@dataclass
class _Piece:
    """A heading, a rule, or lines below one."""

    lines: list[str]
    is_heading: bool = False
    is_open: bool = True  # more lines can follow
    is_beside: bool = False  # begins on its heading's line


def _pieces(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    lines = [
        part.strip()
        for line in text.splitlines()
        for part in (_COLUMN_GAP.split(line) if ":" in line else (line,))
    ]
    begins_item = _items(lines)
    for i, line in enumerate(lines):
        last = pieces[-1] if pieces else None
        if not line:
            if last is not None:
                last.is_open = last.is_heading
        elif _RULE.match(line):
            pieces.append(_Piece([line], is_open=False))
        elif (heading := _heading(lines, i)) is not None:
            pieces.append(_Piece([heading], is_heading=True))
            rest = line[len(heading) :].strip()
            if rest:
                pieces.append(_Piece([rest], is_beside=True))
        elif (
            last is None
            or last.is_heading
            or not last.is_open
            or i in begins_item
        ):
            pieces.append(_Piece([line]))
        else:
            last.lines.append(line)
    return pieces


def _heading(lines: list[str], i: int) -> str | None:
    """Returns the heading that line `i` begins with."""
    line = lines[i]
    found = _HEADING.match(line)
    if found is not None:
        return found[1] if paper_sections.is_title(found[1]) else None
    is_alone = not (i and lines[i - 1]) and not "".join(lines[i + 1 : i + 2])
    return line if is_alone and _CAPITALS.match(line) else None


def _items(lines: list[str]) -> frozenset[int]:
    """Returns the lines that begin an item of a numbered list.

    A number counts where the next or the last one is beside it, or as the 1
    of a list of one: "10 mg", "2.5 mg" and a line that happens to begin with
    "14." do not.
    """
    found = [
        (i, int(match[1]))
        for i, line in enumerate(lines)
        if (match := _ITEM.match(line)) is not None
    ]
    numbers = [-1, *(number for _, number in found), -1]
    return frozenset(
        i
        for k, (i, number) in enumerate(found, start=1)
        if number == 1
        or numbers[k - 1] == number - 1
        or numbers[k + 1] == number + 1
    )


def _joined(pieces: list[_Piece]) -> list[Segment]:
    """Puts one line that is all under its heading, beside it."""
    segments: list[Segment] = []
    name = ""
    for i, piece in enumerate(pieces):
        text = "\n".join(piece.lines)
        if piece.is_heading:
            name = text.removesuffix(":")
        is_last = i + 1 == len(pieces) or pieces[i + 1].is_heading
        if (
            len(piece.lines) == 1
            and not piece.is_heading
            and i
            and pieces[i - 1].is_heading
            and (is_last or piece.is_beside)
        ):
            segments[-1] = Segment(name, f"{segments[-1].text} {text}")
        else:
            segments.append(Segment(name, text))
    return segments

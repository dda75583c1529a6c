"""An .ann file of the annotation tool brat <-> its entities and relations.

A line is "T1<tab>Type 0 7<tab>surface" or "R1<tab>Type Arg1:T1 Arg2:T2". An
entity that runs over a line break, or over words of another one, is of
several fragments, "Type 0 7;8 15", whose texts are joined by a space
(https://brat.nlplab.org/standoff.html). Events, attributes, notes and
equivalences are counted, not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError

_ENTITY = re.compile(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)")
_NOT_IN_TYPES = re.compile(r"[^A-Za-z0-9_-]")
_SPACES = re.compile(r"\s+")
# What `str.splitlines`, with which brat reads, takes for the end of a line,
# and the tab that separates its columns.
_BREAK = re.compile("[\t\n\v\f\r\x1c-\x1e\u0085\u2028\u2029]")
_RELATION = re.compile(r"R\d+\t(\S+)[ \t]\S+:(\S+) \S+:(\S+)\s*")


@dataclass(frozen=True)
class Annotation:
    """An entity as brat has it.

    Attributes:
      type: letters, digits, "_" and "-".
      fragments: (start, end) of each part, in order.
      surface: their texts, joined by a space.
    """

    type: str
    fragments: tuple[tuple[int, int], ...]
    surface: str


@dataclass(frozen=True)
class BratRelation:
    """A relation's type, the ids of its two entities, and its line."""

    type: str
    first: str
    second: str
    line: int


@dataclass(frozen=True)
class BratFile:
    """What an .ann file holds.

    Attributes:
      entities: by id ("T1"), in order.
      lines: of the entities, by id.
      relations: in order.
      num_others: lines of other kinds.
    """

    entities: dict[str, Annotation]
    lines: dict[str, int]
    relations: tuple[BratRelation, ...]
    num_others: int


def read_brat(path: str) -> BratFile:
    """Reads an .ann file.

    Raises:
      InputError: a "T" or "R" line that cannot be read, or an id given
        twice. Text is not shown.
    """
    text = ""
    if not files.exists(path) or files.size_of(path):  # without entities
        text = files.read_text(
            path,
            what="the file of annotations",
            next_step="check its .ann file",
        )
    entities: dict[str, Annotation] = {}
    lines: dict[str, int] = {}
    relations, num_others = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if line.startswith("T"):
            name, annotation = _entity(line, number, path=path)
            if name in entities:
                raise _bad_line(line, number, what="new", path=path)
            entities[name], lines[name] = annotation, number
        elif line.startswith("R"):
            relations.append(_relation(line, number, path=path))
        else:
            num_others += bool(line.strip())
    return BratFile(entities, lines, tuple(relations), num_others)


def _entity(line: str, number: int, *, path: str) -> tuple[str, Annotation]:
    match = _ENTITY.fullmatch(line)
    if match is None:
        raise _bad_line(line, number, what="an entity", path=path)
    pairs = [span.split() for span in match[3].split(";")]
    fragments = tuple((int(start), int(end)) for start, end in pairs)
    return match[1], Annotation(match[2], fragments, match[4])


def _relation(line: str, number: int, *, path: str) -> BratRelation:
    match = _RELATION.fullmatch(line)
    if match is None:
        raise _bad_line(line, number, what="a relation", path=path)
    return BratRelation(match[1], match[2], match[3], number)


_EXPECTED = {
    "an entity": "T<number>, type and offsets, text, between tabs",
    "a relation": "R<number>, then the type and two arguments as in Arg1:T1",
    "new": "an id that no earlier line has",
}


def _bad_line(line: str, number: int, *, what: str, path: str) -> InputError:
    return InputError(
        f"the line is not {what}, as brat has it"
        if what != "new"
        else "two entities have one id",
        got=f"{len(line)} characters",
        expected=_EXPECTED[what],
        next_step="mend or remove the line",
        path=path,
        line=number,
    )


def line_parts(surface: str) -> list[tuple[int, int]]:
    """Returns the parts of an entity's text that brat can show on a line."""
    parts = []
    start = 0
    for match in _SPACES.finditer(surface):
        if _BREAK.search(match[0]):
            parts.append((start, match.start()))
            start = match.end()
    parts.append((start, len(surface)))
    return parts


def brat_type(name: str) -> str:
    """Returns a type's name in brat, which allows few characters."""
    return _NOT_IN_TYPES.sub("_", name)


def annotation_line(annotation: Annotation, number: int) -> str:
    """Returns the line of an .ann file, without a line feed."""
    spans = ";".join(f"{start} {end}" for start, end in annotation.fragments)
    return f"T{number}\t{annotation.type} {spans}\t{annotation.surface}"

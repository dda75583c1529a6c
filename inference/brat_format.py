"""Entities -> lines of an .ann file, the format of the annotation tool brat.

A line is "T1<tab>Type 0 7<tab>surface". An entity that runs over a line break
is one of several fragments, "Type 0 7;8 15", whose texts are joined by a space
(https://brat.nlplab.org/standoff.html). `preprocessing.brat_annotations` reads
such files.
"""

from __future__ import annotations

import re

from inference.entities import FoundEntity
from preprocessing.brat_annotations import Annotation

NO_TYPE = "Entity"  # what an entity without type is called

_NOT_IN_TYPES = re.compile(r"[^A-Za-z0-9_-]")
_SPACES = re.compile(r"\s+")
# What `str.splitlines`, with which brat reads, takes for the end of a line,
# and the tab that separates its columns.
_BREAK = re.compile("[\t\n\v\f\r\x1c-\x1e\u0085\u2028\u2029]")


def annotation_of(entity: FoundEntity) -> Annotation:
    """Returns an entity as brat has it."""
    surface = entity.surface
    fragments = []
    start = 0  # in the surface
    for match in _SPACES.finditer(surface):
        if _BREAK.search(match[0]):
            fragments.append((start, match.start()))
            start = match.end()
    fragments.append((start, len(surface)))
    return Annotation(
        brat_type(entity.type),
        tuple((entity.start + a, entity.start + b) for a, b in fragments),
        " ".join(surface[a:b] for a, b in fragments),
    )


def brat_type(name: str | None) -> str:
    """Returns a type's name in brat, which allows few characters."""
    return _NOT_IN_TYPES.sub("_", name) if name else NO_TYPE


def annotation_line(annotation: Annotation, number: int) -> str:
    """Returns the line of an .ann file, without a line feed."""
    spans = ";".join(f"{start} {end}" for start, end in annotation.fragments)
    return f"T{number}\t{annotation.type} {spans}\t{annotation.surface}"

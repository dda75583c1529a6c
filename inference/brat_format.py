"""Entities -> what stands of them in an .ann file, brat's format.

A line is "T1<tab>Type 0 7<tab>surface". An entity that runs over a line break
is one of several fragments, "Type 0 7;8 15", whose texts are joined by a space
(https://brat.nlplab.org/standoff.html). `preprocessing.brat_annotations` has
the lines themselves.
"""

from __future__ import annotations

from inference.entities import FoundEntity
from preprocessing.brat_annotations import Annotation, brat_type, line_parts

NO_TYPE = "Entity"  # what an entity without type is called


def annotation_of(entity: FoundEntity) -> Annotation:
    """Returns an entity as brat has it."""
    fragments = line_parts(entity.surface)
    return Annotation(
        brat_type(entity.type) if entity.type else NO_TYPE,
        tuple((entity.start + a, entity.start + b) for a, b in fragments),
        " ".join(entity.surface[a:b] for a, b in fragments),
    )

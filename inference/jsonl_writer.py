"""Entities -> predictions.jsonl: one JSON object an entity, one a line.

Keys: document; start and end (character offsets, the end exclusive); surface;
type (null without types); probability (6 decimals).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from foundation import files, json_files
from inference.entities import FoundEntity, TaggedBlock


def entity_line(entity: FoundEntity) -> str:
    """Returns an entity's line, without a line feed."""
    value = {
        "document": entity.document,
        "start": entity.start,
        "end": entity.end,
        "surface": entity.surface,
        "type": entity.type,
        "probability": round(entity.probability, 6),
    }
    return json_files.line_of(value)


@dataclass(frozen=True)
class JsonLinesWriter:
    """Writes each entity as it comes."""

    file: IO[Any]

    def add(self, tagged: TaggedBlock) -> None:
        """Writes the entities of a block."""
        for entity in tagged.entities:
            self.file.write(entity_line(entity) + "\n")


@contextlib.contextmanager
def write_json_lines(path: str) -> Iterator[JsonLinesWriter]:
    """Yields a writer to a file that appears once all of it is there."""
    with files.write_atomically(path) as file:
        yield JsonLinesWriter(file)

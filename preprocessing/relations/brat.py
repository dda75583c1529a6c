"""Texts annotated with brat -> documents: a .txt and its .ann each."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from foundation import files
from preprocessing.brat_annotations import read_brat
from preprocessing.relations.document import (
    Entity,
    Place,
    Relation,
    RelationDocument,
    check_arguments,
    has_text,
    trimmed_fragments,
)
from preprocessing.relations.sentences import split_sentences

NEGATIVE_LABEL = "false"


def read_brat_documents(
    stems: Iterable[tuple[str, str]],
) -> Iterator[RelationDocument]:
    """Yields documents, each when its two files are read.

    Args:
      stems: for each document its id and its path without ".txt".

    Raises:
      InputError: a file that cannot be read; text is not shown.
    """
    for name, stem in stems:
        text = exact_text(f"{stem}.txt")
        path = f"{stem}.ann"
        found = read_brat(path)
        entities, other_text = [], 0
        for key, annotation in found.entities.items():
            fragments = trimmed_fragments(
                text,
                annotation.fragments,
                place=Place(path, found.lines[key]),
                name=key,
            )
            entities.append(Entity(key, annotation.type, fragments))
            other_text += not has_text(text, fragments, annotation.surface)
        relations = []
        for line in found.relations:
            relation = Relation(line.type, line.first, line.second)
            check_arguments(relation, entities, place=Place(path, line.line))
            relations.append(relation)
        yield RelationDocument(
            id=name,
            text=text,
            sentences=split_sentences(text, entities),
            entities=tuple(entities),
            relations=tuple(relations),
            source=name,
            other_text=other_text,
            left_out=found.num_others,
        )


def exact_text(path: str) -> str:
    """Returns a file's text as brat counts it: a byte-order mark is one."""
    text = files.read_text(path, what="the text", next_step="check --input")
    with files.open_file(path, "rb") as file:
        has_mark = file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
    return "\ufeff" + text if has_mark else text

"""Beside a file of words and tags: its documents, and where each word stands.

<name>.documents.jsonl, a document a line: {"document", "patient", "text",
"sections": [[start, end]], "sentences": [[start, end, start, end, ...]] (the
words of each sentence, as in the file), "mentions": [{"id", "type",
"fragments", "attributes"}], "type_names": {name in tags: type}}. Offsets are
characters of "text". It holds the whole texts and is private.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError
from preprocessing.annotations.document import AnnotatedDocument, Mention
from preprocessing.annotations.tagged import TaggedDocument
from preprocessing.word_spans import Span

ENDING = ".documents.jsonl"


def side_path(path: str) -> str:
    """Returns the side file's path of a file of words and tags."""
    return os.path.splitext(path)[0] + ENDING


@dataclass(frozen=True)
class SideDocument:
    """A line of the file.

    Attributes:
      document: with the mentions that were tagged.
      sentences: the words' spans, sentence by sentence.
      type_names: name in a tag -> type, where these differ.
    """

    document: AnnotatedDocument
    sentences: tuple[tuple[Span, ...], ...]
    type_names: dict[str, str]


def side_line(
    tagged: TaggedDocument, *, patient: str, type_names: dict[str, str]
) -> str:
    """Returns the line of a document, without a line feed."""
    document = tagged.document
    return json_files.line_of(
        {
            "document": document.id,
            "patient": patient,
            "text": document.text,
            "sections": [list(span) for span in document.sections],
            "sentences": [
                [offset for span in row for offset in span]
                for row in tagged.sentences
            ],
            "mentions": [
                {
                    "id": mention.id,
                    "type": mention.type,
                    "fragments": [list(span) for span in mention.fragments],
                    "attributes": dict(mention.attributes),
                }
                for mention in document.mentions
            ],
            "type_names": type_names,
        }
    )


def read_side_file(path: str) -> Iterator[SideDocument]:
    """Yields the documents of a side file.

    Raises:
      InputError: it cannot be read; text is not shown.
    """
    text = files.read_text(
        path,
        what="the file of documents",
        next_step="it was written beside the .tsv; name it with --documents",
    )
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _side_document(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                "the line is no document of this kit",
                got=f"{len(line)} characters, {type(error).__name__}",
                expected='{"document", "text", "sentences", ...}',
                next_step="convert the corpus again",
                path=path,
                line=number,
            ) from None  # int() says what it was given


def _side_document(value: dict[str, Any]) -> SideDocument:
    mentions = tuple(
        Mention(
            str(mention["id"]),
            str(mention["type"]),
            _spans(mention["fragments"]),
            dict(mention["attributes"]),
        )
        for mention in value["mentions"]
    )
    document = AnnotatedDocument(
        str(value["document"]),
        str(value["text"]),
        mentions,
        _spans(value["sections"]),
    )
    sentences = tuple(
        tuple(zip(row[::2], row[1::2], strict=True))
        for row in value["sentences"]
    )
    return SideDocument(document, sentences, dict(value["type_names"]))


def _spans(value: Any) -> tuple[Span, ...]:
    return tuple((int(start), int(end)) for start, end in value)

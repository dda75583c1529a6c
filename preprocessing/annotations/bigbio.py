"""BigBIO's "knowledge base" documents, a JSON object a line.

{"id", "document_id", "passages": [{"id", "type", "text": [...], "offsets":
[[0, 59]]}], "entities": [{"id", "type", "text": [...], "offsets": [[0, 8]],
"normalized": []}], "events", "coreferences", "relations"}. Offsets count in
the passages' texts joined by one blank, or as the passages' own offsets say
(bigscience-workshop/biomedical, task_schemas.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError
from preprocessing.annotations.document import (
    BREAKS,
    OTHER_KINDS,
    Account,
    AnnotatedDocument,
    Mention,
    SurfaceCheck,
    check_new_ids,
)
from preprocessing.annotations.inputs import Source
from preprocessing.relations.document import Place
from preprocessing.word_spans import Span

_NAME = "bigbio"  # of its attributes
_OTHERS = ("events", "coreferences", "relations")


def read_bigbio(
    source: Source, *, mismatches: str, account: Account
) -> Iterator[AnnotatedDocument]:
    """Yields the documents of a file.

    Raises:
      InputError: a line that cannot be read, or annotations of another text;
        text is not shown.
    """
    text = files.read_text(
        source.path, what="the corpus file", next_step="check --input"
    )
    check = SurfaceCheck(mismatches, account)
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = Place(source.path, number)
        try:
            yield _document(json.loads(line), check, place=place)
        except InputError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                "the line is no document of BigBIO's",
                got=f"{len(line)} characters, {type(error).__name__}",
                expected='{"document_id", "passages", "entities"}',
                next_step="check --from_format, or mend the line",
                path=place.path,
                line=place.line,
            ) from None  # int() says what it was given


def _document(
    value: Mapping[str, Any], check: SurfaceCheck, *, place: Place
) -> AnnotatedDocument:
    text, sections = _text(value["passages"])
    mentions = []
    for entity in value["entities"]:
        offsets = [(int(start), int(end)) for start, end in entity["offsets"]]
        surface = " ".join(_texts(entity["text"]))
        parts = check.checked(text, offsets, surface, place=place)
        rest = {_NAME: entity.get("normalized", [])}
        kind = str(entity["type"])
        mentions.append(Mention(str(entity["id"]), kind, parts, rest))
    check_new_ids([m.id for m in mentions], what="entities", place=place)
    for kind in _OTHERS:
        check.account[OTHER_KINDS] += len(value.get(kind) or ())
    name = str(value.get("document_id") or value["id"])
    return AnnotatedDocument(name, text, tuple(mentions), sections)


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else [str(v) for v in value]


def _text(
    passages: list[Mapping[str, Any]],
) -> tuple[str, tuple[Span, ...]]:
    """Returns the document's text and where its passages stand in it."""
    texts = [" ".join(_texts(passage["text"])) for passage in passages]
    told = [passage.get("offsets") for passage in passages]
    placed, text = list[Span](), ""
    for passage, offsets in zip(texts, told, strict=True):
        start = len(text) + 1 if placed else 0
        if offsets and offsets[0][1] - offsets[0][0] == len(passage):
            start = max(int(offsets[0][0]), len(text))
        text += " " * (start - len(text)) + passage
        placed.append((start, len(text)))
    return text, tuple(span for span in placed if span[0] < span[1])


def line_of(document: AnnotatedDocument, *, account: Account) -> str:
    """Returns the line of a document, without a line feed.

    White space between sections becomes blanks, and is counted.
    """
    text = document.text
    name = document.id
    sections = document.sections
    outside = _outside(text, sections)
    # Words outside all sections would be lost: then the text is one.
    if outside.strip() or not sections:
        sections, outside = ((0, len(text)),), ""
    account[BREAKS] += len(outside) - outside.count(" ")
    kinds = ("title", "abstract") if len(sections) == 2 else ()
    value = {
        "id": name,
        "document_id": name,
        "passages": [
            {
                "id": f"{name}_passage_{number}",
                "type": kinds[number] if kinds else "text",
                "text": [text[start:end]],
                "offsets": [[start, end]],
            }
            for number, (start, end) in enumerate(sections)
        ],
        "entities": [
            {
                "id": f"{name}_{mention.id}",
                "type": mention.type,
                "text": [text[start:end] for start, end in mention.fragments],
                "offsets": [list(span) for span in mention.fragments],
                "normalized": mention.attributes.get(_NAME, []),
            }
            for mention in document.mentions
        ],
        **{kind: [] for kind in _OTHERS},
    }
    return json_files.line_of(value)


def _outside(text: str, sections: tuple[Span, ...]) -> str:
    at, outside = 0, ""
    for start, end in sections:
        outside += text[at:start]
        at = end
    return outside + text[at:]

"""brat's folders: a .txt and its .ann each (https://brat.nlplab.org).

Only "T" lines are mentions; the number of relations, events and notes is told.
Parts between which the text has white space alone are one: brat cuts a mention
at line breaks, and so does what is written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from foundation import files
from preprocessing.annotations.document import (
    NO_TYPE,
    OTHER_KINDS,
    Account,
    AnnotatedDocument,
    Mention,
    SurfaceCheck,
)
from preprocessing.annotations.inputs import Source
from preprocessing.brat_annotations import (
    Annotation,
    annotation_line,
    brat_type,
    line_parts,
    read_brat,
)
from preprocessing.relations.brat import exact_text
from preprocessing.relations.document import Place
from preprocessing.word_spans import Span

_ID = re.compile("T[1-9][0-9]*")


def read_folder(
    source: Source, *, mismatches: str, account: Account
) -> Iterator[AnnotatedDocument]:
    """Yields the one document of a text and its .ann.

    Raises:
      InputError: a line that cannot be read, or of another text; text is not
        shown.
    """
    text = exact_text(source.text_path)
    found = read_brat(source.path)
    account[OTHER_KINDS] += found.num_others + len(found.relations)
    check = SurfaceCheck(mismatches, account)
    mentions = []
    for name, annotation in found.entities.items():
        parts = check.checked(
            text,
            annotation.fragments,
            annotation.surface,
            place=Place(source.path, found.lines[name]),
        )
        joined = joined_parts(text, parts)
        mentions.append(Mention(name, annotation.type, joined))
    yield AnnotatedDocument(source.id, text, tuple(mentions))


def joined_parts(text: str, parts: Sequence[Span]) -> tuple[Span, ...]:
    """Returns the parts in order, those with white space between as one."""
    joined: list[Span] = []
    for start, end in sorted(parts):
        between = text[joined[-1][1] : start] if joined else ""
        if joined and joined[-1][1] <= start and not between.strip():
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return tuple(joined)


def annotations_of(document: AnnotatedDocument) -> list[str]:
    """Returns the lines of an .ann file; ids such as T3 are kept."""
    ids = [mention.id for mention in document.mentions]
    if len(set(ids)) < len(ids) or not all(map(_ID.fullmatch, ids)):
        ids = [f"T{number}" for number in range(1, len(ids) + 1)]
    lines = []
    for name, mention in zip(ids, document.mentions, strict=True):
        fragments = [
            (start + first, start + last)
            for start, end in mention.fragments
            for first, last in line_parts(document.text[start:end])
            if first < last  # not so where a part ends with a line break
        ]
        surface = " ".join(document.text[a:b] for a, b in fragments)
        kind = brat_type(mention.type) or NO_TYPE
        annotation = Annotation(kind, tuple(fragments), surface)
        lines.append(annotation_line(annotation, int(name[1:])))
    return lines


def write_types(path: str, types: Sequence[str]) -> None:
    """Writes annotation.conf, which tells brat the types."""
    sections = ["[entities]", *sorted({brat_type(t) for t in types}), ""]
    for name in ("relations", "events", "attributes"):
        sections += [f"[{name}]", ""]
    with files.write_atomically(path) as file:
        file.write("\n".join(sections))

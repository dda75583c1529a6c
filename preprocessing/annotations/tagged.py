"""A document -> sentences of words with a tag each, and back.

Words are cut where an entity begins or ends, so that the words of an entity
read exactly what was annotated; every character that is no white space, and
that BERT's tokenizer does not drop, is in one word. A sentence never ends
inside an entity.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from foundation.errors import InputError
from preprocessing.annotations.document import (
    Account,
    AnnotatedDocument,
    Mention,
)
from preprocessing.annotations.overlaps import PARTS, WITHOUT_WORD
from preprocessing.relations.sentences import joined_over
from preprocessing.word_spans import Span, spaced_spans, word_spans

WORDS: dict[str, Callable[[str], list[Span]]] = {
    "bert": word_spans,
    "space": spaced_spans,
}
ENTITIES = "entities written"
EDGES = "edges moved off white space"
CUT_WORDS = "words cut at an entity's edge"
JOINED = "sentences joined, their end being in an entity"

_MAX_TYPES = 200  # DESIGN 2.11: more than that is text, not a label set
# What a tag may be made of (tasks.readers), "B-" before it.
_TYPE = re.compile(r"[\w+/.&()#-]{1,58}")
_NOT_IN_TYPE = re.compile(r"[^\w+/.&()#-]+")
# A line that begins so is read as a document's start.
_DOCUMENT_START = re.compile("--?(?=-?DOCSTART-)")


@dataclass(frozen=True)
class TaggedDocument:
    """A document as rows of words.

    Attributes:
      document: with the mentions that are tagged.
      sentences: the words' spans in its text, sentence by sentence.
      tags: one a word, "B-<type>", "I-<type>" or "O".
    """

    document: AnnotatedDocument
    sentences: tuple[tuple[Span, ...], ...]
    tags: tuple[tuple[str, ...], ...]


class TypeNames:
    """Types -> what stands in tags, and back.

    Attributes:
      names: type to its name in a tag.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def name_of(self, kind: str) -> str:
        """Returns a type's name in a tag.

        Raises:
          InputError: it looks like text, or another type has that name.
        """
        if kind in self.names:
            return self.names[kind]
        name = _NOT_IN_TYPE.sub("_", kind)
        if not _TYPE.fullmatch(name) or len(self.names) >= _MAX_TYPES:
            raise InputError(
                "the types do not look like types",
                got=f"one of {len(kind)} characters, the "
                f"{len(self.names) + 1}th",
                expected=f"at most {_MAX_TYPES} names of at most 58 characters",
                next_step="check --from_format",
            )
        if name in self.names.values():
            raise InputError(
                "two types would have one tag",
                got=f"{name} for both",
                expected="types that differ in letters, digits and _+/.&()#-",
                next_step="take one of them with --types",
            )
        self.names[kind] = name
        return name

    def changed(self) -> dict[str, str]:
        """Returns name in a tag -> type, where these differ."""
        return {n: kind for kind, n in self.names.items() if n != kind}


def tag_document(
    document: AnnotatedDocument,
    *,
    split: Callable[[str], Sequence[Span]],
    words: str,
    types: TypeNames,
    account: Account,
) -> TaggedDocument:
    """Returns the rows of a document.

    Args:
      document: its mentions are of one part and do not overlap.
      split: text -> its sentences' spans.
      words: one of WORDS, how words are found before they are cut at edges.
      types: gives tags their names.
      account: counts what is changed and left out.
    """
    text = document.text
    edges = sorted({e for m in document.mentions for e in m.whole})
    spans = _sentences(document, split)
    whole = joined_over(spans, [m.whole for m in document.mentions])
    account[JOINED] += len(spans) - len(whole)
    rows = []
    for start, end in whole:
        found = WORDS[words](text[start:end])
        row = [(start + a, start + b) for a, b in found]
        rows.append(_cut(text, row, edges, account=account))
    starts = [word[0] for row in rows for word in row]
    flat = [word for row in rows for word in row]
    tags = ["O"] * len(flat)
    kept = []
    for mention in document.mentions:
        inside = _inside(flat, starts, mention.whole)
        if not inside:
            account[WITHOUT_WORD] += 1
            continue
        account[ENTITIES] += 1
        span = flat[inside[0]][0], flat[inside[-1]][1]
        account[EDGES] += span != mention.whole
        name = types.name_of(mention.type)
        for number, place in enumerate(inside):
            tags[place] = f"{'I' if number else 'B'}-{name}"
        kept.append(mention)
    return TaggedDocument(
        AnnotatedDocument(document.id, text, tuple(kept), document.sections),
        tuple(tuple(row) for row in rows if row),
        tuple(_as_rows(tags, rows)),
    )


def _sentences(
    document: AnnotatedDocument, split: Callable[[str], Sequence[Span]]
) -> list[Span]:
    text = document.text
    # What lies between sections is part of the one before.
    starts = [start for start, _ in document.sections[1:]]
    bounds = [0, *starts, len(text)]
    return [
        (start + first, start + last)
        for start, end in itertools.pairwise(bounds)
        for first, last in split(text[start:end])
    ]


def _cut(
    text: str, row: Sequence[Span], edges: Sequence[int], *, account: Account
) -> list[Span]:
    """Returns the words, cut at edges inside them."""
    cut: list[Span] = []
    for start, end in row:
        first = bisect.bisect_right(edges, start)
        inside = list(edges[first : bisect.bisect_left(edges, end)])
        account[CUT_WORDS] += bool(inside)
        match = _DOCUMENT_START.match(text, start, end)
        if match and match.end() not in inside:
            inside = sorted([*inside, match.end()])
        bounds = [start, *inside, end]
        cut += itertools.pairwise(bounds)
    return cut


def _inside(
    words: Sequence[Span], starts: Sequence[int], span: Span
) -> list[int]:
    first = bisect.bisect_left(starts, span[0])
    last = bisect.bisect_left(starts, span[1])
    return [n for n in range(first, last) if words[n][1] <= span[1]]


def _as_rows(
    tags: Sequence[str], rows: Iterable[Sequence[Span]]
) -> Iterable[tuple[str, ...]]:
    at = 0
    for row in rows:
        if row:
            yield tuple(tags[at : at + len(row)])
        at += len(row)


Entity = tuple[str, int, int]  # type, first word, end (exclusive)


def mentions_of(
    sentences: Sequence[Sequence[Span]],
    entities: Sequence[Sequence[Entity]],
    *,
    type_names: dict[str, str],
) -> tuple[Mention, ...]:
    """Returns the mentions that tags name, in order.

    Args:
      sentences: the words' spans in the document's text.
      entities: of each sentence, by its words' places.
      type_names: name in a tag -> type, where these differ.
    """
    found: list[Mention] = []
    for words, named in zip(sentences, entities, strict=True):
        for kind, first, end in named:
            span = words[first][0], words[end - 1][1]
            kind = type_names.get(kind, kind)
            found.append(Mention(f"T{len(found) + 1}", kind, (span,)))
    return tuple(found)


def restored(
    mentions: Sequence[Mention],
    known: Sequence[Mention],
    sentences: Iterable[Sequence[Span]],
) -> tuple[Mention, ...]:
    """Returns mentions with id, parts and attributes of the known ones.

    Taken from a known one of the same type and words. Only for gold
    annotations: of predictions it would tell what the model did not say.

    Args:
      mentions: of tags.
      known: what was tagged.
      sentences: the words' spans.
    """
    flat = [word for row in sentences for word in row]
    starts = [start for start, _ in flat]
    by_key = {}
    for mention in known:
        inside = _inside(flat, starts, mention.whole)
        if inside:
            span = flat[inside[0]][0], flat[inside[-1]][1]
            by_key[mention.type, span] = mention
    return tuple(_as_known(by_key.get((m.type, m.whole), m)) for m in mentions)


def _as_known(mention: Mention) -> Mention:
    attributes = dict(mention.attributes)
    parts = attributes.pop(PARTS, None)
    if parts is None:
        return mention
    fragments = tuple((start, end) for start, end in parts)
    return Mention(mention.id, mention.type, fragments, attributes)

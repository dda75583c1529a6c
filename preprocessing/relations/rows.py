"""A pair of entities -> the text of a row, masked or marked.

Masks are BLUE's: `@CHEMICAL$ inhibits @GENE$`, and one `@CHEM-GENE$` where the
two overlap. Other mentions of the sentence stay as they are.
"""

from __future__ import annotations

import re

from preprocessing.entity_markers import MARKERS
from preprocessing.relations.document import RelationDocument
from preprocessing.relations.pairs import Pair
from preprocessing.word_spans import Span

FORMATS = ("mask", "marker")

# Each becomes one space, so that offsets stay: what ends a line or a cell for
# any reader, and a byte-order mark.
_BREAKS = dict.fromkeys(map(ord, "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"), " ")
_BREAKS |= {0: " ", 0xFEFF: " "}
_LITERAL = re.compile(r"\[(/?E[12])\]")
_SHORT = {"CHEMICAL": "CHEM"}  # in the mask of an overlap


def one_line(text: str) -> str:
    """Returns a text, as long as it is, that fits into one cell."""
    return text.translate(_BREAKS)


def row_text(
    document: RelationDocument, pair: Pair, *, entity_format: str
) -> str:
    """Returns a pair's sentences with the two entities masked or marked.

    Args:
      document: of the pair.
      pair: two entities; what lies between their sentences is in the row.
      entity_format: "mask" or "marker".
    """
    start = document.sentences[pair.first_sentence][0]
    end = document.sentences[pair.last_sentence][1]
    text = one_line(document.text[start:end])
    first, second = (
        (entity.span[0] - start, entity.span[1] - start)
        for entity in (pair.first, pair.second)
    )
    if entity_format == "marker":
        return marked(text, first, second)
    kinds = (pair.first.type.upper(), pair.second.type.upper())
    return masked(text, (first, second), kinds)


def masked(text: str, spans: tuple[Span, Span], kinds: tuple[str, str]) -> str:
    """Returns the text with the names of two types in the entities' place."""
    (a, b), (kind_a, kind_b) = spans, kinds
    if a[0] < b[1] and b[0] < a[1]:
        start, end = min(a[0], b[0]), max(a[1], b[1])
        mask = "-".join(_SHORT.get(kind, kind) for kind in kinds)
        return f"{text[:start]}@{mask}${text[end:]}"
    if b < a:
        a, b, kind_a, kind_b = b, a, kind_b, kind_a
    between = text[a[1] : b[0]]
    return f"{text[: a[0]]}@{kind_a}${between}@{kind_b}${text[b[1] :]}"


def marked(text: str, first: Span, second: Span) -> str:
    """Returns the text with markers around two entities.

    Where they overlap, so do the markers; each is there once. A text that has
    a marker's letters itself gets spaces into them: "[ E1 ]".
    """
    marks = []
    for rank, (start, end) in enumerate((first, second)):
        opening, closing = MARKERS[2 * rank : 2 * rank + 2]
        # At one place: what ends before what begins, the inner one inside.
        marks.append(((start, 1, -end, rank), f"{opening} "))
        marks.append(((end, 0, -start, -rank), f" {closing}"))
    parts, done = [], 0
    for (position, *_), mark in sorted(marks):
        parts += [without_markers(text[done:position]), mark]
        done = position
    return "".join([*parts, without_markers(text[done:])])


def without_markers(text: str) -> str:
    """Returns a text in which nothing reads as a marker."""
    return _LITERAL.sub(r"[ \1 ]", text)

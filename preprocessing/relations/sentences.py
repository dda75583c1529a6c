"""A document's text -> sentences, none of which ends inside an entity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from preprocessing.relations.document import Entity
from preprocessing.sentence_spans import sentence_spans
from preprocessing.word_spans import Span


def split_sentences(
    text: str, entities: Iterable[Entity], *, sections: Sequence[Span] = ()
) -> tuple[Span, ...]:
    """Returns the sentences' spans, in order.

    Args:
      text: of the document.
      entities: kept whole, from their first part to their last one.
      sections: parts of the text that no sentence leaves, such as title and
        abstract; none = the whole text is one.
    """
    spans = [
        (start + first, start + last)
        for start, end in sections or [(0, len(text))]
        for first, last in sentence_spans(text[start:end])
    ]
    return joined_over(spans, [entity.envelope for entity in entities])


def joined_over(
    spans: Sequence[Span], kept_whole: Sequence[Span]
) -> tuple[Span, ...]:
    """Returns the spans, those joined that share a stretch to keep whole."""
    stretches = sorted(kept_whole)
    joined: list[Span] = []
    reach = 0  # the furthest end of a stretch that began before this span
    following = 0
    for start, end in spans:
        while following < len(stretches) and stretches[following][0] < start:
            reach = max(reach, stretches[following][1])
            following += 1
        if joined and reach > start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)

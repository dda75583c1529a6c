"""Predicted tags -> entities with character offsets in their documents."""

from __future__ import annotations

import collections
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from evaluation.entities import lenient_entities
from inference.documents import Segment, TextBlock, segments_of

# The predicted tag of each word of a sentence, and the probability of each.
Tagged = tuple[Sequence[str], Sequence[float]]
Tagger = Callable[[Iterator[Segment]], Iterable[Tagged]]


@dataclass(frozen=True)
class FoundEntity:
    """An entity that a model found.

    Attributes:
      document: the name of its document.
      start: character offset of its first character in the document.
      end: of its last one, exclusive.
      surface: the document's text from `start` to `end`.
      type: None from a model whose tags have none.
      probability: that all its words are tagged right, as the model says:
        the product over its words; from 0 to 1.
    """

    document: str
    start: int
    end: int
    surface: str
    type: str | None
    probability: float


@dataclass(frozen=True)
class TaggedBlock:
    """A block, its sentences and their entities, all in order."""

    block: TextBlock
    segments: list[Segment]
    entities: list[FoundEntity]


def entities_of(
    segment: Segment, tags: Sequence[str], probabilities: Sequence[float]
) -> list[FoundEntity]:
    """Returns the entities of one sentence, in order.

    Args:
      segment: the sentence.
      tags: IOB2, typed or not, one for each of its words; read as conlleval
        does.
      probabilities: of these tags, 0 to 1.

    Raises:
      ValueError: not one tag and one probability for each word.
    """
    if not len(tags) == len(probabilities) == len(segment.words):
        raise ValueError(
            f"got {len(tags)} tags and {len(probabilities)} probabilities, "
            f"expected {len(segment.words)} of each"
        )
    entities = []
    for entity in lenient_entities(tags):
        start = segment.words[entity.start][0]
        end = segment.words[entity.end - 1][1]
        entities.append(
            FoundEntity(
                document=segment.document,
                start=segment.start + start,
                end=segment.start + end,
                surface=segment.text[start:end],
                type=entity.kind or None,
                probability=math.prod(
                    map(float, probabilities[entity.start : entity.end])
                ),
            )
        )
    return entities


@dataclass
class _Waiting:
    """A block whose sentences are not all tagged yet."""

    block: TextBlock
    segments: list[Segment]
    num_tagged: int = 0
    entities: list[FoundEntity] = field(default_factory=list)

    def add(self, tagged: Tagged) -> None:
        segment = self.segments[self.num_tagged]
        self.entities += entities_of(segment, *tagged)
        self.num_tagged += 1


def find_entities(
    blocks: Iterable[TextBlock], tagger: Tagger
) -> Iterator[TaggedBlock]:
    """Yields all blocks in order, each when its last sentence is tagged.

    Args:
      blocks: read as the tagger asks for sentences, no further.
      tagger: takes sentences and yields the tags of each, in their order; it
        may take many before it yields the first.

    Raises:
      ValueError: the tagger yields fewer or more than it took.
    """
    waiting: collections.deque[_Waiting] = collections.deque()

    def segments() -> Iterator[Segment]:
        for block in blocks:
            waiting.append(_Waiting(block, segments_of(block)))
            yield from waiting[-1].segments

    for tagged in tagger(segments()):
        yield from _complete(waiting)  # blocks without sentences
        if not waiting:
            raise ValueError("the tagger yielded more sentences than it took")
        waiting[0].add(tagged)
        yield from _complete(waiting)
    yield from _complete(waiting)
    if waiting:
        raise ValueError("the tagger yielded fewer sentences than it took")


def _complete(waiting: collections.deque[_Waiting]) -> Iterator[TaggedBlock]:
    while waiting and waiting[0].num_tagged == len(waiting[0].segments):
        first = waiting.popleft()
        yield TaggedBlock(first.block, first.segments, first.entities)

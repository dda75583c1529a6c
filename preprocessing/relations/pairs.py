"""Which two entities of a document make a candidate, and with what label."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from foundation.errors import InputError
from preprocessing.relations.document import Entity, RelationDocument

NO_LIMIT = -1


@dataclass(frozen=True)
class PairRule:
    """Which pairs are asked for.

    Attributes:
      types: of the first and the second entity of a pair; none = any two.
      ordered: whether (a, b) and (b, a) are two pairs. If not, two entities
        of one type, or of any two, are in the order of the text.
      max_sentence_distance: sentences between the two; 0 = in one sentence,
        NO_LIMIT = anywhere in the document.
    """

    types: tuple[tuple[str, str], ...] = ()
    ordered: bool = False
    max_sentence_distance: int = 0

    def key(self, first: str, second: str) -> tuple[str, str]:
        """Returns what is equal for the same pair of entities."""
        if self.ordered or first <= second:
            return first, second
        return second, first


@dataclass(frozen=True)
class Pair:
    """Two entities and the sentences, first and last, that hold them."""

    first: Entity
    second: Entity
    first_sentence: int
    last_sentence: int


def read_pair_types(texts: list[str]) -> tuple[tuple[str, str], ...]:
    """Turns ["Drug:Gene"] into (("Drug", "Gene"),).

    Raises:
      InputError: not two names with a colon between.
    """
    found = []
    for text in texts:
        first, colon, second = text.strip().partition(":")
        if not colon or not first or not second or ":" in second:
            raise InputError(
                "--pair_types cannot be read",
                got=text,
                expected="two types with a colon between, as in Drug:Gene",
                next_step="separate several pairs by commas",
            )
        found.append((first, second))
    return tuple(dict.fromkeys(found))


def candidate_pairs(
    document: RelationDocument, rule: PairRule
) -> Iterator[Pair]:
    """Yields the pairs of a document, each once."""
    entities = {entity.id: entity for entity in document.entities}
    starts = [start for start, _ in document.sentences]
    home = {
        entity.id: bisect.bisect_right(starts, entity.span[0]) - 1
        for entity in document.entities
    }
    limit = rule.max_sentence_distance
    for first, second in _named_pairs(document, rule):
        low, high = sorted((home[first], home[second]))
        # A pair that the corpus lists is one, however far apart.
        if limit == NO_LIMIT or high - low <= limit or document.pairs:
            yield Pair(entities[first], entities[second], low, high)


def _named_pairs(
    document: RelationDocument, rule: PairRule
) -> Iterator[tuple[str, str]]:
    """Yields the ids of pairs by type, near or far."""
    if document.pairs is not None:
        yield from document.pairs
        return
    seen = set()
    in_text = sorted(document.entities, key=lambda e: (e.span, e.id))
    for a, b in itertools.permutations(in_text, 2):
        if not rule.types or (a.type, b.type) in rule.types:
            key = rule.key(a.id, b.id)
            if key not in seen:
                seen.add(key)
                yield a.id, b.id

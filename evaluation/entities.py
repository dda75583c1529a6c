"""Tag sequences to entities, and entity-level precision, recall and F1.

Two conventions give two numbers on the same tags (originals.md 9.4, N17), so
each score is reported under its own name:

* `conlleval`: as the CoNLL script counts; an I after O starts an entity.
* `strict`: IOB2 to the letter, as seqeval's strict mode; an entity starts with
  B and goes on with I of the same type, and a stray I is no entity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evaluation.conlleval import (
    ConllCounts,
    ends_phrase,
    split_tag,
    starts_phrase,
)
from evaluation.scores import Score, macro, micro, score_of_counts

CONVENTIONS = ("conlleval", "strict")

Tags = Sequence[str]


@dataclass(frozen=True)
class Entity:
    """A typed run of words: `start` to `end`, the end exclusive."""

    kind: str  # "" when the tags have no type
    start: int
    end: int


@dataclass(frozen=True)
class EntityScores:
    """Scores of one run under one convention.

    Attributes:
      per_type: type -> score, sorted; types in gold or prediction.
      micro: over all entities; the headline number.
      macro: the mean over the types of `per_type` (F1 is the mean of the
        F1s); its counts are those of micro.
    """

    per_type: Mapping[str, Score]
    micro: Score
    macro: Score


def score_entities(
    gold: Sequence[Tags],
    predicted: Sequence[Tags],
    *,
    convention: str = "conlleval",
) -> EntityScores:
    """Scores predicted tags, one sequence per sentence.

    Args:
      gold: the right tags, one per word.
      predicted: as many tags for the same words.
      convention: "conlleval" or "strict".

    Raises:
      ValueError: lengths differ, or an unknown convention.
    """
    _check_lengths(gold, predicted)
    if convention == "conlleval":
        counts = _count_as_conlleval(gold, predicted)
        return _scores(counts.gold, counts.found, correct=counts.correct)
    if convention != "strict":
        raise ValueError(
            f"convention: got {convention!r}, expected one of {CONVENTIONS}"
        )
    gold_spans = _spans(gold, strict_entities)
    found_spans = _spans(predicted, strict_entities)
    return _scores(
        Counter(entity.kind for _, entity in gold_spans),
        Counter(entity.kind for _, entity in found_spans),
        correct=Counter(entity.kind for _, entity in gold_spans & found_spans),
    )


def _check_lengths(gold: Sequence[Tags], predicted: Sequence[Tags]) -> None:
    if len(gold) != len(predicted):
        raise ValueError(
            f"got {len(predicted)} predicted sentences, expected {len(gold)}"
        )
    for number, (right, guess) in enumerate(zip(gold, predicted, strict=True)):
        if len(right) != len(guess):
            raise ValueError(
                f"sentence {number}: got {len(guess)} predicted tags, "
                f"expected {len(right)}"
            )


def _count_as_conlleval(
    gold: Sequence[Tags], predicted: Sequence[Tags]
) -> ConllCounts:
    counts = ConllCounts()
    for right, guess in zip(gold, predicted, strict=True):
        for right_tag, guessed_tag in zip(right, guess, strict=True):
            counts.add_word(right_tag, guessed_tag)
        counts.end_sentence()
    counts.finish()
    return counts


def _spans(
    sentences: Sequence[Tags], find: Callable[[Tags], list[Entity]]
) -> set[tuple[int, Entity]]:
    return {
        (number, entity)
        for number, tags in enumerate(sentences)
        for entity in find(tags)
    }


def lenient_entities(tags: Tags) -> list[Entity]:
    """Lists the entities of one sentence as conlleval sees them."""
    entities: list[Entity] = []
    start = -1  # -1: outside
    previous = "O"
    for position, tag in enumerate([*tags, "O"]):
        starts = position < len(tags) and starts_phrase(previous, tag)
        over = position == len(tags) or ends_phrase(previous, tag)
        if start >= 0 and (starts or over):
            kind = split_tag(tags[start])[1]
            entities.append(Entity(kind, start, position))
            start = -1
        if starts:
            start = position
        previous = tag
    return entities


def strict_entities(tags: Tags) -> list[Entity]:
    """Lists the entities of one sentence that are well-formed IOB2."""
    entities: list[Entity] = []
    position = 0
    while position < len(tags):
        prefix, kind = split_tag(tags[position])
        start = position
        position += 1
        if prefix != "B":
            continue
        while position < len(tags) and split_tag(tags[position]) == ("I", kind):
            position += 1
        entities.append(Entity(kind, start, position))
    return entities


def _scores(
    gold: Mapping[str, int],
    found: Mapping[str, int],
    *,
    correct: Mapping[str, int],
) -> EntityScores:
    per_type = {
        kind: score_of_counts(
            gold.get(kind, 0), found.get(kind, 0), correct=correct.get(kind, 0)
        )
        for kind in sorted({*gold, *found})
    }
    return EntityScores(per_type, micro(per_type), macro(per_type))

import random

import pytest

from evaluation.conlleval import count
from evaluation.entities import (
    Entity,
    lenient_entities,
    score_entities,
    strict_entities,
)

TAG_SETS = (
    ["O", "B-X", "I-X", "B-Y", "I-Y"],
    ["O", "B", "I"],
    ["O", "B-X", "I-X", "E-X", "S-X", "B-Y", "E-Y", "I-Z"],
)


def _random_tags(rng, tags):
    gold = [
        [rng.choice(tags) for _ in range(rng.randint(1, 9))] for _ in range(4)
    ]
    predicted = [[rng.choice([t, t, t, *tags]) for t in s] for s in gold]
    return gold, predicted


@pytest.mark.parametrize("tags", TAG_SETS)
def test_equals_conlleval_on_random_tags(tags):
    rng = random.Random(7)
    for _ in range(700):
        gold, predicted = _random_tags(rng, tags)
        lines = []
        for right, guess in zip(gold, predicted, strict=True):
            lines += [f"w {a} {b}" for a, b in zip(right, guess, strict=True)]
            lines.append("")
        counts = count(lines)
        scores = score_entities(gold, predicted)
        assert {
            kind: (s.gold, s.found, s.correct)
            for kind, s in scores.per_type.items()
        } == {
            kind: (counts.gold[kind], counts.found[kind], counts.correct[kind])
            for kind in {*counts.gold, *counts.found}
        }


@pytest.mark.parametrize("tags", TAG_SETS)
def test_lenient_spans_are_the_phrases_conlleval_counts(tags):
    rng = random.Random(11)
    for _ in range(700):
        gold, predicted = _random_tags(rng, tags)
        micro = score_entities(gold, predicted).micro
        pairs = [
            (set(lenient_entities(a)), set(lenient_entities(b)))
            for a, b in zip(gold, predicted, strict=True)
        ]
        assert (micro.gold, micro.found, micro.correct) == (
            sum(len(a) for a, _ in pairs),
            sum(len(b) for _, b in pairs),
            sum(len(a & b) for a, b in pairs),
        )


@pytest.mark.parametrize("tags", TAG_SETS[:2])
def test_strict_equals_seqeval(tags):
    seqeval = pytest.importorskip("seqeval.metrics.v1")
    scheme = pytest.importorskip("seqeval.scheme").IOB2
    rng = random.Random(5)
    for _ in range(150):
        gold, predicted = _random_tags(rng, tags)
        theirs = seqeval.precision_recall_fscore_support(
            gold, predicted, average="micro", scheme=scheme, zero_division=0
        )
        ours = score_entities(gold, predicted, convention="strict").micro
        assert (ours.precision, ours.recall, ours.f1, ours.gold) == (
            pytest.approx(theirs[0]),
            pytest.approx(theirs[1]),
            pytest.approx(theirs[2]),
            theirs[3],
        )


def test_the_two_conventions_differ_on_a_stray_inside_tag():
    tags = ["O", "I-X", "I-X", "B-X", "I-Y"]
    assert lenient_entities(tags) == [
        Entity("X", 1, 3),
        Entity("X", 3, 4),
        Entity("Y", 4, 5),
    ]
    assert strict_entities(tags) == [Entity("X", 3, 4)]


def test_micro_and_macro_by_hand():
    gold = [["B-X", "O", "B-X", "B-Y"]]
    predicted = [["B-X", "O", "B-Y", "B-Y"]]
    scores = score_entities(gold, predicted)
    assert scores.per_type["X"].f1 == pytest.approx(2 / 3)
    assert scores.per_type["Y"].f1 == pytest.approx(2 / 3)
    assert scores.per_type["Y"].precision == 0.5
    assert scores.micro.precision == pytest.approx(2 / 3)
    assert scores.macro.f1 == pytest.approx(2 / 3)
    assert scores.macro.precision == 0.75


def test_flipping_a_type_lowers_typed_scores_only():
    typed = score_entities([["B-X", "I-X"]], [["B-Y", "I-Y"]])
    untyped = score_entities([["B", "I"]], [["B", "I"]])
    assert typed.micro.f1 == 0.0
    assert untyped.micro.f1 == 1.0


def test_nothing_found_is_zero_not_an_error():
    for convention in ("conlleval", "strict"):
        scores = score_entities([["O"]], [["O"]], convention=convention)
        assert scores.micro.f1 == scores.macro.f1 == 0.0


def test_different_lengths_are_refused():
    with pytest.raises(ValueError, match="sentence 1: got 1 predicted"):
        score_entities([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(ValueError, match="got 0 predicted sentences"):
        score_entities([["O"]], [])
    with pytest.raises(ValueError, match="convention"):
        score_entities([], [], convention="lax")

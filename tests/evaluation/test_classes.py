"""Scores over classes, against tables worked out by hand."""

from __future__ import annotations

import math

import pytest

from evaluation.classes import (
    accuracy,
    majority,
    matthews,
    score_classes,
    score_examples,
)
from evaluation.scores import macro, micro

# ChemProt's five classes and "false". CPR:5 is never predicted, CPR:6 is in
# neither: what averages must not stumble over.
CHEMPROT = ("CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9")
GOLD = ["CPR:3", "CPR:3", "CPR:4", "CPR:4", "CPR:4", "CPR:5", "CPR:9"]
GOLD += ["false", "false", "false"]
FOUND = ["CPR:3", "CPR:4", "CPR:4", "CPR:4", "false", "false", "CPR:9"]
FOUND += ["false", "CPR:9", "false"]


def test_each_class():
    scores = score_classes(GOLD, FOUND, classes=CHEMPROT)
    # class: gold, found, correct
    table = {
        "CPR:3": (2, 1, 1),
        "CPR:4": (3, 3, 2),
        "CPR:5": (1, 0, 0),
        "CPR:6": (0, 0, 0),
        "CPR:9": (1, 2, 1),
    }
    found = {k: (s.gold, s.found, s.correct) for k, s in scores.items()}
    assert found == table
    assert scores["CPR:3"].precision == 1
    assert scores["CPR:3"].recall == 1 / 2
    assert scores["CPR:3"].f1 == pytest.approx(2 / 3)
    assert scores["CPR:5"].f1 == scores["CPR:6"].f1 == 0


def test_micro_leaves_the_negative_class_out():
    # 4 right of 6 found and of 7 that are there.
    score = micro(score_classes(GOLD, FOUND, classes=CHEMPROT))
    assert score.precision == pytest.approx(4 / 6)
    assert score.recall == pytest.approx(4 / 7)
    assert score.f1 == pytest.approx(8 / 13)
    assert accuracy(GOLD, FOUND) == pytest.approx(6 / 10)


def test_micro_of_all_classes_is_accuracy():
    score = micro(score_classes(GOLD, FOUND, classes=(*CHEMPROT, "false")))
    assert score.f1 == pytest.approx(accuracy(GOLD, FOUND))


def test_macro_is_the_mean_of_the_f1s():
    # scikit-learn: f1_score(GOLD, FOUND, labels=CHEMPROT, average="macro")
    score = macro(score_classes(GOLD, FOUND, classes=CHEMPROT))
    assert score.f1 == pytest.approx((2 / 3 + 2 / 3 + 0 + 0 + 2 / 3) / 5)
    assert score.precision == pytest.approx((1 + 2 / 3 + 0 + 0 + 1 / 2) / 5)


@pytest.mark.parametrize(
    ("gold", "found", "expected"),
    [
        # TP 3, TN 1, FP 1, FN 1: (3 - 1) / sqrt(4 * 4 * 2 * 2)
        ("111100", "111010", 2 / 8),
        ("1100", "1100", 1.0),
        ("1100", "0011", -1.0),
        ("1100", "1111", 0.0),  # one class alone: not defined
        ("", "", 0.0),
        # 4 of 6 right; gold 3, 2, 1 and found 3, 3, 0 of each class:
        # (4 * 6 - 15) / sqrt((36 - 14) * (36 - 18))
        ("202201", "002202", 9 / math.sqrt(22 * 18)),
    ],
)
def test_matthews(gold, found, expected):
    assert matthews(gold, found) == pytest.approx(expected)


def test_examples_as_blue_scores_hoc():
    gold = [{"a", "b"}, {"a"}, {"c"}, {"b", "c"}]
    found = [{"a"}, {"a", "c"}, set(), {"b", "c"}]
    score = score_examples(gold, found)
    precision = (1 + 1 / 2 + 0 + 1) / 4
    recall = (1 / 2 + 1 + 0 + 1) / 4
    assert score.precision == pytest.approx(precision)
    assert score.recall == pytest.approx(recall)
    assert score.f1 == pytest.approx(
        2 * precision * recall / (precision + recall)
    )
    assert (score.gold, score.found, score.correct) == (6, 5, 4)


def test_an_example_without_gold_labels_is_left_out():
    score = score_examples([set(), {"a"}], [{"b"}, {"a", "b"}])
    assert (score.precision, score.recall) == (1 / 2, 1)
    assert (score.gold, score.found, score.correct) == (1, 2, 1)
    nothing = score_examples([set()], [set()])
    assert (nothing.precision, nothing.recall, nothing.f1) == (0, 0, 0)


def test_majority():
    assert majority(["b", "a", "a", "b", "c"]) == "b"
    with pytest.raises(ValueError, match="no labels"):
        majority([])


def test_lengths_must_be_equal():
    for score in (accuracy, matthews):
        with pytest.raises(ValueError, match="zip"):
            score(["a"], [])
    with pytest.raises(ValueError, match="zip"):
        score_classes(["a"], [], classes=["a"])
    with pytest.raises(ValueError, match="zip"):
        score_examples([["a"]], [])

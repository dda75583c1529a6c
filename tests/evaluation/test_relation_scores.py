"""Relation scores against tables by hand and scikit-learn.

ChemProt's class that is missing, DDI's two means, and a binary corpus.
"""

from __future__ import annotations

import collections
import random

import pytest

from evaluation.classes import score_classes
from evaluation.scores import macro, micro

CHEMPROT = ("CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9", "false")
DDI = ("DDI-advise", "DDI-effect", "DDI-int", "DDI-mechanism", "DDI-false")


def rows(table):
    """[(gold, predicted, count)] -> two lists."""
    gold = [g for g, _, n in table for _ in range(n)]
    found = [p for _, p, n in table for _ in range(n)]
    return gold, found


# No gold CPR:5; what is predicted as such is wrong.
CHEMPROT_TABLE = rows(
    [
        ("CPR:3", "CPR:3", 4),
        ("CPR:3", "false", 1),
        ("CPR:4", "CPR:4", 6),
        ("CPR:4", "CPR:3", 2),
        ("CPR:6", "CPR:6", 1),
        ("CPR:6", "CPR:5", 1),
        ("CPR:9", "CPR:9", 2),
        ("CPR:9", "false", 3),
        ("false", "CPR:9", 2),
        ("false", "CPR:5", 1),
        ("false", "false", 7),
    ]
)
DDI_TABLE = rows(
    [
        ("DDI-advise", "DDI-advise", 3),
        ("DDI-advise", "DDI-false", 1),
        ("DDI-effect", "DDI-effect", 4),
        ("DDI-effect", "DDI-mechanism", 2),
        ("DDI-int", "DDI-effect", 2),
        ("DDI-mechanism", "DDI-mechanism", 5),
        ("DDI-mechanism", "DDI-false", 1),
        ("DDI-false", "DDI-false", 20),
        ("DDI-false", "DDI-advise", 2),
    ]
)
GAD_TABLE = rows([("1", "1", 5), ("1", "0", 1), ("0", "1", 3), ("0", "0", 4)])


def test_chemprot_with_a_class_missing():
    score = micro(score_classes(*CHEMPROT_TABLE, classes=CHEMPROT[:-1]))
    # Right 4 + 6 + 1 + 2; gold 5 + 8 + 2 + 5; found 6 + 6 + 2 + 1 + 4.
    assert (score.correct, score.gold, score.found) == (13, 20, 19)
    assert score.precision == pytest.approx(13 / 19)
    assert score.recall == pytest.approx(13 / 20)
    assert score.f1 == pytest.approx(26 / 39)


def test_sorted_labels_of_the_gold_file_would_shift():
    # What BioBERT's re_eval.py does: gold by sorted unique labels, predicted
    # by column, so that CPR:6, CPR:9 and false are taken for the class before.
    gold, found = CHEMPROT_TABLE
    shifted = {label: i for i, label in enumerate(sorted(set(gold)))}
    score = micro(
        score_classes(
            [shifted[label] for label in gold],
            [CHEMPROT.index(label) for label in found],
            classes=range(5),
        )
    )
    # Right: 4 + 6 of CPR:3 and CPR:4; 1 CPR:6 predicted as the column before;
    # 2 false in CPR:9's. Gold now counts the 10 rows of false.
    assert (score.correct, score.gold, score.found) == (13, 30, 19)
    assert score.f1 != pytest.approx(26 / 39)


def test_ddi_macro_and_micro():
    scores = score_classes(*DDI_TABLE, classes=DDI[:-1])
    # advise: P 3/5, R 3/4; effect: P 4/6, R 4/6; int: 0; mechanism: P 5/7,
    # R 5/6.
    f1s = [6 / 9, 8 / 12, 0, 10 / 13]
    both = macro(scores)
    assert both.f1 == pytest.approx(sum(f1s) / 4)
    assert both.precision == pytest.approx((3 / 5 + 4 / 6 + 0 + 5 / 7) / 4)
    assert both.recall == pytest.approx((3 / 4 + 4 / 6 + 0 + 5 / 6) / 4)
    # Right 12, gold 18, found 5 + 6 + 2 - 2 + 7.
    assert micro(scores).f1 == pytest.approx(24 / (18 + 18))


def test_gad():
    scores = score_classes(*GAD_TABLE, classes=("0", "1"))
    assert scores["1"].precision == pytest.approx(5 / 8)
    assert scores["1"].recall == pytest.approx(5 / 6)
    assert scores["1"].f1 == pytest.approx(10 / 14)
    assert scores["0"].recall == pytest.approx(4 / 7)  # specificity


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        (CHEMPROT_TABLE, CHEMPROT[:-1]),
        (DDI_TABLE, DDI[:-1]),
        (GAD_TABLE, ("1",)),
        (GAD_TABLE, ("0",)),
    ],
)
@pytest.mark.parametrize(
    ("average", "ours"), [("micro", micro), ("macro", macro)]
)
def test_as_scikit_learn(table, labels, average, ours):
    metrics = pytest.importorskip("sklearn.metrics")
    expected = metrics.precision_recall_fscore_support(
        *table, labels=labels, average=average, zero_division=0
    )
    score = ours(score_classes(*table, classes=labels))
    found = (score.precision, score.recall, score.f1)
    assert found == pytest.approx(expected[:3], abs=1e-12)


def test_as_scikit_learn_on_random_tables():
    metrics = pytest.importorskip("sklearn.metrics")
    drawn = random.Random(5)
    for size in range(1, 60):
        labels = CHEMPROT[: drawn.randint(2, 6)]
        gold, found = (
            [drawn.choice(labels) for _ in range(size)] for _ in range(2)
        )
        classes = labels[:-1]
        for average, ours in (("micro", micro), ("macro", macro)):
            expected = metrics.precision_recall_fscore_support(
                gold, found, labels=classes, average=average, zero_division=0
            )
            score = ours(score_classes(gold, found, classes=classes))
            assert (score.precision, score.recall, score.f1) == pytest.approx(
                expected[:3], abs=1e-12
            )
        counts = collections.Counter(gold)
        scores = score_classes(gold, found, classes=classes)
        assert {k: s.gold for k, s in scores.items()} == {
            label: counts[label] for label in classes
        }

"""BioASQ's measures, against tables worked out by hand."""

from __future__ import annotations

import pytest

from evaluation.bioasq import score_factoids, score_lists, score_yes_no


def test_factoids():
    gold = [["BRCA1", "breast cancer 1"], ["p53"], ["Aspirin"], ["x"], ["y"]]
    predicted = [
        ["brca1", "BRCA2"],  # first: rank 1
        ["mdm2", "atm", "P53"],  # rank 3
        ["a", "b", "c", "d", "e", "aspirin"],  # sixth: not looked at
        [],  # nothing
        ["Y ", "y"],  # strings are compared, spaces too: rank 2
    ]
    scores = score_factoids(gold, predicted)
    assert scores.strict_accuracy == pytest.approx(1 / 5)
    assert scores.lenient_accuracy == pytest.approx(3 / 5)
    assert scores.mrr == pytest.approx((1 + 1 / 3 + 1 / 2) / 5)


def test_lists_match_each_item_once():
    gold = [[["H3K4me1"], ["H3K27ac", "acetylation"]], [["a"], ["b"], ["c"]]]
    predicted = [["acetylation", "h3k27ac", "x"], ["A", "c"]]
    scores = score_lists(gold, predicted)
    # 1 of 3 found and of 2 there; 2 of 2 found and of 3 there.
    assert scores.precision == pytest.approx((1 / 3 + 1) / 2)
    assert scores.recall == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert scores.f1 == pytest.approx((2 / 5 + 4 / 5) / 2)


def test_an_item_does_not_hide_an_equal_one():
    scores = score_lists([[["a"], ["a"]]], [["a", "a"]])
    assert scores.f1 == 1
    assert score_lists([[["a"]]], [[]]).f1 == 0


def test_yes_and_no():
    gold = ["yes", "yes", "yes", "no", "no"]
    predicted = ["yes", "yes", "no", "no", "yes"]
    scores = score_yes_no(gold, predicted)
    assert scores["accuracy"] == pytest.approx(3 / 5)
    assert scores["f1_yes"] == pytest.approx(4 / 6)
    assert scores["f1_no"] == pytest.approx(2 / 4)
    assert scores["macro_f1"] == pytest.approx((4 / 6 + 2 / 4) / 2)


def test_always_yes_has_half_a_macro_f1_at_most():
    scores = score_yes_no(["yes", "no"], ["yes", "yes"])
    assert scores["accuracy"] == 1 / 2
    assert scores["f1_no"] == 0
    assert scores["macro_f1"] == pytest.approx((2 / 3) / 2)


def test_lengths_must_be_equal():
    for score in (score_factoids, score_lists, score_yes_no):
        with pytest.raises(ValueError, match="zip"):
            score([["a"]], [])

"""SQuAD's exact match and F1."""

from __future__ import annotations

import pytest

from evaluation.squad import exact_match, normalize, word_f1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Cat.", "cat"),
        ("an apple-a day", "applea day"),
        ("α-synuclein", "αsynuclein"),
        ("theory", "theory"),
        ("", ""),
    ],
)
def test_normalize(text, expected):
    assert normalize(text) == expected


@pytest.mark.parametrize(
    ("gold", "found", "exact", "f1"),
    [
        (["Steve Smith"], "steve smith!", 1, 1),
        (["Steve Smith", "Smith"], "the Smith", 1, 1),
        (["Steve Smith"], "Steve", 0, 2 / 3),
        (["a b c d"], "b b c", 0, 4 / 6),
        (["x"], "", 0, 0),
        ([], "", 1, 1),
        ([], "x", 0, 0),
        ([""], "the", 1, 1),
    ],
)
def test_scores(gold, found, exact, f1):
    assert exact_match(gold, found) == exact
    assert word_f1(gold, found) == pytest.approx(f1)

"""Correlations, against numbers worked out elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.correlation import mean_squared_error, pearson, spearman

# Anscombe's first set: r = 0.81642 (Anscombe 1973).
X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
Y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]


def test_pearson_of_anscombe():
    assert pearson(X, Y) == pytest.approx(0.81642051634484, abs=1e-13)


def test_spearman_of_anscombe():
    # Ranks of Y for X in order; 1 - 6 sum d^2 / (n (n^2 - 1)) without ties.
    ranks_x = np.argsort(np.argsort(X))
    ranks_y = np.argsort(np.argsort(Y))
    squares = int(((ranks_x - ranks_y) ** 2).sum())
    expected = 1 - 6 * squares / (11 * 120)
    assert spearman(X, Y) == pytest.approx(expected)
    assert expected == pytest.approx(0.8181818181818182)


def test_equal_numbers_share_a_rank():
    # Ranks 1, 2.5, 2.5, 4 and 1.5, 1.5, 3, 4.
    expected = pearson([1, 2.5, 2.5, 4], [1.5, 1.5, 3, 4])
    assert spearman([1, 2, 2, 3], [5, 5, 7, 9]) == pytest.approx(expected)


def test_spearman_sees_order_alone():
    values = np.random.default_rng(1).normal(size=50)
    assert spearman(values, np.exp(values)) == pytest.approx(1)
    assert spearman(values, -(values**3)) == pytest.approx(-1)
    assert pearson(values, 3 * values - 2) == pytest.approx(1)


def test_large_offsets_lose_nothing():
    moved = np.array(Y) + 1e6
    assert pearson(X, moved) == pytest.approx(pearson(X, Y), abs=1e-9)


@pytest.mark.parametrize("value", [0.0, 3.1, 0.1, 1e9 + 0.1])
def test_one_number_for_all_correlates_with_nothing(value):
    # The mean of equal numbers is rounded, and need not be that number.
    assert pearson(X, [value] * 11) == 0
    assert pearson([value] * 11, X) == 0
    assert spearman(X, [value] * 11) == 0


def test_squared_error():
    assert mean_squared_error([1, 2, 3], [1, 4, 2]) == pytest.approx(5 / 3)


@pytest.mark.parametrize("score", [pearson, spearman, mean_squared_error])
def test_other_lengths_are_refused(score):
    for gold, found in (([1, 2], [1, 2, 3]), ([1], [1]), ([], [])):
        with pytest.raises(ValueError, match="at least two"):
            score(gold, found)

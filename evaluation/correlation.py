"""Predicted numbers to Pearson's and Spearman's correlation.

Over the whole set at once. BlueBERT's script ranked within each batch, which
is no Spearman correlation (originals.md 6.7).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Numbers = Sequence[float] | np.ndarray


def pearson(gold: Numbers, predicted: Numbers) -> float:
    """Returns Pearson's correlation in float64.

    0 where one side is constant (there it is not defined; a model that
    predicts one number for all has learned nothing).

    Raises:
      ValueError: lengths differ, or fewer than two numbers.
    """
    x, y = _checked(gold, predicted)
    if x.min() == x.max() or y.min() == y.max():
        return 0.0
    x, y = x - x.mean(), y - y.mean()
    return float((x @ y) / np.sqrt((x @ x) * (y @ y)))


def spearman(gold: Numbers, predicted: Numbers) -> float:
    """Returns Spearman's correlation: Pearson's of the ranks.

    Equal numbers share the mean of their ranks, as in scipy.

    Raises:
      ValueError: as `pearson`.
    """
    x, y = _checked(gold, predicted)
    return pearson(_ranks(x), _ranks(y))


def mean_squared_error(gold: Numbers, predicted: Numbers) -> float:
    """Returns the mean of squared differences."""
    x, y = _checked(gold, predicted)
    return float(np.mean((x - y) ** 2))


def _checked(
    gold: Numbers, predicted: Numbers
) -> tuple[np.ndarray, np.ndarray]:
    x, y = (np.asarray(side, np.float64) for side in (gold, predicted))
    if x.shape != y.shape or x.ndim != 1 or len(x) < 2:
        raise ValueError(
            f"got numbers of shapes {x.shape} and {y.shape}, expected the "
            "same number of them on both sides, at least two"
        )
    return x, y


def _ranks(values: np.ndarray) -> np.ndarray:
    """Returns ranks from 1; equal values get the mean of theirs."""
    _, place, counts = np.unique(
        values, return_inverse=True, return_counts=True
    )
    last = np.cumsum(counts)  # rank of the last of each run of equals
    return ((2 * last - counts + 1) / 2)[place]

"""Sums over units to scores: what a resampled test set scores.

A unit is what a test set is drawn by: a sentence, a row, a document, a
question. The scores here are functions of sums over units, so a test set in
which a unit stands twice scores what its counts, taken twice, give; and ten
thousand resampled test sets are one product of matrices. Spearman's
correlation is no such function: its ranks are of a whole set.

The last word of a metric's name says what is taken of counts: micro_recall is
the recall of all counts added up, macro_f1 the mean of the classes' F1s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foundation.errors import InputError

# Forms of a metric's sums, by their names.
MEAN = ("total", "units")  # a mean over the units
EXAMPLES = ("precision", "recall", "examples")  # means of two, then their F1
MOMENTS = ("rows", "x", "y", "xx", "yy", "xy")  # Pearson's; x is gold
COUNTS = ("correct", "found", "gold")  # of a class: correct_0, found_0, ...

LOWER_IS_BETTER = frozenset({"mse"})
_OF_GOLD = frozenset({"units", "examples", "rows", "x", "xx"})
# Entity types are those that gold or prediction has; classes are all.
_PRESENT_ONLY = ("entity_macro_", "strict_macro_")
# Of a square, what rounding leaves of a variance that is 0.
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, eq=False)
class UnitSums:
    """What each unit of a test set adds to the sums of a metric.

    Attributes:
      metric: its name in results.json.
      unit: what a row of `counts` is: "sentence", "row", "document",
        "question".
      names: of the columns; one of the forms above.
      counts: float64 [units, columns].
    """

    metric: str
    unit: str
    names: tuple[str, ...]
    counts: np.ndarray

    def __post_init__(self) -> None:
        """Checks that there is a column for each name, and a form."""
        if self.counts.ndim != 2 or self.counts.shape[1] != len(self.names):
            raise ValueError(
                f"counts: got shape {self.counts.shape}, expected [units, "
                f"{len(self.names)}]"
            )
        score_of(self.metric, np.zeros(len(self.names)), self.names)

    def __len__(self) -> int:
        return len(self.counts)

    def score(self) -> float:
        """Returns the score of the whole set, as results.json has it."""
        return float(score_of(self.metric, self.counts.sum(axis=0), self.names))

    def reduced(self) -> UnitSums:
        """Returns the same score's sums in no more columns than it needs."""
        is_by_class = self.names == by_class(len(self.names) // len(COUNTS))
        of_each = self.metric == "matthews" or "macro_" in self.metric
        if not is_by_class or of_each:
            return self
        counts = self.counts.reshape(len(self), -1, len(COUNTS)).sum(axis=1)
        return UnitSums(self.metric, self.unit, by_class(1), counts)

    def gold(self) -> np.ndarray:
        """Returns what does not depend on predictions: float64 [units, ?]."""
        wanted = [
            name in _OF_GOLD or name.startswith("gold_") for name in self.names
        ]
        found: np.ndarray = self.counts[:, wanted]
        return found


def by_class(num_classes: int) -> tuple[str, ...]:
    """Returns the names of the columns of so many classes' counts."""
    return tuple(
        f"{name}_{index}" for index in range(num_classes) for name in COUNTS
    )


def score_of(metric: str, sums: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Returns the scores of sums: fractions, 0/0 is 0.

    Args:
      metric: its name in results.json.
      sums: float64 [..., columns].
      names: of the columns.

    Returns:
      float64 [...].

    Raises:
      InputError: the sums do not make this metric.
    """
    names = tuple(names)
    if names == MEAN:
        return _ratio(sums[..., 0], sums[..., 1])
    if names == MOMENTS and metric == "pearson":
        return _pearson(*np.moveaxis(sums, -1, 0))
    if names == EXAMPLES:
        precision, recall = (_ratio(sums[..., i], sums[..., 2]) for i in (0, 1))
        f1 = _ratio(2 * precision * recall, precision + recall)
        return _last_word(metric, precision, recall, f1=f1)
    num_classes = len(names) // len(COUNTS)
    if names and names == by_class(num_classes):
        shape = (*sums.shape[:-1], num_classes, len(COUNTS))
        return _of_counts(metric, sums.reshape(shape))
    raise _no_such_form(metric)


def _of_counts(metric: str, counts: np.ndarray) -> np.ndarray:
    """Returns the score of counts [..., classes, 3]."""
    totals = counts.sum(axis=-2)
    if metric == "accuracy":  # every row is of one class
        return _ratio(totals[..., 0], totals[..., 2])
    if metric == "matthews":
        return _matthews(*np.moveaxis(counts, -1, 0))
    if "macro_" not in metric:
        return _of_totals(metric, totals)
    of_each = _of_totals(metric, counts)  # [..., classes]
    num_classes = np.full(of_each.shape[:-1], counts.shape[-2])
    if metric.startswith(_PRESENT_ONLY):
        num_classes = (counts[..., 1:] > 0).any(axis=-1).sum(axis=-1)
    return _ratio(of_each.sum(axis=-1), num_classes)


def _of_totals(metric: str, totals: np.ndarray) -> np.ndarray:
    """Returns the scores of correct, found and gold in [..., 3]."""
    correct, found, gold = np.moveaxis(totals, -1, 0)
    return _last_word(
        metric,
        _ratio(correct, found),
        _ratio(correct, gold),
        f1=_ratio(2 * correct, found + gold),
    )


def _last_word(
    metric: str, precision: np.ndarray, recall: np.ndarray, *, f1: np.ndarray
) -> np.ndarray:
    known = {
        "precision": precision,
        "recall": recall,
        "specificity": recall,  # of the other class
        "f1": f1,
    }
    word = metric.rpartition("_")[2]
    if word not in known:
        raise _no_such_form(metric)
    return known[word]


def _matthews(
    correct: np.ndarray, found: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    """Returns Gorodkin's correlation, as `evaluation.classes.matthews`."""
    total = gold.sum(axis=-1)
    both = (found * gold).sum(axis=-1)
    of_gold = total**2 - (gold**2).sum(axis=-1)
    of_found = total**2 - (found**2).sum(axis=-1)
    covariance = correct.sum(axis=-1) * total - both
    return _ratio(covariance, np.sqrt(of_gold * of_found))


def _pearson(rows: np.ndarray, *sums: np.ndarray) -> np.ndarray:
    """Returns the correlation; 0 where one side is constant."""
    x, y, xx, yy, xy = (_ratio(values, rows) for values in sums)
    variances = []
    for mean, square in ((x, xx), (y, yy)):
        variance = square - mean**2
        variances.append(
            np.where(variance > _NO_VARIANCE * square, variance, 0)
        )
    return _ratio(xy - x * y, np.sqrt(variances[0] * variances[1]))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    ratio: np.ndarray = np.divide(
        part, whole, out=np.zeros(part.shape), where=whole > 0
    )
    return ratio


def _no_such_form(metric: str) -> InputError:
    return InputError(
        "these sums do not make this score",
        got=repr(metric[:60]),
        expected="a score that evaluation.unit_counts counts for",
        next_step="take another score of the run's results.json",
    )

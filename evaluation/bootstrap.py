"""Counts by unit to intervals of scores, and to differences that are there.

Efron and Tibshirani, An Introduction to the Bootstrap, 1993: a test set of U
units is drawn again and again, U units with replacement; the spread of a score
over these sets is that over test sets of the same kind and size. Two systems
are scored on the same draws (paired), and their difference is looked at.

* The interval is the percentile interval (their chapter 13): the middle 95 %
  of the resampled scores or differences.
* p is two-sided: how often a resampled difference is as far from the measured
  one as that is from 0, (1 + n) / (1 + resamples); their chapter 16, and for
  systems on a test set Berg-Kirkpatrick et al., EMNLP 2012, algorithm 1 (which
  counts one side).

Units are taken for independent: sentences of one document are less so, and
then the intervals are too narrow. Runs (seeds) are not resampled: what is said
is about these runs, on other test sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.unit_sums import UnitSums, score_of
from foundation.errors import InputError

CONFIDENCE = 0.95
# Weights that are drawn at once: 8 MB, and some 24 MB with their copies.
_BLOCK = 1 << 20
_TIE = 1e-12  # equal, but for rounding


@dataclass(frozen=True)
class Interval:
    """A score on other test sets of the same kind and size.

    Attributes:
      score: measured; the mean of the runs, a fraction.
      low: the lower end of the 95 % interval.
      high: the upper end.
      standard_error: the standard deviation of the resampled scores.
      unit: what the test set consists of: "sentence", "row", "question".
      num_units: of the test set.
      resamples: how many test sets were drawn.
      seed: of the draws.
    """

    score: float
    low: float
    high: float
    standard_error: float
    unit: str
    num_units: int
    resamples: int
    seed: int


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same units.

    Attributes:
      a: the first system alone.
      b: the second.
      difference: of a's score less b's.
      low: the lower end of the difference's 95 % interval.
      high: the upper end.
      p_value: two-sided, see above.
    """

    a: Interval
    b: Interval
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def is_a_difference(self) -> bool:
        """Whether the 95 % interval does not hold 0."""
        return self.low > 0 or self.high < 0


def interval(
    runs: Sequence[UnitSums], *, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Returns the 95 % interval of a system's score.

    Args:
      runs: of the system (one, or one a seed), on the same units; the score
        is the mean of theirs.
      resamples: how many test sets are drawn.
      seed: of the draws.

    Raises:
      InputError: the runs are not of the same units.
    """
    drawn = _resampled(runs, resamples=resamples, seed=seed)
    return _summary(runs, drawn.mean(axis=1), seed=seed)


def paired(
    a: Sequence[UnitSums],
    b: Sequence[UnitSums],
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compares two systems.

    Args:
      a: the runs of the first: one, or one a seed.
      b: those of the second, on the same units.
      resamples: how many test sets are drawn, the same for both.
      seed: of the draws.

    Raises:
      InputError: the runs are not of the same units, or there are none.
    """
    _check_any(a, b)
    drawn = _resampled([*a, *b], resamples=resamples, seed=seed)
    of_a = drawn[:, : len(a)].mean(axis=1)
    of_b = drawn[:, len(a) :].mean(axis=1)
    first = _summary(a, of_a, seed=seed)
    second = _summary(b, of_b, seed=seed)
    difference = first.score - second.score
    differences = of_a - of_b
    low, high = _ends(differences)
    return Comparison(
        a=first,
        b=second,
        difference=difference,
        low=low,
        high=high,
        p_value=_p_value(differences, difference),
    )


def _p_value(differences: np.ndarray, measured: float) -> float:
    far = np.abs(differences - measured) >= abs(measured) - _TIE
    return float((1 + far.sum()) / (1 + len(differences)))


def _summary(
    runs: Sequence[UnitSums], drawn: np.ndarray, *, seed: int
) -> Interval:
    low, high = _ends(drawn)
    return Interval(
        score=float(np.mean([run.score() for run in runs])),
        low=low,
        high=high,
        standard_error=float(drawn.std(ddof=1)),
        unit=runs[0].unit,
        num_units=len(runs[0]),
        resamples=len(drawn),
        seed=seed,
    )


def _ends(values: np.ndarray) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _resampled(
    runs: Sequence[UnitSums], *, resamples: int, seed: int
) -> np.ndarray:
    """Returns the scores of each run on each drawn set: [resamples, runs]."""
    _check_any(runs)
    if resamples < 2:
        raise ValueError(f"resamples: got {resamples}, expected at least 2")
    for other in runs[1:]:
        _check_same_units(runs[0], other)
    runs = [run.reduced() for run in runs]
    table, times = _grouped(np.concatenate([r.counts for r in runs], axis=1))
    ends = np.cumsum([len(run.names) for run in runs])[:-1]
    blocks = []
    for weights in _weights(times, resamples=resamples, seed=seed):
        sums = np.split(weights @ table, ends, axis=1)
        scores = [
            score_of(run.metric, part, run.names)
            for run, part in zip(runs, sums, strict=True)
        ]
        blocks.append(np.stack(scores, axis=1))
    return np.concatenate(blocks)


def _grouped(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the different rows, in order of appearance, and their numbers.

    Units with the same counts are drawn together: how often one of n in U
    comes up is binomial with n / U. Most sentences have no entity, so there
    are ten times fewer kinds of units than units.
    """
    _, first, times = np.unique(
        counts, axis=0, return_index=True, return_counts=True
    )
    order = np.argsort(first)  # the same for (a, b) and (b, a)
    return counts[first[order]], times[order]


def _weights(
    times: np.ndarray, *, resamples: int, seed: int
) -> Iterator[np.ndarray]:
    """Yields how often each kind is drawn: float64 [block, kinds]."""
    rng = np.random.default_rng(seed)
    num_units = int(times.sum())
    size = max(1, _BLOCK // len(times))
    for start in range(0, resamples, size):
        block = min(size, resamples - start)
        drawn = rng.multinomial(num_units, times / num_units, size=block)
        yield drawn.astype(np.float64)


def _check_any(*systems: Sequence[UnitSums]) -> None:
    if not all(systems) or any(not len(run) for s in systems for run in s):
        raise InputError(
            "there is nothing to resample",
            got="no runs, or runs without units",
            expected="at least one run of each system, with its counts",
            next_step="score the runs again",
        )


def _check_same_units(one: UnitSums, other: UnitSums) -> None:
    for what, got, expected in (
        ("score", other.metric, one.metric),
        ("units", other.unit, one.unit),
        ("number of units", len(other), len(one)),
    ):
        if got != expected:
            raise InputError(
                f"the runs differ in their {what}",
                got=got,
                expected=expected,
                next_step="compare runs that were scored on the same file by "
                "the same score",
            )
    gold, right = other.gold(), one.gold()
    if gold.shape != right.shape:  # types that only predictions have
        gold, right = gold.sum(axis=1), right.sum(axis=1)
    if not np.array_equal(gold, right):
        differs = (gold != right).reshape(len(gold), -1).any(axis=1)
        raise InputError(
            "the runs were not scored on the same gold labels",
            got=f"other counts in {differs.sum()} of {len(one)} units",
            expected="the same in all",
            next_step="compare runs that were scored on the same file",
        )

"""Counts to precision, recall and F1, of one class and of several together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Score:
    """Fractions from 0 to 1 (0/0 is 0) and the counts behind them."""

    precision: float
    recall: float
    f1: float
    gold: int
    found: int
    correct: int


def score_of_counts(gold: int, found: int, *, correct: int) -> Score:
    """Returns precision, recall and F1 of counts; 0/0 is 0."""
    precision = correct / found if found else 0.0
    recall = correct / gold if gold else 0.0
    both = gold + found
    f1 = 2 * correct / both if both else 0.0
    return Score(precision, recall, f1, gold, found, correct)


def mean(values: Sequence[float]) -> float:
    """Returns the mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def micro(scores: Mapping[Any, Score]) -> Score:
    """Returns the score of all classes' counts added up.

    With one class left out this is not accuracy: a row counts as gold, found,
    both or neither.
    """
    of_all = scores.values()
    return score_of_counts(
        sum(s.gold for s in of_all),
        sum(s.found for s in of_all),
        correct=sum(s.correct for s in of_all),
    )


def macro(scores: Mapping[Any, Score]) -> Score:
    """Returns the means over the classes; F1 is the mean of the F1s.

    A class that has no rows and is never predicted counts with 0, as in
    scikit-learn with a list of labels. The counts are those of `micro`.
    """
    of_all = list(scores.values())
    total = micro(scores)
    return Score(
        precision=mean([s.precision for s in of_all]),
        recall=mean([s.recall for s in of_all]),
        f1=mean([s.f1 for s in of_all]),
        gold=total.gold,
        found=total.found,
        correct=total.correct,
    )

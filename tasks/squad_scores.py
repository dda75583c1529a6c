"""What is known of each answer to SQuAD's scores, and the best threshold.

As evaluate-v1.1.py and evaluate-v2.0.py: means over questions of exact match
and F1; for SQuAD 2.0 also over those with an answer and those without one,
and at the threshold that would have been best (find_best_thresh).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class SquadTable(NamedTuple):
    """A float64 array [questions] each.

    Attributes:
      has_answer: 1 where the paragraph has an answer.
      null_odds: of "no answer"; -inf where that is not asked.
      exact: exact match of the best text.
      f1: F1 of the best text.
      null_exact: exact match of "no answer".
      null_f1: F1 of "no answer".
    """

    has_answer: np.ndarray
    null_odds: np.ndarray
    exact: np.ndarray
    f1: np.ndarray
    null_exact: np.ndarray
    null_f1: np.ndarray

    def at(self, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        """Returns exact match and F1 with "no answer" above a threshold."""
        is_null = self.null_odds > threshold
        return (
            np.where(is_null, self.null_exact, self.exact),
            np.where(is_null, self.null_f1, self.f1),
        )


def squad_scores(table: SquadTable, *, threshold: float) -> dict[str, float]:
    """Returns the scores by their official names; none without questions."""
    if not len(table.f1):
        return {}
    exact, f1 = table.at(threshold)
    scores = {"exact_match": float(exact.mean()), "f1": float(f1.mean())}
    if np.isneginf(table.null_odds).all():
        return scores
    for name, chosen in (
        ("HasAns", table.has_answer > 0),
        ("NoAns", table.has_answer == 0),
    ):
        if chosen.any():
            scores[f"{name}_exact"] = float(exact[chosen].mean())
            scores[f"{name}_f1"] = float(f1[chosen].mean())
    for name, of_text, of_null in (
        ("best_exact", table.exact, table.null_exact),
        ("best_f1", table.f1, table.null_f1),
    ):
        value, at = _best(table.null_odds, of_text, of_null)
        scores |= {name: value, f"{name}_thresh": at}
    return {**scores, "null_score_diff_threshold": threshold}


def best_f1_threshold(table: SquadTable) -> float:
    """Returns the threshold with the highest F1; the lowest of equals."""
    return _best(table.null_odds, table.f1, table.null_f1)[1]


def _best(
    odds: np.ndarray, of_text: np.ndarray, of_null: np.ndarray
) -> tuple[float, float]:
    """Returns the highest mean, and the threshold that gives it."""
    order = np.argsort(odds, kind="stable")
    gains = np.cumsum((of_text - of_null)[order])
    # With a threshold at odds[i], all up to the last of equal odds answer.
    is_last = np.append(np.diff(odds[order]) > 0, True)
    sums = np.append(0.0, gains[is_last]) + of_null.sum()
    thresholds = np.append(odds.min() - 1.0, odds[order][is_last])
    best = int(sums.argmax())
    return float(sums[best] / len(odds)), float(thresholds[best])

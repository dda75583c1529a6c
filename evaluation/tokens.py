"""Label sequences to token-level scores, the way BioBERT's run_ner.py did it.

These are not entity scores and are some two points higher on the same
predictions (user-demand.md, row 3): they are named token_* (of words) and
eval_* (of pieces).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TokenScores:
    """Scores over single labels, fractions from 0 to 1 (0/0 is 0).

    Attributes:
      precision: mean of the classes' precisions.
      recall: mean of the classes' recalls.
      f1: mean of the classes' F1s, not the F1 of the means (tf_metrics).
      accuracy: share of all positions that are right.
      histogram: predicted label -> how often.
    """

    precision: float
    recall: float
    f1: float
    accuracy: float
    histogram: Mapping[Hashable, int]


def score_tokens(
    gold: Sequence[Sequence[Hashable]],
    predicted: Sequence[Sequence[Hashable]],
    *,
    classes: Sequence[Hashable],
) -> TokenScores:
    """Scores labels (strings or ids), one sequence per sentence.

    Args:
      gold: the right labels.
      predicted: as many labels for the same positions.
      classes: those averaged over; BioBERT takes B and I (ids 1 and 2).

    Raises:
      ValueError: lengths differ.
    """
    pairs: Counter[tuple[Hashable, Hashable]] = Counter()
    for right, guess in zip(gold, predicted, strict=True):
        pairs.update(zip(right, guess, strict=True))
    in_gold: Counter[Hashable] = Counter()
    in_prediction: Counter[Hashable] = Counter()
    for (right_label, guessed_label), times in pairs.items():
        in_gold[right_label] += times
        in_prediction[guessed_label] += times
    precisions, recalls, f1s = [], [], []
    for label in classes:
        correct = pairs[label, label]
        precisions.append(_ratio(correct, in_prediction[label]))
        recalls.append(_ratio(correct, in_gold[label]))
        f1s.append(_ratio(2 * correct, in_gold[label] + in_prediction[label]))
    num_correct = sum(n for (a, b), n in pairs.items() if a == b)
    return TokenScores(
        precision=_ratio(sum(precisions), len(classes)),
        recall=_ratio(sum(recalls), len(classes)),
        f1=_ratio(sum(f1s), len(classes)),
        accuracy=_ratio(num_correct, pairs.total()),
        histogram=dict(in_prediction),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0

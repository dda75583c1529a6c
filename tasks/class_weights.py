"""How much each label counts in the loss, for labels that are rare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foundation.errors import InputError
from tasks.readers import is_tag_shaped

NONE, BALANCED = "none", "balanced"
_HIGHEST = 1e6  # a slip of the pen beyond it
_NEXT_STEP = "correct --class_weights, for example B-Disease:2,I-Disease:2"


def class_weights(
    spec: str, labels: Sequence[str], counts: Sequence[int] | np.ndarray
) -> np.ndarray:
    """Returns the weight of each label in the loss.

    "balanced": n / (k * count) for n labelled positions of k labels that
    occur, as scikit-learn's `compute_class_weight`; a label that does not
    occur has weight 1.

    Args:
      spec: "none", "balanced", or weights of labels ("B-X:2,I-X:2,O:0.5"); a
        label that is not named has weight 1.
      labels: in the order of their ids.
      counts: positions with each label in the training data.

    Returns:
      float32 [L].

    Raises:
      InputError: an unknown label, one named twice, or no weight.
    """
    if len(counts) != len(labels):
        raise ValueError(
            f"counts: got {len(counts)}, expected one for each of the "
            f"{len(labels)} labels"
        )
    if spec == BALANCED:
        return _balanced(np.asarray(counts, np.float64))
    weights = np.ones(len(labels), np.float32)
    if spec == NONE:
        return weights
    for label, weight in _parse(spec).items():
        if label not in labels:
            raise InputError(
                "--class_weights names an unknown label",
                got=_shown(label),
                expected="labels of the training data: " + ", ".join(labels),
                next_step=_NEXT_STEP,
            )
        weights[labels.index(label)] = weight
    if not weights.any():
        raise InputError(
            "--class_weights leaves no loss to learn from",
            got="0 for every label",
            expected="a weight above 0",
            next_step=_NEXT_STEP,
        )
    return weights


def _balanced(counts: np.ndarray) -> np.ndarray:
    occurring = counts > 0
    weights = np.ones(len(counts), np.float64)
    weights[occurring] = counts.sum() / (occurring.sum() * counts[occurring])
    return weights.astype(np.float32)


def _parse(spec: str) -> dict[str, float]:
    """Returns label -> weight of "B-X:2,I-X:2,O:0.5"."""
    weights: dict[str, float] = {}
    for item in spec.split(","):
        label, colon, text = item.strip().rpartition(":")
        weight = _number(text)
        if not (colon and label) or weight is None:
            raise InputError(
                "--class_weights is no list of weights",
                got=_shown(item),
                expected="none, balanced, or label:weight with commas "
                f"between, weights from 0 to {_HIGHEST:.0f}",
                next_step=_NEXT_STEP,
            )
        if label in weights:
            raise InputError(
                "--class_weights names a label twice",
                got=_shown(label),
                expected="each label once",
                next_step=_NEXT_STEP,
            )
        weights[label] = weight
    return weights


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= _HIGHEST else None


def _shown(text: str) -> str:
    parts = text.split(":")
    if all(is_tag_shaped(part) for part in parts):
        return text[:60]
    return f"{len(text)} characters not shaped like label:weight"

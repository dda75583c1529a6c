"""Sentences with their features: rows of a table, and their loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from tasks.tagging_features import NOT_SCORED, TaggingFeatures


@dataclasses.dataclass(frozen=True)
class TaggedExample:
    """A sentence with what is needed to read its predictions.

    Attributes:
      words: as in the file.
      gold: tags, one a word, in the scheme's form.
      features: its row of the split's table.
    """

    words: tuple[str, ...]
    gold: tuple[str, ...]
    features: TaggingFeatures


def feature_rows(
    examples: Iterable[TaggedExample],
) -> Iterator[dict[str, np.ndarray]]:
    """Yields the rows of a `FeatureTable`."""
    for example in examples:
        ids = example.features.input_ids
        yield {
            "input_ids": ids,
            "input_mask": np.ones_like(ids),
            "segment_ids": np.zeros_like(ids),
            "label_ids": example.features.label_ids,
        }


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Returns log probabilities over the last axis."""
    shifted: np.ndarray = logits - logits.max(axis=-1, keepdims=True)
    total = np.exp(shifted).sum(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(total))


def mean_loss(
    examples: Sequence[TaggedExample], log_probabilities: Sequence[np.ndarray]
) -> float:
    """Returns the mean cross-entropy over the labelled positions."""
    total, count = 0.0, 0
    for example, row in zip(examples, log_probabilities, strict=True):
        ids = example.features.label_ids
        scored = np.flatnonzero(ids != NOT_SCORED)
        total -= float(row[scored, ids[scored]].sum())
        count += len(scored)
    return total / max(count, 1)

"""Logits of a batch of texts to its loss, for each kind of label.

TensorFlow is imported by the functions: a corpus is read without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

    # (sum of the examples' losses, sum of their weights)
    Loss = tuple[tf.Tensor, tf.Tensor]


def pool_rows(
    logits: tf.Tensor, batch: Mapping[str, tf.Tensor], *, pooling: str
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns one row of logits, and of labels, an example.

    Args:
      logits: float32 [rows, C], the rows of an example one after the other.
      batch: starts_example [rows, 1] is 1 at the first row of an example;
        label_ids [rows, width].
      pooling: "mean" or "max" over an example's rows.

    Returns:
      float32 [B, C] and [B, width].
    """
    import tensorflow as tf

    starts = batch["starts_example"][:, 0]
    segments = tf.cumsum(starts) - 1
    reduce = tf.math.unsorted_segment_mean
    if pooling == "max":
        reduce = tf.math.unsorted_segment_max
    pooled = reduce(logits, segments, tf.reduce_sum(starts))
    return pooled, tf.boolean_mask(batch["label_ids"], starts > 0)


def classes_loss(
    logits: tf.Tensor, labels: tf.Tensor, weights: np.ndarray | None
) -> Loss:
    """Returns softmax cross-entropy, and the weights of the gold classes.

    Args:
      logits: float32 [B, C].
      labels: int32 [B, 1].
      weights: of each class, [C]; None = all 1.
    """
    import tensorflow as tf

    from modeling.losses import weighted_cross_entropy

    ids = labels[:, 0]
    of_rows = tf.ones_like(ids, tf.float32)
    if weights is not None:
        of_rows = tf.gather(tf.constant(weights, tf.float32), ids)
    return weighted_cross_entropy(logits, ids, of_rows)


def labels_loss(
    logits: tf.Tensor, labels: tf.Tensor, weights: np.ndarray | None
) -> Loss:
    """Returns sigmoid cross-entropy, the mean over labels of each example.

    Args:
      logits: float32 [B, C].
      labels: int32 [B, C], 1 where a label holds.
      weights: of each label where it holds, [C]; None = all 1.
    """
    import tensorflow as tf

    targets = tf.cast(labels, tf.float32)
    positive = tf.constant(1.0)
    if weights is not None:
        positive = tf.constant(weights, tf.float32)
    losses = tf.nn.weighted_cross_entropy_with_logits(targets, logits, positive)
    of_rows = tf.reduce_mean(losses, axis=1)
    return tf.reduce_sum(of_rows), tf.cast(tf.shape(logits)[0], tf.float32)


def score_loss(logits: tf.Tensor, labels: tf.Tensor) -> Loss:
    """Returns squared errors.

    Args:
      logits: float32 [B, 1].
      labels: float32 [B, 1].
    """
    import tensorflow as tf

    squares = tf.math.squared_difference(logits[:, 0], labels[:, 0])
    return tf.reduce_sum(squares), tf.cast(tf.shape(logits)[0], tf.float32)

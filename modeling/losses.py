"""Logits, labels and weights to a loss, in float32.

Each function returns (sum, weight): the caller divides, so that gradient
accumulation and several replicas can sum both parts first.
"""

from __future__ import annotations

import tensorflow as tf


def weighted_cross_entropy(
    logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the weighted sum of cross-entropies and the sum of weights.

    Args:
      logits: float32 [..., L].
      labels: int32 [...]; any valid id where the weight is 0.
      weights: float32 [...].

    Returns:
      Two float32 scalars.
    """
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=tf.cast(logits, tf.float32)
    )
    return tf.reduce_sum(losses * weights), tf.reduce_sum(weights)


def masked_lm_loss(
    logits: tf.Tensor, masked_lm_ids: tf.Tensor, masked_lm_weights: tf.Tensor
) -> tf.Tensor:
    """Returns the masked-LM loss of run_pretraining.py, a scalar.

    Args:
      logits: float32 [B * P, V].
      masked_lm_ids: int32 [B, P].
      masked_lm_weights: float32 [B, P]; 0 on the padding of P.
    """
    total, weight = weighted_cross_entropy(
        logits,
        tf.reshape(masked_lm_ids, [-1]),
        tf.reshape(masked_lm_weights, [-1]),
    )
    return total / (weight + 1e-5)  # the original's guard against no masks


def mean_cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Returns the mean cross-entropy of logits [B, L] and labels [B]."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=tf.cast(logits, tf.float32)
    )
    return tf.reduce_mean(losses)

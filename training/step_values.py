"""What goes into an update of pretraining and what comes out."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class StepInputs(NamedTuple):
    """Scalars that differ from update to update.

    Attributes:
      learning_rate: float32.
      step: int64, updates applied so far.
      loss_scale: float32; 1 unless float16.
      predictions: float32: weights of all predictions of the update.
      rows: float32: records of the update.
      stop: float32: above 0 where this process was asked to stop.
    """

    learning_rate: tf.Tensor
    step: tf.Tensor
    loss_scale: tf.Tensor
    predictions: tf.Tensor
    rows: tf.Tensor
    stop: tf.Tensor


class StepResult(NamedTuple):
    """What one update reports; float32 scalars over all its records.

    Attributes:
      masked_lm_loss: as it is trained on.
      masked_lm_accuracy: share of the predictions that are right.
      sentence_loss: mean; 0 without a sentence task.
      sentence_accuracy: share of the records.
      gradient_norm: global, before clipping.
      applied: 1 where the gradient was finite and the update was applied.
      stop: above 0 where a process was asked to stop.
    """

    masked_lm_loss: tf.Tensor
    masked_lm_accuracy: tf.Tensor
    sentence_loss: tf.Tensor
    sentence_accuracy: tf.Tensor
    gradient_norm: tf.Tensor
    applied: tf.Tensor
    stop: tf.Tensor

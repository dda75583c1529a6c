"""A model forward on several replicas: each computes its rows of a batch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from inference.forward import RunBatch
from inference.model import TaskModel
from preprocessing.features import INPUT_SPECS
from training.replicas import Replicas


def forward_on(model: TaskModel, replicas: Replicas) -> RunBatch | None:
    """Returns what computes a batch's logits; None = one device does.

    Args:
      model: made in the scope of `replicas`.
      replicas: the devices.
    """
    if replicas.count == 1:
        return None
    count = replicas.count
    inputs = {
        spec.name: tf.TensorSpec([None, None], spec.dtype)
        for spec in INPUT_SPECS
    }
    forward = replicas.compiled_parts(model.logits, part=inputs, shared=[])

    def run(batch: Mapping[str, np.ndarray]) -> np.ndarray:
        rows = len(batch["input_ids"])
        # The last row is repeated until all have as many.
        missing = -rows % count
        parts: list[dict[str, tf.Tensor]] = [{} for _ in range(count)]
        for name, values in batch.items():
            filled = np.pad(values, ((0, missing), (0, 0)), mode="edge")
            for part, share in zip(parts, np.split(filled, count), strict=True):
                part[name] = tf.constant(share)
        logits = [of_part.numpy() for of_part in forward(parts)]
        return np.concatenate(logits)[:rows]

    return run

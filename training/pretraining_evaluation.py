"""Scores a model on records: masked-LM and sentence loss and accuracy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from modeling.pretraining import PretrainingModel
from training.pretraining_inputs import open_batches
from training.pretraining_options import EvaluationOptions
from training.replicas import Replicas, summed

_GUARD = 1e-5  # of the denominator of a batch's loss, as in training


class Evaluation:
    """Scores the weights that a model has.

    Args:
      model: made in the scope of `replicas`.
      replicas: the devices.
      options: which records, how many.
      sentence_task: "next_sentence", "sentence_order", or "" without one.
      seed: of masks that the records lack; the same ones each time.
    """

    def __init__(
        self,
        model: PretrainingModel,
        replicas: Replicas,
        options: EvaluationOptions,
        *,
        sentence_task: str,
        seed: int,
    ) -> None:
        self._model = model
        self._replicas = replicas
        self._options = options
        self._sentence_task = sentence_task
        self._batches = open_batches(
            dataclasses.replace(options.inputs, shuffle=False),
            seed=seed,
            vocab_size=model.encoder.config.vocab_size,
        )
        self._sums = replicas.compiled(self._run)

    def scores(self) -> dict[str, float]:
        """Returns the originals' scores by their names.

        `loss` is the mean over batches, as an Estimator's evaluation gives
        it; the others are over all predictions and records.
        """
        rows, losses = [], []
        stream = self._stream()
        try:
            for batch in stream:
                sums = np.array(self._sums_of(batch), np.float64)
                rows.append(sums)
                losses.append(_batch_loss(sums))
        finally:
            stream.close()
        loss, weight, right, sentence_loss, sentence_right, count = sum(rows)
        logging.info(
            "Evaluated on %d records in %d batches", int(count), len(rows)
        )
        weight = max(weight, 1.0)
        scores = {
            "loss": float(np.mean(losses)),
            "masked_lm_loss": float(loss / weight),
            "masked_lm_accuracy": float(right / weight),
        }
        if name := self._sentence_task:
            scores[f"{name}_loss"] = float(sentence_loss / count)
            scores[f"{name}_accuracy"] = float(sentence_right / count)
        return scores

    def _stream(self) -> Any:
        if self._options.wraps:
            batches = self._batches.from_batch(0)
        else:
            batches = self._batches.once()
        return _first(batches, self._options.max_eval_steps)

    def _sums_of(self, batch: Mapping[str, np.ndarray]) -> np.ndarray:
        size = self._options.inputs.batch_size
        size = -(-size // self._replicas.count) * self._replicas.count
        part = self._replicas.split(_filled_up(batch, size))
        return np.asarray(self._replicas.first(self._sums(part)))

    def _run(self, batch: Mapping[str, tf.Tensor]) -> tf.Tensor:
        (sums,) = summed([tf.stack(list(self._model.sums(batch)))])
        return sums


def _first(batches: Any, count: int) -> Iterator[Mapping[str, np.ndarray]]:
    try:
        yield from islice(batches, count)
    finally:
        batches.close()


def _batch_loss(sums: np.ndarray) -> float:
    loss, weight, _, sentence_loss, _, rows = sums
    return float(loss / (weight + _GUARD) + sentence_loss / rows)


def _filled_up(
    batch: Mapping[str, np.ndarray], size: int
) -> dict[str, np.ndarray]:
    """Returns a batch of `size` records, the added ones of weight 0."""
    count = len(batch["input_ids"])
    weights = np.zeros(size, np.float32)
    weights[:count] = 1.0
    full = {
        name: np.concatenate([values, values[:1].repeat(size - count, axis=0)])
        for name, values in batch.items()
        if name != "records"
    }
    return {**full, "record_weights": weights}

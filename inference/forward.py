"""A model's logits for every row of a table, in the table's order.

Rows of like length share a batch, whatever their place in the file; each
gets its logits back without padding. The result does not depend on the batch
size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf
import tqdm

from inference.model import TaskModel
from preprocessing.features import INPUT_SPECS, FeatureTable
from preprocessing.pipeline import batches_by_tokens, padded_length

_TOKENS = 4096  # padded pieces of a batch when no batch size is asked for
_INPUTS = tuple(spec.name for spec in INPUT_SPECS)
# Features of a batch's rows, int32 [B, S] -> logits of as many rows.
RunBatch = Callable[[Mapping[str, np.ndarray]], np.ndarray]


class Forward:
    """Runs a model forward; compiled once, for batches of any shape.

    Args:
      model: whose weights are used as they are at each call.
      per_piece: whether logits are [B, S, L] (else [B, L]).
      run: computes the model's logits of a batch; None = on one device.
    """

    def __init__(
        self,
        model: TaskModel,
        *,
        per_piece: bool,
        run: RunBatch | None = None,
    ) -> None:
        self._per_piece = per_piece
        self._run = run or _on_one_device(model)

    def logits(
        self,
        table: FeatureTable,
        *,
        max_seq_length: int,
        batch_size: int | None = None,
        what: str | None = "predicting",
    ) -> list[np.ndarray]:
        """Returns one float32 array a row: [n, L], or [L].

        Args:
          table: rows to predict.
          max_seq_length: no batch is padded beyond it.
          batch_size: rows of a batch; None = about 4,096 pieces.
          what: name of the progress bar; None = no bar.
        """
        results: dict[int, np.ndarray] = {}
        lengths = table.lengths
        with tqdm.tqdm(
            total=len(table),
            desc=what,
            unit="row",
            disable=what is None or None,  # None: where there is no terminal
        ) as bar:
            batches = _batches(lengths, batch_size)
            for rows in batches:
                length = padded_length(
                    int(lengths[rows].max()), maximum=max_seq_length
                )
                filled = _filled_up(rows) if rows is batches[-1] else rows
                batch = table.batch(filled, length=length)
                logits = self._run({n: batch[n] for n in _INPUTS})
                for position, row in enumerate(rows):
                    values = logits[position]
                    if self._per_piece:
                        values = values[: lengths[row]].copy()
                    results[int(row)] = values
                bar.update(len(rows))
        return [results[row] for row in range(len(table))]


def _on_one_device(model: TaskModel) -> RunBatch:
    signature = [{n: tf.TensorSpec([None, None], tf.int32) for n in _INPUTS}]
    forward = tf.function(
        model.logits, input_signature=signature, autograph=False
    )
    return lambda batch: forward(
        {name: tf.constant(values) for name, values in batch.items()}
    ).numpy()


def _batches(
    lengths: np.ndarray, batch_size: int | None
) -> Sequence[np.ndarray]:
    if batch_size is None:
        return batches_by_tokens(lengths, _TOKENS)
    order = np.argsort(-lengths, kind="stable")
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def _filled_up(rows: np.ndarray) -> np.ndarray:
    """Repeats the last row until the number of rows is a power of 2.

    TensorFlow keeps half a megabyte for every shape of a batch that it has
    seen. A table's last batch can have any number of rows: without this,
    memory would grow with a long text, which is tagged table by table.
    """
    number = 1 << (len(rows) - 1).bit_length()
    return np.pad(rows, (0, number - len(rows)), mode="edge")

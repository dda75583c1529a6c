"""Rows of ids -> the vectors of their pieces, in order, without padding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from inference.input_lines import InputRow
from inference.rows_in_order import (
    Batch,
    StreamLimits,
    batch_of,
    run_in_order,
)

# A batch -> float32 [B, S, layers, D]; the pooled output [B, D], or None.
RunBatch = Callable[[Batch], tuple[np.ndarray, np.ndarray | None]]


class RowVectors(NamedTuple):
    """What the encoder makes of a row.

    Attributes:
      row: as it was given.
      vectors: float32 [n, layers, D].
      pooled: float32 [D]; None where it was not asked for.
    """

    row: InputRow
    vectors: np.ndarray
    pooled: np.ndarray | None


def vectors_of_rows(
    rows: Iterable[InputRow], run_batch: RunBatch, *, limits: StreamLimits
) -> Iterator[RowVectors]:
    """Yields the vectors of each row, in the order of the rows.

    Args:
      rows: consumed as far as is needed.
      run_batch: the encoder, a `LayerOutputs`.
      limits: how much is held at a time.
    """

    def run(chosen: Sequence[InputRow], length: int) -> list[RowVectors]:
        batch = batch_of(
            [row.input_ids for row in chosen],
            [row.segment_ids for row in chosen],
            length=length,
        )
        vectors, pooled = run_batch(batch)
        return [
            RowVectors(
                row,
                # Copies: a view would keep the whole batch.
                vectors[i, : len(row.input_ids)].copy(),
                None if pooled is None else pooled[i].copy(),
            )
            for i, row in enumerate(chosen)
        ]

    return run_in_order(
        rows, run, length_of=lambda row: len(row.input_ids), limits=limits
    )

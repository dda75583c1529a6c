"""Rows of questions as flat arrays, on disk where they are many.

Of a row only the pieces are kept, and where the paragraph begins: 4 bytes a
piece. What the originals wrote to train.tf_record is made when it is read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from preprocessing.features import INPUT_SPECS, FeatureSpec, FeatureTable
from preprocessing.growing_arrays import GrowingArray, release

_MAX_BYTES_IN_MEMORY = 1 << 26


class WindowRow(NamedTuple):
    """One row.

    Attributes:
      input_ids: int32 [n].
      num_before: positions of [CLS], question, [SEP].
      labels: one whole number for each spec of a label.
    """

    input_ids: np.ndarray
    num_before: int
    labels: tuple[int, ...] = ()


class WindowTable(FeatureTable):
    """A `FeatureTable` of input ids, mask, segments and labels of windows.

    Args:
      label_names: of the rows' labels, one number each.
      rows: consumed once.
    """

    def __init__(
        self, label_names: Sequence[str], rows: Iterable[WindowRow]
    ) -> None:
        labels = [FeatureSpec(name, width=1) for name in label_names]
        super().__init__((*INPUT_SPECS, *labels), ())
        ids, of_rows = GrowingArray(np.int32), GrowingArray(np.int32)
        for row in rows:
            ids.append(row.input_ids)
            of_rows.append(
                np.array([len(row.input_ids), row.num_before, *row.labels])
            )
            if ids.nbytes > _MAX_BYTES_IN_MEMORY:
                ids.spill(tempfile.gettempdir())
        self._ids = ids.finish()
        self._of_rows = of_rows.finish().reshape(-1, 2 + len(label_names))
        self.lengths = self._of_rows[:, 0]
        self._ends = np.cumsum(self.lengths, dtype=np.int64)
        self._groups = np.arange(len(self.lengths) + 1)
        self._columns = {n: 2 + i for i, n in enumerate(label_names)}

    def row(self, index: int, name: str) -> np.ndarray:
        """Returns one feature of one row, [n] or [1]."""
        if name in self._columns:
            column = self._columns[name]
            labels: np.ndarray = self._of_rows[index, column : column + 1]
            return labels
        length, num_before = self._of_rows[index, :2]
        if name == "input_mask":
            return np.ones(length, np.int32)
        if name == "segment_ids":
            of_window: np.ndarray = np.arange(length) >= num_before
            return of_window.astype(np.int32)
        end = self._ends[index]
        ids: np.ndarray = self._ids[int(end - length) : int(end)]
        return ids

    def batch(
        self, indices: Sequence[int] | np.ndarray, *, length: int
    ) -> dict[str, np.ndarray]:
        """Returns rows side by side, as `FeatureTable.batch`."""
        batch = super().batch(indices, length=length)
        release(self._ids)
        return batch

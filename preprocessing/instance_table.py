"""Instances as flat arrays: a few bytes a piece, nothing per instance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.growing_arrays import GrowingArray
from preprocessing.instance_arrays import Block

# Which offsets say how many values of a column an instance has; of the other
# columns it has one.
_OFFSETS_OF = {
    "input_ids": "starts",
    "token_boundary": "starts",
    "masked_lm_positions": "masked_starts",
    "masked_lm_ids": "masked_starts",
}
_MASKS = ("masked_lm_positions", "masked_lm_ids", "masked_starts")


@dataclass(frozen=True)
class InstanceTable:
    """Instances in the order they were made, end to end.

    Attributes:
      input_ids: uint16 or int32 [total]: masked, with [CLS] and both [SEP],
        not padded.
      starts: int64 [n + 1]: where each instance starts, and the end.
      segment_b: int32 [n]: the position in its instance where B begins; its
        length where there is none.
      next_sentence_labels: uint8 [n]: 1 = B is random, or swapped with A;
        None = rows of one segment.
      masked_lm_positions: uint16 [m]: positions predicted, ascending in each;
        None = made without masks (`InstanceOptions.draw_masks`).
      masked_lm_ids: as input_ids [m]: what stood there; or None.
      masked_starts: int64 [n + 1]: where each one's predictions start, and
        the end; or None.
      token_boundary: uint8 [total]: 1 where a word starts; None for BERT.
    """

    input_ids: np.ndarray
    starts: np.ndarray
    segment_b: np.ndarray
    next_sentence_labels: np.ndarray | None = None
    masked_lm_positions: np.ndarray | None = None
    masked_lm_ids: np.ndarray | None = None
    masked_starts: np.ndarray | None = None
    token_boundary: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.segment_b)


class TableBuilder:
    """Collects blocks of instances in a table.

    Args:
      block: of the kind that comes; gives the dtypes.
      with_masks: whether the table has the masked_lm columns.
      memory_budget: bytes that are kept in memory; None = all.
      spill_folder: where the columns go when they have more.
    """

    def __init__(
        self,
        block: Block,
        *,
        with_masks: bool,
        memory_budget: int | None,
        spill_folder: str | None,
    ) -> None:
        if memory_budget is not None and spill_folder is None:
            raise ValueError("memory_budget needs a spill_folder")
        left_out = [] if with_masks else list(_MASKS)
        left_out += [
            name
            for name in ("next_sentence_labels", "token_boundary")
            if not len(getattr(block, name))
        ]
        self._columns = {
            name: GrowingArray(array.dtype)
            for name, array in block._asdict().items()
            if name not in left_out
        }
        self._totals = dict.fromkeys(("starts", "masked_starts"), 0)
        for name in self._totals.keys() & self._columns.keys():
            self._columns[name].append(np.zeros(1, np.int64))
        self._memory_budget = memory_budget
        self._spill_folder = spill_folder

    @property
    def nbytes(self) -> int:
        """Bytes of all columns, in memory or on disk."""
        return sum(column.nbytes for column in self._columns.values())

    def append(self, block: Block, num_rows: int) -> None:
        """Copies the first rows of a block.

        Raises:
          InputError: no space is left on the disk.
        """
        arrays = block._asdict()
        for name, column in self._columns.items():
            values = arrays[name]
            if name in self._totals:
                values = values[1 : num_rows + 1] + self._totals[name]
            elif name in _OFFSETS_OF:
                values = values[: arrays[_OFFSETS_OF[name]][num_rows]]
            else:
                values = values[:num_rows]
            column.append(values)
        for name in self._totals:
            self._totals[name] += int(arrays[name][num_rows])
        if self._spill_folder is not None and self._is_over_budget():
            for column in self._columns.values():
                column.spill(self._spill_folder)

    def _is_over_budget(self) -> bool:
        budget = self._memory_budget
        return budget is not None and self.nbytes > budget

    def finish(self) -> InstanceTable:
        """Returns the table; nothing can be appended any more."""
        return InstanceTable(
            **{name: column.finish() for name, column in self._columns.items()}
        )

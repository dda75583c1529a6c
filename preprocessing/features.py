"""Feature specs, and tables of feature rows of differing length.

A `FeatureSpec` describes one feature of a record once, to pad a batch, and to
tell a training step its inputs. A `FeatureTable` holds the rows of a corpus
end to end in flat arrays: 4 bytes a value and nothing per row but an offset.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class FeatureSpec:
    """One feature of a record: a value for each piece, or a few for the row.

    Attributes:
      name: as in the originals' records, e.g. "input_ids".
      dtype: numpy name of the values' type.
      padding: value where a row is shorter than its batch.
      width: values of a row, whatever its length, such as 1 for its label;
        None = one for each piece.
    """

    name: str
    dtype: str = "int32"
    padding: int = 0
    width: int | None = None


INPUT_SPECS = (
    FeatureSpec("input_ids"),
    FeatureSpec("input_mask"),
    FeatureSpec("segment_ids"),
)


class FeatureTable:
    """Rows of features, each row with a length of its own.

    Args:
      specs: the features; at least one of them has a value for each piece.
      rows: name -> values [n], or [width], one mapping a row; consumed once.
      group_sizes: rows that follow each other and belong together, such as
        the windows of a document, as their number for each group; training
        sees a group as a whole. None = every row is a group of its own.

    Raises:
      ValueError: the features of a row differ in length, or are not as many
        values as their width; or the groups are not all the rows.
    """

    def __init__(
        self,
        specs: Sequence[FeatureSpec],
        rows: Iterable[Mapping[str, np.ndarray]],
        group_sizes: Sequence[int] | None = None,
    ) -> None:
        self.specs = tuple(specs)
        parts: dict[str, list[np.ndarray]] = {s.name: [] for s in specs}
        lengths: list[int] = []
        for row in rows:
            lengths.append(self._length_of(row, number=len(lengths)))
            for spec in self.specs:
                parts[spec.name].append(np.asarray(row[spec.name], spec.dtype))
        self.lengths = np.array(lengths, np.int32)
        of_pieces = np.concatenate([[0], np.cumsum(self.lengths)])
        self._starts = {
            spec.name: of_pieces
            if spec.width is None
            else np.arange(len(lengths) + 1) * spec.width
            for spec in self.specs
        }
        self._values = {
            spec.name: np.concatenate(parts[spec.name])
            if lengths
            else np.zeros(0, spec.dtype)
            for spec in self.specs
        }

        sizes = np.ones(len(lengths), int)
        if group_sizes is not None:
            sizes = np.array(group_sizes, int)
        if sizes.sum() != len(lengths) or (sizes < 1).any():
            raise ValueError(
                f"group_sizes: got {sizes.sum()} rows in {len(sizes)} groups, "
                f"expected all {len(lengths)} and none of 0"
            )
        self._groups = np.concatenate([[0], np.cumsum(sizes)])

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def num_groups(self) -> int:
        """How many groups of rows there are."""
        return len(self._groups) - 1

    @property
    def group_lengths(self) -> np.ndarray:
        """The length of the longest row of each group, int32 [groups]."""
        if not len(self):
            return self.lengths
        return np.maximum.reduceat(self.lengths, self._groups[:-1])

    def rows_of(self, groups: Sequence[int] | np.ndarray) -> np.ndarray:
        """Returns the indices of the rows of groups, group after group."""
        if self.num_groups == len(self):
            return np.asarray(groups)
        bounds = [self._groups[[group, group + 1]] for group in groups]
        return np.concatenate([np.arange(*bound) for bound in bounds])

    def row(self, index: int, name: str) -> np.ndarray:
        """Returns one feature of one row, [n] or [width]."""
        start, end = self._starts[name][index : index + 2]
        return self._values[name][start:end]

    def batch(
        self, indices: Sequence[int] | np.ndarray, *, length: int
    ) -> dict[str, np.ndarray]:
        """Returns rows side by side, padded.

        Args:
          indices: rows, in the order wanted.
          length: S, at least the longest of them.

        Returns:
          name -> [B, S], or [B, width].
        """
        batch = {}
        for spec in self.specs:
            shape = (len(indices), spec.width or length)
            batch[spec.name] = np.full(shape, spec.padding, spec.dtype)
            for position, index in enumerate(indices):
                values = self.row(int(index), spec.name)
                batch[spec.name][position, : len(values)] = values
        return batch

    def _length_of(self, row: Mapping[str, np.ndarray], *, number: int) -> int:
        """Returns the pieces of a row; raises ValueError for a wrong one."""
        sizes = {s.name: len(row[s.name]) for s in self.specs}
        lengths = {sizes[s.name] for s in self.specs if s.width is None}
        widths = [sizes[s.name] == s.width for s in self.specs if s.width]
        if len(lengths) != 1 or not all(widths):
            raise ValueError(
                f"row {number}: got features of lengths {sizes}, expected one "
                "length, and its width for each feature that has one"
            )
        return lengths.pop()

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
    """One feature of a record: one value for each piece.

    Attributes:
      name: as in the originals' records, e.g. "input_ids".
      dtype: numpy name of the values' type.
      padding: value where a row is shorter than its batch.
    """

    name: str
    dtype: str = "int32"
    padding: int = 0


INPUT_SPECS = (
    FeatureSpec("input_ids"),
    FeatureSpec("input_mask"),
    FeatureSpec("segment_ids"),
)


class FeatureTable:
    """Rows of features, each row with a length of its own.

    Args:
      specs: the features; every row has all of them, of one length.
      rows: name -> values [n], one mapping a row; consumed once.

    Raises:
      ValueError: the features of a row differ in length.
    """

    def __init__(
        self,
        specs: Sequence[FeatureSpec],
        rows: Iterable[Mapping[str, np.ndarray]],
    ) -> None:
        self.specs = tuple(specs)
        parts: dict[str, list[np.ndarray]] = {s.name: [] for s in specs}
        lengths: list[int] = []
        for row in rows:
            sizes = {s.name: len(row[s.name]) for s in self.specs}
            if len(set(sizes.values())) != 1:
                raise ValueError(
                    f"row {len(lengths)}: got features of lengths {sizes}, "
                    "expected one length"
                )
            lengths.append(sizes[self.specs[0].name])
            for spec in self.specs:
                parts[spec.name].append(np.asarray(row[spec.name], spec.dtype))
        self.lengths = np.array(lengths, np.int32)
        self._starts = np.concatenate([[0], np.cumsum(self.lengths)])
        self._values = {
            spec.name: np.concatenate(parts[spec.name])
            if lengths
            else np.zeros(0, spec.dtype)
            for spec in self.specs
        }

    def __len__(self) -> int:
        return len(self.lengths)

    def row(self, index: int, name: str) -> np.ndarray:
        """Returns one feature of one row, [n]."""
        start, end = self._starts[index], self._starts[index + 1]
        return self._values[name][start:end]

    def batch(
        self, indices: Sequence[int] | np.ndarray, *, length: int
    ) -> dict[str, np.ndarray]:
        """Returns rows side by side, padded.

        Args:
          indices: rows, in the order wanted.
          length: S, at least the longest of them.

        Returns:
          name -> [B, S].
        """
        arrays = {
            spec.name: np.full((len(indices), length), spec.padding, spec.dtype)
            for spec in self.specs
        }
        for position, index in enumerate(indices):
            start, end = self._starts[index], self._starts[index + 1]
            for spec in self.specs:
                values = self._values[spec.name][start:end]
                arrays[spec.name][position, : end - start] = values
        return arrays

"""Serialized tf.train.Examples of pretraining -> arrays, a batch at a time.

Reads what any program wrote: entries in any order, lists packed or not; other
entries are passed over, as tf.io.parse_example does. What is longer or larger
than it may be is found while it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from preprocessing.example_bytes import FEATURES
from preprocessing.example_unpacking import (
    ABSENT,
    IS_FLOAT,
    NO_EXAMPLE,
    SOUND,
    WRONG_KIND,
    Target,
    unpack_rows,
)

MAX_VALUE = (1 << 31) - 1  # of int32


class RowError(ValueError):
    """A record is not what a batch can hold.

    Attributes:
      row: which of the batch.
      got: what it is, without its values.
      expected: what it should be.
    """

    def __init__(self, row: int, *, got: str, expected: str) -> None:
        super().__init__(f"row {row}: got {got}, expected {expected}")
        self.row = row
        self.got = got
        self.expected = expected


class RowValues(NamedTuple):
    """What the rows of a batch hold.

    Attributes:
      features: name -> int32 [B, width]; masked_lm_weights are float32; 0
        behind a row's last value.
      counts: name -> int32 [B]: how many values each row has; -1 = it has no
        such feature.
    """

    features: dict[str, np.ndarray]
    counts: dict[str, np.ndarray]


def decode_rows(
    serialized: Sequence[memoryview | bytes],
    widths: Mapping[str, int],
    *,
    limits: Mapping[str, int],
) -> RowValues:
    """Decodes the records of a batch.

    Args:
      serialized: the records.
      widths: name of a feature (one of `FEATURES`) -> most values of a row.
      limits: name -> largest value of an integer, where below `MAX_VALUE`.

    Raises:
      RowError: no Example; a list of another kind, longer than its
        width, or with a value below 0 or above its limit.
    """
    num_rows = len(serialized)
    sizes = [num_rows * widths.get(name, 0) for name in FEATURES]
    ends = np.cumsum(sizes)
    target = Target(
        values=np.zeros(ends[-1], np.int32),
        starts=ends - sizes,
        widths=np.array([widths.get(name, ABSENT) for name in FEATURES]),
        limits=np.array([limits.get(name, MAX_VALUE) for name in FEATURES]),
        counts=np.full((num_rows, len(FEATURES)), ABSENT, np.int32),
    )
    data = np.frombuffer(b"".join(serialized), np.uint8)
    lengths = np.fromiter(map(len, serialized), np.int64, num_rows)
    row, fault, feature = unpack_rows(data, np.cumsum(lengths), target)
    if fault != SOUND:
        raise _row_error(row, (fault, feature), limits)
    _check_counts(target)
    features, counts = {}, {}
    for name, width in widths.items():
        i = FEATURES.index(name)
        values = target.values[target.starts[i] : ends[i]]
        values = values.reshape(num_rows, width)
        features[name] = values.view(np.float32) if IS_FLOAT[i] else values
        counts[name] = target.counts[:, i]
    return RowValues(features, counts)


def _row_error(
    row: int, what: tuple[int, int], limits: Mapping[str, int]
) -> RowError:
    fault, feature = what
    name = FEATURES[feature]
    if fault == NO_EXAMPLE:
        return RowError(
            row,
            got="bytes that are something else",
            expected="a tf.train.Example",
        )
    if fault == WRONG_KIND:
        kind = "floats" if IS_FLOAT[feature] else "integers"
        return RowError(
            row, got=f"{name} of another kind", expected=f"a list of {kind}"
        )
    return RowError(
        row,
        got=f"a value of {name} that is out of range",
        expected=f"0 to {limits.get(name, MAX_VALUE)}",
    )


def _check_counts(target: Target) -> None:
    too_long = (target.counts > target.widths) & (target.widths >= 0)
    if too_long.any():
        row, i = np.argwhere(too_long)[0].tolist()
        raise RowError(
            row,
            got=f"{target.counts[row, i]} values of {FEATURES[i]}",
            expected=f"at most {target.widths[i]}",
        )

"""Instances -> tf.train.Examples, framed as TFRecord files hold them.

The features are those of the originals' create_pretraining_data.py. The bytes
are what protobuf's deterministic serialization gives: the map's entries in the
order of their names, every list packed. Equal instances, equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from preprocessing.example_bytes import FEATURES, Columns, encode_rows
from preprocessing.growing_arrays import release

# No record has more bytes: frame and eight entries without their values; a
# piece's id, mask, segment and boundary; a prediction's id,
# position and float.
_BYTES_PER_RECORD = 16 + 8 * 64
_BYTES_PER_PIECE = 4 + 1 + 1 + 1
_BYTES_PER_PREDICTION = 4 + 3 + 4
_CHECKED_AT_ONCE = 1 << 20  # values
_MAX_ID = (1 << 28) - 1  # what four bytes of seven bits hold


class Instances(Protocol):
    """Rows of masked token ids, end to end (`instances.InstanceTable`)."""

    @property
    def input_ids(self) -> np.ndarray:
        """Ids with [CLS] and [SEP], without padding [total]."""

    @property
    def starts(self) -> np.ndarray:
        """Where each row starts, and the end [n + 1]."""

    @property
    def segment_b(self) -> np.ndarray:
        """Position in its row where segment 1 begins [n]."""

    @property
    def masked_lm_positions(self) -> np.ndarray | None:
        """Positions in their rows [m]; None = records without masks."""

    @property
    def masked_lm_ids(self) -> np.ndarray | None:
        """The ids that were there before [m]."""

    @property
    def masked_starts(self) -> np.ndarray | None:
        """Where each row's positions start, and the end [n + 1]."""

    @property
    def next_sentence_labels(self) -> np.ndarray | None:
        """0 or 1 [n]; None = records without them."""

    @property
    def token_boundary(self) -> np.ndarray | None:
        """1 where a word starts, else 0 [total]; None = without (BERT)."""


@dataclass(frozen=True)
class RecordFormat:
    """What all records of a set have in common.

    Attributes:
      max_seq_length: values of the features that have one for each piece.
      max_predictions_per_seq: values of the masked_lm features; with
        do_permutation twice the flag, as in ALBERT.
      padded: whether rows are filled up with 0 to these lengths, as in the
        originals; else a record's lists are as long as its row.
      gzip: whether files are compressed.
    """

    max_seq_length: int
    max_predictions_per_seq: int
    padded: bool = True
    gzip: bool = False


def feature_lengths(
    table: Instances, record_format: RecordFormat
) -> dict[str, int]:
    """Returns how many values each feature of a record has (at most).

    The names are in the order of the records' bytes.
    """
    pieces = record_format.max_seq_length
    predictions = record_format.max_predictions_per_seq
    lengths = {"input_ids": pieces, "input_mask": pieces}
    if table.masked_lm_positions is not None:
        lengths["masked_lm_ids"] = predictions
        lengths["masked_lm_positions"] = predictions
        lengths["masked_lm_weights"] = predictions
    if table.next_sentence_labels is not None:
        lengths["next_sentence_labels"] = 1
    lengths["segment_ids"] = pieces
    if table.token_boundary is not None:
        lengths["token_boundary"] = pieces
    return lengths


class ExampleEncoder:
    """Encodes rows of a table as framed records.

    Args:
      table: the instances.
      record_format: lengths and padding.

    Attributes:
      max_record_bytes: what no record exceeds.

    Raises:
      ValueError: arrays that do not fit each other or the format; a defect of
        who made them.
    """

    def __init__(self, table: Instances, record_format: RecordFormat) -> None:
        self._columns = _columns(table, record_format)
        _check(self._columns, record_format)
        self.max_record_bytes = (
            _BYTES_PER_RECORD
            + _BYTES_PER_PIECE * record_format.max_seq_length
            + _BYTES_PER_PREDICTION * record_format.max_predictions_per_seq
        )

    def encode(self, rows: np.ndarray, buffer: np.ndarray) -> np.ndarray:
        """Encodes rows, one after the other.

        Args:
          rows: int64 [k].
          buffer: uint8, max_record_bytes or more a row; overwritten.

        Returns:
          The part of the buffer that holds the records.
        """
        num_rows = len(self._columns.starts) - 1
        if len(buffer) < len(rows) * self.max_record_bytes:
            raise ValueError(
                f"got {len(buffer)} bytes for {len(rows)} rows, expected "
                f"{self.max_record_bytes} or more a row"
            )
        if len(rows) and not 0 <= rows.min() <= rows.max() < num_rows:
            raise ValueError(
                f"got rows {rows.min()} to {rows.max()}, expected rows of a "
                f"table of {num_rows}"
            )
        num_bytes, _ = encode_rows(self._columns, rows, buffer)
        return buffer[:num_bytes]


def _columns(table: Instances, record_format: RecordFormat) -> Columns:
    ids_type = np.uint16 if table.input_ids.dtype == np.uint16 else np.int32
    has_masks = table.masked_lm_positions is not None
    masked_starts = table.masked_starts
    if masked_starts is None or not has_masks:
        masked_starts = np.zeros(len(table.starts), np.int64)
    padded = record_format.padded
    return Columns(
        input_ids=_fixed(table.input_ids, ids_type),
        starts=_fixed(table.starts, np.int64),
        segment_b=_fixed(table.segment_b, np.int32),
        masked_lm_positions=_fixed(table.masked_lm_positions, np.uint16),
        masked_lm_ids=_fixed(
            table.masked_lm_ids if has_masks else None, ids_type
        ),
        masked_starts=_fixed(masked_starts, np.int64),
        next_sentence_labels=_fixed(table.next_sentence_labels, np.uint8),
        token_boundary=_fixed(table.token_boundary, np.uint8),
        has_masks=has_masks,
        has_labels=table.next_sentence_labels is not None,
        has_boundary=table.token_boundary is not None,
        seq_length=record_format.max_seq_length if padded else 0,
        num_predictions=record_format.max_predictions_per_seq if padded else 0,
        sizes=np.zeros(len(FEATURES), np.int64),
    )


def _fixed(array: np.ndarray | None, dtype: DTypeLike) -> np.ndarray:
    """Returns a read-only view, so that there is one type to compile for."""
    if array is None:
        array = np.zeros(0, dtype)
    view = np.ascontiguousarray(array, dtype).view(np.ndarray)
    view.flags.writeable = False
    return view


def _check(columns: Columns, record_format: RecordFormat) -> None:
    """Raises ValueError where compiled code would read or write elsewhere."""
    max_pieces = record_format.max_seq_length
    max_predictions = record_format.max_predictions_per_seq
    num_rows = len(columns.starts) - 1
    lengths = np.diff(columns.starts)
    counts = np.diff(columns.masked_starts)
    num_ids, num_labels = len(columns.input_ids), len(columns.masked_lm_ids)
    has_labels, has_boundary = columns.has_labels, columns.has_boundary
    rules = {
        "starts from 0 to the number of ids": _covers(columns.starts, num_ids),
        "masked_starts from 0 to the number of masked ids": len(counts)
        == num_rows
        and _covers(columns.masked_starts, num_labels),
        "a position for each masked id": num_labels
        == len(columns.masked_lm_positions),
        "a segment_b inside each row": len(columns.segment_b) == num_rows
        and _within(columns.segment_b, lengths),
        "a label of 0 or 1 for each row": len(columns.next_sentence_labels)
        == num_rows * has_labels
        and _within(columns.next_sentence_labels, 1),
        "a boundary of 0 or 1 for each piece": len(columns.token_boundary)
        == num_ids * has_boundary
        and _within(columns.token_boundary, 1),
        f"{max_pieces} pieces a row at most": _within(lengths, max_pieces),
        f"{max_predictions} predictions a row at most": _within(
            counts, max_predictions
        ),
        f"ids from 0 to {_MAX_ID}": _within(columns.input_ids, _MAX_ID)
        and _within(columns.masked_lm_ids, _MAX_ID),
    }
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        raise ValueError(
            f"got a table of {num_rows} rows without what is expected: "
            + "; ".join(broken)
        )


def _covers(starts: np.ndarray, end: int) -> bool:
    """Whether offsets go up from 0 to `end`."""
    return (
        len(starts) > 0
        and starts[0] == 0
        and starts[-1] == end
        and bool(np.all(starts[1:] >= starts[:-1]))
    )


def _within(values: np.ndarray, limit: int | np.ndarray) -> bool:
    """Whether values are from 0 to `limit`."""
    if not len(values):
        return True
    if isinstance(limit, int):
        # Columns of ids are long and may lie on a disk: read if need be.
        bounds = np.iinfo(values.dtype)
        fits = bounds.min >= 0 and bounds.max <= limit
        return fits or all(_parts_within(values, limit))
    return bool(np.all(values >= 0) and np.all(values <= limit))


def _parts_within(values: np.ndarray, limit: int) -> Iterator[bool]:
    """Yields `_within` of one part after the other, and lets go of each."""
    for start in range(0, len(values), _CHECKED_AT_ONCE):
        part = values[start : start + _CHECKED_AT_ONCE]
        yield bool(part.min() >= 0 and part.max() <= limit)
        release(values)  # where it is on disk

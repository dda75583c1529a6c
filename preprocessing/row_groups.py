"""A table on disk whose rows are read in any order -> one that is read in turn.

Records are written in shuffled order, and each row read from a file maps the
pages around it: after a few hundred of them all of the file is in memory. So
the rows are copied once, in the order in which they lie, to groups: those that
are read first, in any order, to the first group, and so on. Of the copy, one
group is in memory at a time.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from foundation import files
from preprocessing.compiled import compiled
from preprocessing.growing_arrays import release
from preprocessing.instance_table import InstanceTable

_ROWS_AT_ONCE = 1024  # some hundred kilobytes are mapped, then given back


class _Columns(NamedTuple):
    """Those of an `InstanceTable`; empty ones stand for None."""

    input_ids: np.ndarray
    starts: np.ndarray
    segment_b: np.ndarray
    next_sentence_labels: np.ndarray
    masked_lm_positions: np.ndarray
    masked_lm_ids: np.ndarray
    masked_starts: np.ndarray
    token_boundary: np.ndarray


def grouped(
    table: InstanceTable,
    order: np.ndarray,
    *,
    num_files: int,
    group_bytes: int,
    folder: str,
) -> tuple[InstanceTable, np.ndarray]:
    """Returns the rows of a table in groups, and their order there.

    Args:
      table: one whose columns are in memory is returned as it is.
      order: record k is row order[k]; int64 [n].
      num_files: record k goes to file k modulo this; one is written after the
        other.
      group_bytes: of the columns, in a group; about.
      folder: where the copy goes.

    Raises:
      InputError: the folder cannot be written to, or is full.
    """
    if not isinstance(table.input_ids, np.memmap) or not len(order):
        return table, order
    num_bytes = sum(column.nbytes for column in _columns_of(table))
    num_groups = -(-num_bytes // max(1, group_bytes))
    rows_of_group = -(-len(order) // num_groups)
    source = np.concatenate([order[i::num_files] for i in range(num_files)])
    for start in range(0, len(source), rows_of_group):
        source[start : start + rows_of_group].sort()
    target = np.empty(len(source), np.int64)
    target[source] = np.arange(len(source))
    copy = _copied(table, source, target, folder=folder)
    return copy, target[order]


def _copied(
    table: InstanceTable,
    source: np.ndarray,
    target: np.ndarray,
    *,
    folder: str,
) -> InstanceTable:
    """Returns a table whose row i is row source[i]; target is the inverse."""
    new = {
        field.name: _on_disk(getattr(table, field.name), folder)
        for field in dataclasses.fields(table)
    }
    for name in ("starts", "masked_starts"):
        if (starts := getattr(table, name)) is not None:
            _fill_starts(
                starts.view(np.ndarray), source, new[name].view(np.ndarray)
            )
            release(starts, new[name])
    copy = InstanceTable(**new)
    for first in range(0, len(source), _ROWS_AT_ONCE):
        rows = target[first : first + _ROWS_AT_ONCE]
        _copy(_plain(table), _plain(copy), first, rows)
        release(*_columns_of(table), *_columns_of(copy))
    return copy


@compiled
def _fill_starts(
    starts: np.ndarray, source: np.ndarray, new: np.ndarray
) -> None:
    new[0] = 0
    for i in range(len(source)):
        row = source[i]
        new[i + 1] = new[i] + starts[row + 1] - starts[row]


def _on_disk(column: np.ndarray | None, folder: str) -> Any:
    """Returns room for a column in a file without a name, or None."""
    if column is None or not len(column):
        return column
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            # A full disk shall be an error here, not the end of the process
            # when a page is written. (macOS has no such function.)
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, column.nbytes)
            return np.memmap(file, column.dtype, "r+", shape=column.shape)
    except OSError as error:
        raise files.cannot_write(error, folder) from error


def _columns_of(table: InstanceTable) -> list[np.ndarray]:
    columns = [getattr(table, name) for name in _Columns._fields]
    return [column for column in columns if column is not None]


def _plain(table: InstanceTable) -> _Columns:
    def plain(column: np.ndarray | None, dtype: DTypeLike) -> np.ndarray:
        return np.empty(0, dtype) if column is None else column.view(np.ndarray)

    return _Columns(
        plain(table.input_ids, np.uint16),
        plain(table.starts, np.int64),
        plain(table.segment_b, np.int32),
        plain(table.next_sentence_labels, np.uint8),
        plain(table.masked_lm_positions, np.uint16),
        plain(table.masked_lm_ids, table.input_ids.dtype),
        plain(table.masked_starts, np.int64),
        plain(table.token_boundary, np.uint8),
    )


@compiled
def _copy(  # noqa: PLR0917 (numba 0.68 fails at keyword-only ones)
    old: _Columns, new: _Columns, first: int, rows: np.ndarray
) -> None:
    """Copies rows from `first` on to these."""
    for i in range(len(rows)):
        row, to = first + i, rows[i]
        new.segment_b[to] = old.segment_b[row]
        if len(old.next_sentence_labels):
            new.next_sentence_labels[to] = old.next_sentence_labels[row]
        start, size = old.starts[row], old.starts[row + 1] - old.starts[row]
        at = new.starts[to]
        for j in range(size):
            new.input_ids[at + j] = old.input_ids[start + j]
        if len(old.token_boundary):
            for j in range(size):
                new.token_boundary[at + j] = old.token_boundary[start + j]
        if len(old.masked_starts):
            start = old.masked_starts[row]
            at = new.masked_starts[to]
            for j in range(old.masked_starts[row + 1] - start):
                new.masked_lm_ids[at + j] = old.masked_lm_ids[start + j]
                position = old.masked_lm_positions[start + j]
                new.masked_lm_positions[at + j] = position

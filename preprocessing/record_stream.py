"""A set of record files -> batches of records, in `RecordOrder`.

Files are read from front to back, local and remote ones, plain and GZIP; no
more than a block of records is in memory. Every record's checksum is verified.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Iterator
from typing import NamedTuple

import numpy as np

from foundation.errors import InputError
from preprocessing.record_order import RecordOrder
from preprocessing.record_set import CountedFile, RecordSet
from preprocessing.tfrecord import read_records


class RecordBatch(NamedTuple):
    """Records as they stand in their files.

    Attributes:
      serialized: the bytes of each.
      records: int64 [B]: the index of each in the set.
      epochs: int64 [B]: in which epoch each one is seen, from 0.
    """

    serialized: list[memoryview]
    records: np.ndarray
    epochs: np.ndarray


class RecordStream:
    """Batches of the records of a set, without end.

    Args:
      record_set: what is read.
      order: of its records.
      batch_size: B.

    Raises:
      ValueError: no batch size.
    """

    def __init__(
        self, record_set: RecordSet, order: RecordOrder, *, batch_size: int
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"got batches of {batch_size}, expected 1 or more")
        self._files = record_set.files
        self._order = order
        self._batch_size = batch_size

    def from_batch(self, start: int) -> Generator[RecordBatch, None, None]:
        """Yields batches of B from the given one on, without end.

        What is before its first record in that record's file is hopped over
        (decompressed, in a GZIP file); the other files are not touched.

        Raises:
          InputError: a file that is missing or damaged, or has more or fewer
            records than the set says: which file and record.
        """
        yield from _cut(self._rows(start * self._batch_size), self._batch_size)

    def once(self) -> Generator[RecordBatch, None, None]:
        """Yields one epoch; the last batch is short. Errors: `from_batch`."""
        yield from _cut(self._rows(0, num_epochs=1), self._batch_size)

    def _rows(
        self, position: int, *, num_epochs: int | None = None
    ) -> Iterator[RecordBatch]:
        """Yields the rest of the block at a position, then whole blocks."""
        epoch = -1
        lying: Iterator[memoryview] = iter(())
        for block, passed in self._order.blocks(position):
            if block.epoch == num_epochs:
                return
            if block.epoch != epoch:
                epoch = block.epoch
                lying = self._records(epoch, block.start)
            serialized = list(itertools.islice(lying, len(block.order)))
            order = block.order[passed:]
            yield RecordBatch(
                [serialized[row] for row in order.tolist()],
                block.records[order],
                np.full(len(order), epoch),
            )

    def _records(self, epoch: int, first: int) -> Iterator[memoryview]:
        """Yields an epoch's records as they lie, from a place on."""
        for number in self._order.files(epoch):
            file = self._files[number]
            if first < file.num_records:
                yield from _checked_records(file, first)
            first = max(first - file.num_records, 0)


def _checked_records(file: CountedFile, first: int) -> Iterator[memoryview]:
    """Yields the records of a file from one on, as many as it is to have."""
    with contextlib.closing(read_records(file.path, first=first)) as records:
        count = first
        for record in records:
            count += 1
            # Before the last one, since nobody may ask for what comes next.
            if count == file.num_records and next(records, None) is not None:
                raise _other_count(file, "more records")
            yield record
    if count < file.num_records:
        raise _other_count(file, f"the end of the file before record {count}")


def _other_count(file: CountedFile, got: str) -> InputError:
    return InputError(
        "the file has other records than it is to have",
        got=got,
        expected=f"{file.num_records} records, the first of them number 0",
        next_step="do not change record files while a run reads them; copy "
        "the file again from where it was made",
        path=file.path,
    )


def _cut(
    parts: Iterator[RecordBatch], size: int
) -> Generator[RecordBatch, None, None]:
    """Yields the rows of all parts in batches of equal size; the last short."""
    rest = RecordBatch([], np.zeros(0, np.int64), np.zeros(0, np.int64))
    for part in parts:
        rows = _joined(rest, part) if rest.serialized else part
        num_whole = len(rows.serialized) // size * size
        for start in range(0, num_whole, size):
            yield _slice(rows, start, start + size)
        rest = _slice(rows, num_whole, None)
    if rest.serialized:
        yield rest


def _joined(first: RecordBatch, second: RecordBatch) -> RecordBatch:
    return RecordBatch(
        first.serialized + second.serialized,
        np.concatenate([first.records, second.records]),
        np.concatenate([first.epochs, second.epochs]),
    )


def _slice(rows: RecordBatch, start: int, end: int | None) -> RecordBatch:
    return RecordBatch(
        rows.serialized[start:end],
        rows.records[start:end],
        rows.epochs[start:end],
    )

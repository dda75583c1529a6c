"""Instances <-> TFRecord files of tf.train.Examples.

Record k goes to file k modulo the number of files, as in the originals. The
bytes are a function of the instances alone: equal runs give equal files.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType

import numpy as np

from foundation.errors import InputError
from preprocessing.example_decoding import decode_example
from preprocessing.example_encoding import (
    ExampleEncoder,
    Instances,
    RecordFormat,
    feature_lengths,
)
from preprocessing.growing_arrays import release
from preprocessing.tfrecord import count_records, read_records
from preprocessing.tfrecord_writer import RecordFile, RecordWriter

__all__ = [
    "Instances",
    "RecordFile",
    "RecordFiles",
    "RecordFormat",
    "count_records",
    "feature_lengths",
    "iterate_examples",
    "read_examples",
    "read_records",
    "write_records",
]

# Encoded at a time: a few writes a megabyte, and still warm in the processor's
# cache when it is hashed and written.
_BUFFER_BYTES = 1 << 20


class RecordFiles:
    """Record files that appear together, or not at all.

        with RecordFiles() as files:
            files.write(table, order, paths, record_format=record_format)
            files.publish()

    Attributes:
      written: of each file that is whole, in the order of their paths; they
        have their names after `publish` only.
    """

    def __init__(self) -> None:
        self.written: list[RecordFile] = []
        self._writers: list[RecordWriter] = []

    def __enter__(self) -> RecordFiles:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers:
            writer.discard()

    def write(
        self,
        table: Instances,
        order: np.ndarray,
        paths: Sequence[str],
        *,
        record_format: RecordFormat,
        progress: Callable[[int, int], object] | None = None,
    ) -> list[RecordFile]:
        """Writes instances under temporary names.

        Args, errors and what is returned: those of `write_records`.
        """
        _check_paths(paths)
        encoder = ExampleEncoder(table, record_format)
        first = len(self.written)
        for number, path in enumerate(paths):
            writer = RecordWriter(path, gzip=record_format.gzip)
            self._writers.append(writer)
            rows = order[number :: len(paths)]
            for records, num_records in _encoded(encoder, rows):
                writer.write(records, num_records=num_records)
                release(*_columns_of(table))
                if progress is not None:
                    progress(num_records, len(records))
            self.written.append(writer.close())
        return self.written[first:]

    def publish(self) -> None:
        """Gives all files their names; one that is there is replaced.

        Raises:
          InputError: a file cannot be renamed.
        """
        for writer in self._writers:
            writer.publish()


def write_records(
    table: Instances,
    order: np.ndarray,
    paths: Sequence[str],
    *,
    record_format: RecordFormat,
    progress: Callable[[int, int], object] | None = None,
) -> list[RecordFile]:
    """Writes instances as record files; all of them appear, or none.

    Args:
      table: the instances.
      order: record k is instance order[k]; int64 [n].
      paths: the files; one that is there is replaced in the end.
      record_format: lengths, padding, compression.
      progress: called with the records and bytes since the last call.

    Returns:
      One a path.

    Raises:
      InputError: a path is given twice or cannot be written to.
      ValueError: table, order and format do not fit each other.
    """
    with RecordFiles() as record_files:
        written = record_files.write(
            table,
            order,
            paths,
            record_format=record_format,
            progress=progress,
        )
        record_files.publish()
    return written


def _columns_of(table: Instances) -> list[np.ndarray | None]:
    if not dataclasses.is_dataclass(table):
        return []
    return [getattr(table, field.name) for field in dataclasses.fields(table)]


def _check_paths(paths: Sequence[str]) -> None:
    if not paths:
        raise ValueError("got no paths, expected at least one")
    twice = [path for path, count in Counter(paths).items() if count > 1]
    if twice:
        raise InputError(
            "an output file is named twice",
            got=f"{len(paths)} files, {len(set(paths))} different ones",
            expected="a file of its own for each part of the records",
            next_step="name each file once in --output_file",
            path=twice[0],
        )


def _encoded(
    encoder: ExampleEncoder, rows: np.ndarray
) -> Iterator[tuple[np.ndarray, int]]:
    """Yields framed records (good until the next), and how many they are."""
    step = max(1, _BUFFER_BYTES // encoder.max_record_bytes)
    buffer = np.empty(step * encoder.max_record_bytes, np.uint8)
    for start in range(0, len(rows), step):
        part = np.ascontiguousarray(rows[start : start + step], np.int64)
        yield encoder.encode(part, buffer), len(part)


def iterate_examples(path: str) -> Iterator[dict[str, np.ndarray]]:
    """Yields the features of each record: name -> int64 or float32 [n].

    Raises:
      InputError: no file, a damaged one, or records that are no Examples.
    """
    for index, record in enumerate(read_records(path)):
        try:
            example = decode_example(record)
        except ValueError as error:
            raise _unexpected(
                path,
                index,
                got=f"{len(record)} bytes that are something else",
                expected="a tf.train.Example of ints and floats",
            ) from error
        yield example


def read_examples(
    path: str, *, lengths: Mapping[str, int] | None = None
) -> dict[str, np.ndarray]:
    """Reads all records of a file.

    Args:
      path: the file.
      lengths: name -> values, where records are not padded; a feature that is
        not named is as long as its longest row.

    Returns:
      name -> int64 or float32 [records, length], filled up with 0; nothing
      for a file without records.

    Raises:
      InputError: as `iterate_examples`; or a record with other features than
        the first, or longer ones than `lengths`.
    """
    limits = dict(lengths or {})
    rows = list(iterate_examples(path))
    kinds = _kinds(rows[0]) if rows else {}
    for index, row in enumerate(rows):
        if _kinds(row) != kinds:
            raise _unexpected(
                path,
                index,
                got=f"features {_listed(_kinds(row))}",
                expected=f"those of record 0: {_listed(kinds)}",
            )
        for name in limits.keys() & row.keys():
            if len(row[name]) > limits[name]:
                raise _unexpected(
                    path,
                    index,
                    got=f"{len(row[name])} values of {name}",
                    expected=f"at most {limits[name]}",
                )
    return {
        name: _padded([row[name] for row in rows], length=limits.get(name))
        for name in kinds
    }


def _kinds(row: Mapping[str, np.ndarray]) -> dict[str, np.dtype]:
    return {name: values.dtype for name, values in row.items()}


def _listed(kinds: Mapping[str, np.dtype]) -> str:
    return ", ".join(f"{name} {kinds[name]}" for name in sorted(kinds))


def _padded(rows: Sequence[np.ndarray], *, length: int | None) -> np.ndarray:
    if length is None:
        length = max(map(len, rows))
    array = np.zeros((len(rows), length), rows[0].dtype)
    for index, row in enumerate(rows):
        array[index, : len(row)] = row
    return array


def _unexpected(
    path: str, record: int, *, got: str, expected: str
) -> InputError:
    return InputError(
        f"record {record}, counted from 0, is not what was expected",
        got=got,
        expected=expected,
        next_step="give record files of create_pretraining_data.py",
        path=path,
    )

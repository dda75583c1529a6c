"""Records -> a TFRecord file that appears only once it is whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from foundation import files
from foundation.temporary_names import (
    MARK,
    is_being_written,
    is_of_this_machine,
    temporary_name,
)
from preprocessing.manifest import split_path
from preprocessing.tfrecord import GZIP_WINDOW

_GZIP_LEVEL = 6  # of 9: 5 % smaller than 3, in 1.5 times its time


@dataclass(frozen=True)
class RecordFile:
    """A record file that has been written.

    Attributes:
      path: where it is.
      num_records: in it.
      num_bytes: of the file, compressed if it is.
      sha256: of the file's bytes, hexadecimal.
    """

    path: str
    num_records: int
    num_bytes: int
    sha256: str


class RecordWriter:
    """Writes one record file; it has its name only once it is whole.

    A kill leaves at most a file with the name of a temporary one beside it.

    Args:
      path: the file; one that is there stays until `publish`.
      gzip: whether to compress.

    Raises:
      InputError: here and in every method: the disk is full, or the place
        cannot be written to.
    """

    def __init__(self, path: str, *, gzip: bool = False) -> None:
        self._path = path
        self._temporary = temporary_name(path)
        self._digest = hashlib.sha256()
        self._num_records = self._num_bytes = 0
        # zlib writes no time into the header: equal runs, equal bytes.
        self._compressor = (
            zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
            if gzip
            else None
        )
        with self._errors():
            self._file = files.open_file(self._temporary, "wb")

    def write(self, framed: np.ndarray, *, num_records: int) -> None:
        """Appends records: uint8 [n], framed by `put_frame`."""
        self._num_records += num_records
        if self._compressor is None:
            self._append(framed.data)
        else:
            self._append(self._compressor.compress(framed.data))

    def close(self) -> RecordFile:
        """Ends the file, still under its temporary name."""
        if self._compressor is not None:
            self._append(self._compressor.flush())
        with self._errors():
            if not files.is_remote(self._path):
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
        return RecordFile(
            self._path,
            self._num_records,
            self._num_bytes,
            self._digest.hexdigest(),
        )

    def publish(self) -> None:
        """Gives the closed file its name."""
        with self._errors():
            files.rename(self._temporary, self._path)

    def discard(self) -> None:
        """Removes what has not been published."""
        # Called while another error is on its way, which must not be hidden.
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            files.remove(self._temporary)

    def _append(self, data: bytes | memoryview) -> None:
        self._digest.update(data)
        self._num_bytes += len(data)
        with self._errors():
            # Remote files take bytes alone.
            self._file.write(
                bytes(data) if files.is_remote(self._path) else data
            )

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise files.cannot_write(error, self._path) from error


def remove_leftovers(paths: Iterable[str]) -> None:
    """Removes what killed runs left of these files under temporary names.

    What a process that lives is writing on this machine stays, and so does
    what other machines began: nobody here knows if they go on.
    """
    for path in paths:
        for leftover in files.glob(files.escaped(path) + f"{MARK}*"):
            if is_of_this_machine(leftover) and not is_being_written(leftover):
                files.remove(leftover)


def remove_leftovers_of_all(paths: Iterable[str]) -> None:
    """Removes what is left of files that are all there, whoever began it.

    What a process that lives is writing on this machine stays.
    """
    by_folder: dict[str, set[str]] = {}
    for path in paths:
        folder, name = split_path(path)
        by_folder.setdefault(folder, set()).add(name)
    for folder, names in by_folder.items():
        # A folder is listed once: there may be thousands of files.
        for leftover in files.glob(
            files.join(files.escaped(folder), f"*{MARK}*")
        ):
            _, name = split_path(leftover)
            is_wanted = name.rpartition(MARK)[0] in names
            if is_wanted and not is_being_written(leftover):
                files.remove(leftover)

"""Arrays that grow at their end, in memory and then on disk."""

from __future__ import annotations

import mmap
import tempfile
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike

from foundation import files

_MIN_STEP = 1 << 14  # values that memory grows by, at least


class GrowingArray:
    """A one-dimensional array with room at its end.

    Attributes:
      dtype: of the values.
      size: how many values there are.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        self.size = 0
        self._values = np.empty(0, self.dtype)
        self._file: IO[Any] | None = None
        self._folder = ""

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return self.size * self.dtype.itemsize

    def append(self, values: np.ndarray) -> None:
        """Copies values [n] to the end.

        Raises:
          InputError: no space is left on the disk.
        """
        values = np.ascontiguousarray(values, self.dtype)
        if self._file is not None:
            self._write(values)
        else:
            self._reserve(self.size + len(values))
            self._values[self.size : self.size + len(values)] = values
        self.size += len(values)

    def _reserve(self, size: int) -> None:
        if size > len(self._values):
            # An eighth more: room is filled with zeros, so it is not free.
            # What is there is not copied (pages are moved), and nobody else
            # has a view of it.
            room = size + max(size >> 3, _MIN_STEP)
            self._values.resize(room, refcheck=False)

    def spill(self, folder: str) -> None:
        """Moves the values to a file in `folder`; later ones go there too.

        The file has no name, so that it is gone when its last array is,
        however the process ends.

        Raises:
          InputError: the folder cannot be written to, or is full.
        """
        if self._file is not None:
            return
        self._folder = folder
        try:
            self._file = tempfile.TemporaryFile(  # noqa: SIM115
                dir=folder, buffering=0
            )
        except OSError as error:
            raise files.cannot_write(error, folder) from error
        self._write(self._values[: self.size])
        self._values = np.empty(0, self.dtype)

    def _write(self, values: np.ndarray) -> None:
        assert self._file is not None
        try:
            rest = memoryview(values.view(np.uint8).data)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise files.cannot_write(error, self._folder) from error

    def finish(self) -> np.ndarray:
        """Returns the values [size]; nothing can be appended any more.

        Those on disk come as an `np.memmap`, read-only.
        """
        if self._file is None:
            self._values.resize(self.size, refcheck=False)
            return self._values
        if not self.size:
            return self._values
        mapped: Any = np.memmap(
            self._file, self.dtype, mode="r", shape=(self.size,)
        )
        # Rows are read in shuffled order: reading ahead only fills memory.
        mapped._mmap.madvise(mmap.MADV_RANDOM)
        values: np.ndarray = mapped
        return values


def release(*arrays: np.ndarray | None) -> None:
    """Gives back the memory that pages of arrays on disk have taken.

    What was read stays mapped, and counts as this process's memory, until the
    system wants it back. The values can be read again at any time.

    Args:
      *arrays: as `GrowingArray.finish` gave them, or views of such; others
        are left alone.
    """
    for array in arrays:
        owner: Any = array
        while isinstance(owner, np.ndarray):
            if isinstance(owner, np.memmap):
                mapped: Any = owner
                mapped._mmap.madvise(mmap.MADV_DONTNEED)
                break
            owner = owner.base

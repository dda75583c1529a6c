"""Rows, appended to named arrays -> one .npz file; memory stays flat.

numpy's own writer wants each array as a whole. Here each grows in a temporary
file, and its header, which tells the number of rows, is written when that is
known. `numpy.load(path)` reads the result; no pickle is in it.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any

import numpy as np

_CHUNK = 1 << 20  # bytes copied at a time

# Name of an array -> its type, and its shape without the first axis.
Layout = Mapping[str, tuple[str, tuple[int, ...]]]


class NpzWriter:
    """The arrays of a file that is being written."""

    def __init__(self, layout: Layout, parts: Mapping[str, IO[bytes]]) -> None:
        self._layout = dict(layout)
        self._parts = parts
        self._num_values = dict.fromkeys(layout, 0)

    def append(self, name: str, rows: Any) -> None:
        """Adds rows to an array.

        Args:
          name: of the array.
          rows: [k, ...], or [...] for one row.
        """
        dtype, shape = self._layout[name]
        values = np.ascontiguousarray(rows, dtype)
        if values.shape != shape and values.shape[1:] != shape:
            raise ValueError(
                f"{name}: got {values.shape}, expected rows of {shape}"
            )
        self._parts[name].write(values.data)
        self._num_values[name] += values.size

    def _write(self, file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            for name, part in self._parts.items():
                # A date of its own would make each file differ.
                entry = zipfile.ZipInfo(f"{name}.npy")
                with archive.open(entry, "w", force_zip64=True) as member:
                    np.lib.format.write_array_header_2_0(
                        member, self._header(name)
                    )
                    part.seek(0)
                    shutil.copyfileobj(part, member, _CHUNK)

    def _header(self, name: str) -> dict[str, Any]:
        dtype, shape = self._layout[name]
        rows = self._num_values[name] // math.prod(shape)
        return {
            "descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
            "fortran_order": False,
            "shape": (rows, *shape),
        }


@contextlib.contextmanager
def write_npz(
    file: IO[bytes], layout: Layout, *, folder: str | None
) -> Iterator[NpzWriter]:
    """Yields a writer; when all is appended, `file` is written.

    Args:
      file: receives the archive.
      layout: the arrays, in the order of the archive.
      folder: of the temporary files, which nobody else sees; None = the
        system's own.
    """
    with contextlib.ExitStack() as stack:
        parts = {
            name: stack.enter_context(tempfile.TemporaryFile(dir=folder))
            for name in layout
        }
        writer = NpzWriter(layout, parts)
        yield writer
        writer._write(file)

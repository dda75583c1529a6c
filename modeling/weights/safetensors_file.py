"""A safetensors file -> its tensors, each read only when it is asked for.

Format (huggingface/safetensors README): 8 bytes little-endian length N, N
bytes of JSON {name: {dtype, shape, data_offsets}}, then the data. Read here
rather than with their package: it reads bfloat16 and remote paths as well,
and it is shorter than the dependency's entry in the lock file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from foundation import files
from foundation.errors import InputError
from modeling.weights import raw_arrays

_LENGTH_BYTES = 8
_MAX_HEADER_BYTES = 100_000_000  # the limit of the format's own reader
_NEXT_STEP = "download the file again, or pass another --init_checkpoint"


class SafetensorsFile(Mapping[str, np.ndarray]):
    """Tensor name -> array of one file; read when looked up.

    Floating types come as float32, the others as they are stored.

    Attributes:
      path: the file.
      shapes: tensor name -> shape.
    """

    def __init__(self, path: str) -> None:
        """Reads the header and checks it against the file's length.

        Raises:
          InputError: missing, empty, cut short, or not safetensors at all.
        """
        self.path = path
        files.check_readable(path, what="the weights", next_step=_NEXT_STEP)
        header, self._data_start = _read_header(path)
        header.pop("__metadata__", None)
        self._entries = header
        self.shapes: dict[str, tuple[int, ...]] = {}
        data_length = files.size_of(path) - self._data_start
        for name, entry in header.items():
            _check_entry(path, entry, name=name, data_length=data_length)
            self.shapes[name] = tuple(entry["shape"])
        _check_places(path, header, data_length=data_length)

    def __getitem__(self, name: str) -> np.ndarray:
        entry = self._entries[name]
        start, end = entry["data_offsets"]
        with files.open_file(self.path, "rb") as file:
            file.seek(self._data_start + start)
            raw = file.read(end - start)
        array = raw_arrays.decode(raw, entry["dtype"])
        return array.reshape(self.shapes[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


def _read_header(path: str) -> tuple[dict[str, Any], int]:
    size = files.size_of(path)
    with files.open_file(path, "rb") as file:
        start = file.read(_LENGTH_BYTES)
        length = int.from_bytes(start, "little")
        limit = min(_MAX_HEADER_BYTES, size - _LENGTH_BYTES)
        raw = file.read(length) if length <= limit else b""
    try:
        header = json.loads(raw)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, too deep
        header = None
    if not isinstance(header, dict):
        raise InputError(
            "not a safetensors file, or a damaged one",
            got=f"{size} bytes with a header length of {length}",
            expected="a JSON header inside the file",
            next_step=_NEXT_STEP,
            path=path,
        )
    return header, _LENGTH_BYTES + length


def _check_entry(
    path: str, entry: object, *, name: str, data_length: int
) -> None:
    problem = _problem_of(entry, data_length)
    if problem is None:
        return
    raise InputError(
        f"cannot read the tensor {name}",
        got=problem,
        expected="dtype, shape and data_offsets that fit the file",
        next_step=_NEXT_STEP,
        path=path,
    )


def _check_places(
    path: str, header: dict[str, Any], *, data_length: int
) -> None:
    """Raises InputError unless the tensors lie side by side, to the end.

    The format asks for it: bytes that two tensors share, or that no tensor
    owns, are the mark of a file that somebody has tampered with.
    """
    end = 0
    places = sorted((*entry["data_offsets"], n) for n, entry in header.items())
    for start, stop, name in places:
        if start != end:
            raise _misplaced(
                path, f"the tensor {name} from byte {start}", expected=end
            )
        end = stop
    if end != data_length:
        raise _misplaced(path, f"{data_length} bytes of data", expected=end)


def _misplaced(path: str, got: str, *, expected: int) -> InputError:
    return InputError(
        "the tensors overlap or leave a gap",
        got=got,
        expected=expected,
        next_step=_NEXT_STEP,
        path=path,
    )


def _problem_of(entry: object, data_length: int) -> str | None:
    """Returns what is wrong with a header entry, None when it is sound."""
    fields: dict[str, Any] = entry if isinstance(entry, dict) else {}
    element_type = str(fields.get("dtype"))
    if not raw_arrays.is_known_type(element_type):
        return f"dtype {element_type}"
    shape, offsets = fields.get("shape", ""), fields.get("data_offsets", "")
    if not (_are_counts(shape) and _are_counts(offsets) and len(offsets) == 2):
        return "a shape or data_offsets that are no lists of counts"
    start, end = offsets
    if end > data_length:
        return f"data up to byte {end} where there are {data_length}"
    needed = math.prod(shape) * raw_arrays.bytes_per_element(element_type)
    if end - start != needed:
        return f"{end - start} bytes where the shape needs {needed}"
    return None


def _are_counts(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, int) and value >= 0 for value in values
    )

"""Calls functions in the shared libraries of native_libraries.py.

A library holds one function, compiled for arguments of certain types, with the
calling convention that numba has among compiled functions: it returns a
status, and takes where to put its result, where to put an error, and then the
parts of its arguments one by one. Which parts an argument has is said below;
it is checked against the function when its library is made.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from foundation import files

ENTRY, RETURNS = "entry", "returns"  # the names that a library exports
TUPLE = "*"  # RETURNS: this before the codes of a tuple's numbers, and
RESULTS = {  # codes of module struct, by the names of numba's types
    "none": "",
    "bool": "?",
    "int32": "i",
    "int64": "q",
    "uint32": "I",
    "uint64": "Q",
    "float64": "d",
}
MAX_RETURNS = 16  # characters of RETURNS
_NUMBERS = {bool: ctypes.c_bool, int: ctypes.c_int64, float: ctypes.c_double}
_INT64 = range(-(1 << 63), 1 << 63)
_SUCCESSES = (0, -2)  # numba's RETCODE_OK, RETCODE_NONE


def types_of(arguments: tuple[Any, ...]) -> str:
    """Returns all that numba's types depend on; "" = not for a library.

    Libraries take arrays, records, Python's numbers, and tuples of these.
    """
    try:
        return _type_of(arguments)
    except TypeError:
        return ""


def _type_of(value: Any) -> str:
    kind = type(value)
    if kind in (np.ndarray, np.memmap):
        return f"{_name(value.dtype)}[{value.ndim}, {_layout(value)}]"
    if kind is np.void:
        return _name(value.dtype)
    if issubclass(kind, tuple):
        parts = ", ".join(map(_type_of, value))
        return f"{kind.__module__}.{kind.__qualname__}({parts})"
    if kind not in _NUMBERS or (kind is int and value not in _INT64):
        raise TypeError(f"got {kind.__name__}, expected what libraries take")
    return kind.__name__


def _layout(array: np.ndarray) -> str:
    flags = array.flags
    order = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
    return order if flags.writeable else f"{order} read-only"


@functools.cache
def _name(dtype: np.dtype) -> str:
    return repr(dtype)


def parts_of(value: Any) -> Iterator[Any]:
    """Yields the parts of an argument, or of a tuple of them."""
    if isinstance(value, np.ndarray):
        # Python owns it: no reference for compiled code to count.
        yield ctypes.c_void_p(None)
        yield ctypes.c_void_p(None)
        yield ctypes.c_int64(value.size)
        yield ctypes.c_int64(value.itemsize)
        yield _pointer(value)
        yield from map(ctypes.c_int64, value.shape)
        yield from map(ctypes.c_int64, value.strides)
    elif isinstance(value, np.void):
        yield _pointer(np.frombuffer(value, np.uint8))
    elif isinstance(value, tuple):
        for part in value:
            yield from parts_of(part)
    else:
        yield _NUMBERS[type(value)](value)


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.__array_interface__["data"][0])


def sealed(library: bytes) -> bytes:
    """Returns a library as it is kept: with its hash behind it."""
    return library + hashlib.sha256(library).digest()


def load(path: str) -> Callable[..., Any] | None:
    """Returns the function in a library; None where there is no sound one.

    A library that was cut, as by a crash of the machine, would end the process
    once it is loaded.
    """
    try:
        kept = files.read_bytes(path)
        if sealed(kept[: -hashlib.sha256().digest_size]) != kept:
            return None
        library = ctypes.CDLL(path)
        entry = library[ENTRY]
        codes = (ctypes.c_char * MAX_RETURNS).in_dll(library, RETURNS)
    except (OSError, AttributeError, ValueError):
        return None
    return functools.partial(_call, entry, codes.value.decode())


def _call(entry: Any, codes: str, *arguments: Any) -> Any:
    numbers = codes.removeprefix(TUPLE)
    result = ctypes.create_string_buffer(struct.calcsize(numbers) + 1)
    error = ctypes.c_void_p()
    # It runs without Python's lock, as all that ctypes calls.
    status = entry(result, ctypes.byref(error), *parts_of(arguments))
    if status not in _SUCCESSES:
        raise RuntimeError(
            f"got status {status} of a compiled function, expected a success"
        )
    values = struct.unpack_from(numbers, result)
    if codes.startswith(TUPLE):
        return values
    return values[0] if values else None

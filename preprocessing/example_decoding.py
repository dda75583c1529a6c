"""The bytes of a tf.train.Example -> arrays, without TensorFlow.

Reads what any program wrote: entries in any order, lists packed or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5  # protobuf wire types
_FIXED_SIZES = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_FLOAT_LIST, _INT64_LIST = 2, 3  # fields of a Feature; 1 is a list of bytes
_MAX_VARINT = 10  # bytes of 64 bits
_MORE = 0x80  # of a varint's byte: another one follows


class _Field(NamedTuple):
    number: int
    wire_type: int
    content: memoryview


def decode_example(record: memoryview) -> dict[str, np.ndarray]:
    """Returns the features of an Example, in the order they are stored.

    Returns:
      name -> int64 [n] or float32 [n].

    Raises:
      ValueError: the bytes are no Example, or one with a list of bytes.
    """
    features: dict[str, np.ndarray] = {}
    # Both the features and each of their entries are field 1.
    for message in _only(1, record):
        for entry in _only(1, message):
            # Key is field 1, value field 2; either may be left out.
            parts = {f.number: f.content for f in _fields(entry)}
            name = bytes(parts.get(1, b"")).decode("utf-8")
            features[name] = _values(parts.get(2, memoryview(b"")))
    return features


def _only(number: int, message: memoryview) -> Iterator[memoryview]:
    for field in _fields(message):
        if field.number == number:
            yield field.content


def _fields(message: memoryview) -> Iterator[_Field]:
    """Yields the fields of a protobuf message.

    Raises:
      ValueError: the bytes are no message.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        wire_type = tag & 7
        if wire_type == _BYTES:
            size, at = _varint(message, at)
        elif wire_type == _VARINT:
            size = _varint(message, at)[1] - at
        elif wire_type in _FIXED_SIZES:
            size = _FIXED_SIZES[wire_type]
        else:
            raise ValueError(f"got wire type {wire_type}, expected 0, 1, 2, 5")
        if size > len(message) - at:
            raise ValueError(f"got {len(message) - at} bytes, expected {size}")
        yield _Field(tag >> 3, wire_type, message[at : at + size])
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Returns the number at `at`, and where it ends."""
    value = 0
    for i, byte in enumerate(message[at : at + _MAX_VARINT]):
        value |= (byte & ~_MORE) << (7 * i)
        if byte < _MORE:
            return value, at + i + 1
    raise ValueError("got a number without an end, expected at most 10 bytes")


def _values(feature: memoryview) -> np.ndarray:
    """Returns a Feature's list; of several, as in protobuf, the last one."""
    values = np.zeros(0, np.int64)
    for kind in _fields(feature):
        items = list(_only(1, kind.content))
        data = items[0] if len(items) == 1 else b"".join(items)
        if kind.number == _INT64_LIST:
            values = _decode_varints(np.frombuffer(data, np.uint8))
        elif kind.number == _FLOAT_LIST:
            values = np.frombuffer(data, "<f4").astype(np.float32)
        else:
            raise ValueError("got a list of bytes, expected ints or floats")
    return values


def _decode_varints(data: np.ndarray) -> np.ndarray:
    """Decodes packed numbers: uint8 [bytes] -> int64 [n]."""
    is_last = data < _MORE
    if is_last.all():
        return data.astype(np.int64)
    ends = np.flatnonzero(is_last)
    if not len(ends) or ends[-1] != len(data) - 1:
        raise ValueError("got a number without an end in a list")
    starts = np.concatenate([[0], ends[:-1] + 1])
    shifts = 7 * (np.arange(len(data)) - np.repeat(starts, ends - starts + 1))
    bits = (data & ~np.uint8(_MORE)).astype(np.uint64) << shifts.astype(
        np.uint64
    )
    return np.bitwise_or.reduceat(bits, starts).view(np.int64)

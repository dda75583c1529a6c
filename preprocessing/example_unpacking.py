"""The bytes of tf.train.Examples -> rows of numbers: the compiled part.

An Example is four messages, one in the other, as example_bytes.py says.
"""

# ruff: noqa: PLR0917 - compiled functions know no keyword-only arguments

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from preprocessing.compiled import compiled, inlined
from preprocessing.example_bytes import FEATURES

ABSENT = -1
SOUND, NO_EXAMPLE, WRONG_KIND, OUT_OF_RANGE = range(4)  # what is wrong
# All others are of integers.
IS_FLOAT = np.array([name == "masked_lm_weights" for name in FEATURES])

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5  # protobuf wire types
_FLOAT_LIST, _INT64_LIST = 2, 3  # fields of a Feature; 1 is a list of bytes
_MORE = np.uint8(0x80)  # of a varint's byte: another one follows
_LOW = np.uint64(0x7F)
_VARINT_BITS = 70  # of ten bytes
_FLOAT_SIZE = 4
_BROKEN = -1  # in place of where something ends

_SIZES = np.array([len(name) for name in FEATURES])
_NAMES = np.array(
    [list(name.encode().ljust(max(_SIZES), b"\0")) for name in FEATURES],
    np.uint8,
)


class Target(NamedTuple):
    """Where values go: row r of feature f starts at starts[f] + r * width."""

    values: np.ndarray  # int32 [total]; floats as their bits
    starts: np.ndarray  # int64 [features]
    widths: np.ndarray  # int64 [features]; -1 = not wanted
    limits: np.ndarray  # int64 [features]
    counts: np.ndarray  # int32 [B, features]


@compiled
def unpack_rows(
    data: np.ndarray, ends: np.ndarray, target: Target
) -> tuple[int, int, int]:
    """Decodes all rows; returns the first that cannot be, its fault, where.

    Args:
      data: uint8: the records, one after the other.
      ends: int64 [B]: where in it each one ends.
      target: filled.
    """
    at = 0
    for row in range(len(ends)):
        while at < ends[row]:
            number, wire, start, at = _field(data, at, ends[row])
            if at == _BROKEN:
                return row, NO_EXAMPLE, 0
            if number != 1 or wire != _BYTES:
                continue
            while start < at:  # the entries of the map
                number, wire, first, start = _field(data, start, at)
                if start == _BROKEN:
                    return row, NO_EXAMPLE, 0
                if number == 1 and wire == _BYTES:
                    fault, feature = _entry(data, (first, start), row, target)
                    if fault != SOUND:
                        return row, fault, feature
    return 0, SOUND, 0


@inlined
def _entry(data: np.ndarray, where: Any, row: int, target: Target) -> Any:
    """Decodes {1: name, 2: Feature}; returns a fault and the feature."""
    at, end = where
    feature = ABSENT
    value_start = value_end = 0
    while at < end:
        number, wire, start, at = _field(data, at, end)
        if at == _BROKEN:
            return NO_EXAMPLE, 0
        if number == 1 and wire == _BYTES:
            feature = _named(data[start:at])
        elif number == 2 and wire == _BYTES:
            value_start, value_end = start, at
    if feature == ABSENT or target.widths[feature] == ABSENT:
        return SOUND, 0
    target.counts[row, feature] = 0
    at = value_start
    while at < value_end:
        number, wire, start, at = _field(data, at, value_end)
        if at == _BROKEN:
            return NO_EXAMPLE, 0
        wanted = _FLOAT_LIST if IS_FLOAT[feature] else _INT64_LIST
        if number != wanted or wire != _BYTES:
            return WRONG_KIND, feature
        target.counts[row, feature] = 0  # of several lists, the last one
        fault = _list(data, (start, at), (row, feature), target)
        if fault != SOUND:
            return fault, feature
    return SOUND, 0


@inlined
def _named(name: np.ndarray) -> Any:
    for feature in range(len(_SIZES)):
        if len(name) == _SIZES[feature]:
            i = 0
            while i < len(name) and name[i] == _NAMES[feature, i]:
                i += 1
            if i == len(name):
                return feature
    return ABSENT


@inlined
def _list(data: np.ndarray, where: Any, cell: Any, target: Target) -> Any:
    """Decodes the values of a list, packed or one by one."""
    at, end = where
    row, feature = cell
    place = target.starts[feature] + row * target.widths[feature]
    while at < end:
        number, wire, start, at = _field(data, at, end)
        if at == _BROKEN:
            return NO_EXAMPLE
        if number != 1:
            continue
        count = target.counts[row, feature]
        room = (count, target.widths[feature], target.limits[feature])
        values = target.values[place:]
        if IS_FLOAT[feature]:
            if wire not in (_BYTES, _FOUR_BYTES):
                return WRONG_KIND
            fault, count = _put_floats(data[start:at], room, values)
        else:
            if wire not in (_BYTES, _VARINT):
                return WRONG_KIND
            fault, count = _put_integers(data[start:at], room, values)
        if fault != SOUND:
            return fault
        target.counts[row, feature] = count
    return SOUND


@inlined
def _put_floats(packed: np.ndarray, room: Any, values: np.ndarray) -> Any:
    count, width, _ = room
    if len(packed) % _FLOAT_SIZE:
        return NO_EXAMPLE, count
    for at in range(0, len(packed), _FLOAT_SIZE):
        bits = np.uint32(0)
        for i in range(_FLOAT_SIZE):
            bits |= np.uint32(packed[at + i]) << np.uint32(8 * i)
        if count < width:
            values[count] = np.int32(bits)
        count += 1
    return SOUND, count


@inlined
def _put_integers(packed: np.ndarray, room: Any, values: np.ndarray) -> Any:
    count, width, limit = room
    at = 0
    while at < len(packed):
        value = np.uint64(packed[at])
        if packed[at] < _MORE:
            at += 1
        else:
            value, at = _varint(packed, at, len(packed))
            if at == _BROKEN:
                return NO_EXAMPLE, count
        if value > np.uint64(limit):  # what is below 0 has its top bit set
            return OUT_OF_RANGE, count
        if count < width:
            values[count] = np.int32(value)
        count += 1
    return SOUND, count


@inlined
def _field(data: np.ndarray, at: int, end: int) -> Any:
    """Returns a field's number, wire type, and where its content is."""
    tag, at = _varint(data, at, end)
    wire = np.int64(tag & np.uint64(7))
    number = np.int64(tag >> np.uint64(3))
    if at == _BROKEN:
        return number, wire, at, _BROKEN
    size = np.uint64(0)
    if wire == _BYTES:
        size, at = _varint(data, at, end)
    elif wire == _VARINT:
        _, stop = _varint(data, at, end)
        return number, wire, at, stop
    elif wire == _EIGHT_BYTES:
        size = np.uint64(8)
    elif wire == _FOUR_BYTES:
        size = np.uint64(4)
    else:
        at = _BROKEN
    if at == _BROKEN or size > np.uint64(end - at):
        return number, wire, at, _BROKEN
    return number, wire, at, at + np.int64(size)


@inlined
def _varint(data: np.ndarray, at: int, end: int) -> Any:
    """Returns the number at `at`, and where it ends."""
    value, shift = np.uint64(0), 0
    while at < end and shift < _VARINT_BITS:
        byte = data[at]
        value |= (np.uint64(byte) & _LOW) << np.uint64(shift)
        at += 1
        if byte < _MORE:
            return value, at
        shift += 7
    return np.uint64(0), _BROKEN

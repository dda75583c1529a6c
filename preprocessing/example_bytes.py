"""Columns of instances -> framed tf.train.Examples: the compiled part.

An Example maps names to lists. Each entry is four messages, one in the other:
  entry {name, Feature {Int64List | FloatList {packed values}}}
Each starts with its length, so all sizes are known before the first byte.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from preprocessing.compiled import compiled, inlined, spliced
from preprocessing.tfrecord import FRAME_BYTES, HEADER_BYTES, put_frame

# Tags of protobuf fields that have a length.
_FIELD_1, _FIELD_2, _FIELD_3 = 0x0A, 0x12, 0x1A
_FLOATS, _INTS = _FIELD_2, _FIELD_3  # of a Feature
_LOW = np.uint32(0x7F)
_MORE = np.uint32(0x80)  # of a varint's byte: another one follows
_SEVEN = np.uint32(7)
_FLOAT_SIZE = 4
_LINE = 32  # ids of two bytes in a cache line
_ONE = np.frombuffer(np.array([1], "<f4").tobytes(), np.uint8)

FEATURES = (  # in the order of their names, as they are written
    "input_ids",
    "input_mask",
    "masked_lm_ids",
    "masked_lm_positions",
    "masked_lm_weights",
    "next_sentence_labels",
    "segment_ids",
    "token_boundary",
)
_IDS, _MASK, _LABELS, _POSITIONS = range(4)
_WEIGHTS, _NEXT, _SEGMENTS, _BOUNDARY = range(4, 8)
_ABSENT = -1


def _names() -> np.ndarray:
    """Returns each name with its tag and length; uint8 [8, 22], 0 after it."""
    names = np.zeros((len(FEATURES), 2 + max(map(len, FEATURES))), np.uint8)
    for row, name in zip(names, FEATURES, strict=True):
        data = bytes([_FIELD_1, len(name)]) + name.encode()
        row[: len(data)] = np.frombuffer(data, np.uint8)
    return names


_NAMES = _names()
_NAME_SIZES = np.array([2 + len(name) for name in FEATURES])
_KINDS = np.full(len(FEATURES), _INTS)
_KINDS[_WEIGHTS] = _FLOATS


class Columns(NamedTuple):
    """Instances, and what their records look like.

    Row r's pieces are starts[r] to starts[r + 1]. Absent features have empty
    arrays.
    """

    input_ids: np.ndarray  # uint16 | int32 [total]
    starts: np.ndarray  # int64 [n + 1]
    segment_b: np.ndarray  # int32 [n]
    masked_lm_positions: np.ndarray  # uint16 [m]
    masked_lm_ids: np.ndarray  # as input_ids [m]
    masked_starts: np.ndarray  # int64 [n + 1]
    next_sentence_labels: np.ndarray  # uint8 [n]
    token_boundary: np.ndarray  # uint8 [total]
    has_masks: bool
    has_labels: bool
    has_boundary: bool
    seq_length: int  # values of a row with padding; 0 = no padding
    num_predictions: int  # the same for masked_lm features
    sizes: np.ndarray  # int64 [features]; scratch space


@compiled
def encode_rows(columns: Columns, rows: np.ndarray, buffer: np.ndarray) -> Any:
    """Writes the framed records of some rows, one after the other.

    Args:
      columns: `Columns`.
      rows: int64 [k].
      buffer: uint8, large enough for all.

    Returns:
      The number of bytes written, and what `_fetch` returns.
    """
    fetched = _fetch(columns, rows)
    sizes = columns.sizes
    start = 0
    for row in rows:
        _measure(columns, row, sizes)
        at = start + HEADER_BYTES
        at = _put_length(buffer, at, (_FIELD_1, _total_size(sizes)))
        at = _put_features(buffer, at, (columns, row, sizes))
        end = at + FRAME_BYTES - HEADER_BYTES
        put_frame(buffer[start:end])
        start = end
    return start, fetched


@spliced
def _fetch(columns: Columns, rows: np.ndarray) -> Any:
    """Reads a number of each cache line of the rows, which lie anywhere.

    In a loop of its own, whose rows do not wait for each other, many are on
    their way from memory at once; that is worth a quarter of the time.

    Returns:
      The sum, so that a compiler cannot leave the loop out.
    """
    fetched = 0
    for row in rows:
        for i in range(columns.starts[row], columns.starts[row + 1], _LINE):
            fetched += columns.input_ids[i]
        if columns.has_masks:
            start = columns.masked_starts[row]
            for i in range(start, columns.masked_starts[row + 1], _LINE):
                fetched += columns.masked_lm_ids[i]
                fetched += columns.masked_lm_positions[i]
    return fetched


@spliced
def _measure(columns: Columns, row: int, sizes: np.ndarray) -> None:
    """Sets how many bytes the values of each feature have in a row."""
    sizes[:] = _ABSENT
    start, end = columns.starts[row], columns.starts[row + 1]
    length = max(end - start, columns.seq_length)
    sizes[_IDS] = length + _extra_size(columns.input_ids, start, end)
    sizes[_MASK] = sizes[_SEGMENTS] = length
    if columns.has_masks:
        start, end = columns.masked_starts[row], columns.masked_starts[row + 1]
        count = max(end - start, columns.num_predictions)
        ids, positions = columns.masked_lm_ids, columns.masked_lm_positions
        sizes[_LABELS] = count + _extra_size(ids, start, end)
        sizes[_POSITIONS] = count + _extra_size(positions, start, end)
        sizes[_WEIGHTS] = count * _FLOAT_SIZE
    if columns.has_labels:
        sizes[_NEXT] = 1
    if columns.has_boundary:
        sizes[_BOUNDARY] = length


@inlined
def _total_size(sizes: np.ndarray) -> Any:
    """Returns the bytes of all entries, each with its tag and length."""
    total = 0
    for feature in range(len(sizes)):
        if sizes[feature] != _ABSENT:
            size = _entry_size(feature, sizes[feature])
            total += 1 + _varint_size(size) + size
    return total


@inlined
def _extra_size(values: np.ndarray, start: int, end: int) -> Any:
    """Returns the bytes of varints beyond one for each."""
    size = 0
    for i in range(start, end):
        size += _varint_size(values[i]) - 1
    return size


@inlined
def _varint_size(value: int) -> Any:
    return 1 + (value >= 1 << 7) + (value >= 1 << 14) + (value >= 1 << 21)


@inlined
def _entry_size(feature: int, values_size: int) -> Any:
    size = _feature_size(values_size)
    return _NAME_SIZES[feature] + 1 + _varint_size(size) + size


@inlined
def _feature_size(values_size: int) -> Any:
    size = _list_size(values_size)
    return 1 + _varint_size(size) + size


@inlined
def _list_size(values_size: int) -> Any:
    size = 1 + _varint_size(values_size) + values_size
    return size if values_size > 0 else 0  # no field for no values


@inlined
def _put_entry(buffer: np.ndarray, at: int, entry: tuple[int, int]) -> Any:
    """Writes a feature's entry up to its values; returns where they begin."""
    feature, values_size = entry
    at = _put_length(buffer, at, (_FIELD_1, _entry_size(feature, values_size)))
    for i in range(_NAME_SIZES[feature]):
        buffer[at + i] = _NAMES[feature, i]
    at += _NAME_SIZES[feature]
    at = _put_length(buffer, at, (_FIELD_2, _feature_size(values_size)))
    at = _put_length(buffer, at, (_KINDS[feature], _list_size(values_size)))
    if values_size > 0:
        at = _put_length(buffer, at, (_FIELD_1, values_size))
    return at


@inlined
def _put_length(buffer: np.ndarray, at: int, field: tuple[int, int]) -> Any:
    tag, length = field
    buffer[at] = tag
    return _put_varint(buffer, at + 1, length)


@inlined
def _put_varint(buffer: np.ndarray, at: int, value: int) -> Any:
    """Writes seven bits a byte, the lowest first; returns where it ends."""
    rest = np.uint32(value)
    if rest < 1 << 21:
        # Nearly always. Writes three bytes: what is too much is overwritten by
        # what follows, and no processor has to guess how many count.
        more = rest > _LOW
        yet_more = rest >= 1 << 14
        buffer[at] = rest & _LOW | np.uint32(more) << _SEVEN
        rest >>= _SEVEN
        buffer[at + 1] = rest & _LOW | np.uint32(yet_more) << _SEVEN
        buffer[at + 2] = rest >> _SEVEN
        return at + 1 + more + yet_more
    while rest > _LOW:
        buffer[at] = rest & _LOW | _MORE
        rest >>= _SEVEN
        at += 1
    buffer[at] = rest
    return at + 1


@spliced
def _put_features(
    buffer: np.ndarray, at: int, what: tuple[Columns, int, np.ndarray]
) -> Any:
    """Writes a row's features, names in order; returns where they end."""
    columns, row, sizes = what
    start, end = columns.starts[row], columns.starts[row + 1]
    padding = max(columns.seq_length - (end - start), 0)
    at = _put_entry(buffer, at, (_IDS, sizes[_IDS]))
    at = _put_varints(buffer, at, columns.input_ids[start:end])
    at = _put_run(buffer, at, (0, padding))
    at = _put_entry(buffer, at, (_MASK, sizes[_MASK]))
    at = _put_run(buffer, at, (1, end - start))
    at = _put_run(buffer, at, (0, padding))
    if columns.has_masks:
        at = _put_masked(buffer, at, what)
    if columns.has_labels:
        at = _put_entry(buffer, at, (_NEXT, sizes[_NEXT]))
        at = _put_varint(buffer, at, columns.next_sentence_labels[row])
    split = start + columns.segment_b[row]
    at = _put_entry(buffer, at, (_SEGMENTS, sizes[_SEGMENTS]))
    at = _put_run(buffer, at, (0, split - start))
    at = _put_run(buffer, at, (1, end - split))
    at = _put_run(buffer, at, (0, padding))
    if columns.has_boundary:
        at = _put_entry(buffer, at, (_BOUNDARY, sizes[_BOUNDARY]))
        at = _put_varints(buffer, at, columns.token_boundary[start:end])
        at = _put_run(buffer, at, (0, padding))
    return at


@spliced
def _put_masked(
    buffer: np.ndarray, at: int, what: tuple[Columns, int, np.ndarray]
) -> Any:
    columns, row, sizes = what
    start, end = columns.masked_starts[row], columns.masked_starts[row + 1]
    padding = max(columns.num_predictions - (end - start), 0)
    at = _put_entry(buffer, at, (_LABELS, sizes[_LABELS]))
    at = _put_varints(buffer, at, columns.masked_lm_ids[start:end])
    at = _put_run(buffer, at, (0, padding))
    at = _put_entry(buffer, at, (_POSITIONS, sizes[_POSITIONS]))
    at = _put_varints(buffer, at, columns.masked_lm_positions[start:end])
    at = _put_run(buffer, at, (0, padding))
    at = _put_entry(buffer, at, (_WEIGHTS, sizes[_WEIGHTS]))
    for _ in range(start, end):
        for i in range(_FLOAT_SIZE):
            buffer[at + i] = _ONE[i]
        at += _FLOAT_SIZE
    return _put_run(buffer, at, (0, padding * _FLOAT_SIZE))


@inlined
def _put_varints(buffer: np.ndarray, at: int, values: np.ndarray) -> Any:
    for value in values:
        at = _put_varint(buffer, at, value)
    return at


@inlined
def _put_run(buffer: np.ndarray, at: int, run: tuple[int, int]) -> Any:
    value, count = run
    for i in range(at, at + count):
        buffer[i] = value
    return at + count

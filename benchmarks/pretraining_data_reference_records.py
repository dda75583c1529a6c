"""Instances -> TFRecord files, and back: the reference's own encoding.

Protocol buffers by hand: a tf.train.Example is field 1 = Features, each entry
of whose map is field 1 = {1: name, 2: Feature}; a Feature is {2: floats} or
{3: int64s}, packed. Features stand in the order of their names. A TFRecord is
a length, its masked CRC-32C, that many bytes, their masked CRC-32C.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from absl import flags

FLAGS = flags.FLAGS

Features = dict[str, list[int] | list[float]]

_LENGTH_DELIMITED = 2  # protocol buffers' wire type
_FLOATS, _INTEGERS = 2, 3  # fields of tf.train.Feature
_POLYNOMIAL = 0x82F63B78  # Castagnoli's, bits reversed
_MASK_DELTA = 0xA282EAD8  # TFRecord's: a CRC of data with CRCs stays good


def write_instances(
    instances: Sequence[Any],
    paths: Sequence[str],
    *,
    ids: dict[str, int],
) -> None:
    """Writes instance k to file k modulo their number."""
    files = [open(path, "wb") for path in paths]  # noqa: SIM115
    for instance, file in zip(instances, itertools.cycle(files)):
        write_record(file, encode_example(_features(instance, ids)))
    for file in files:
        file.close()


def _features(instance: Any, ids: dict[str, int]) -> Features:
    length = FLAGS.max_seq_length
    predictions = FLAGS.max_predictions_per_seq
    if FLAGS.do_permutation:
        predictions *= 2  # moved tokens are predicted too
    weights = [1.0] * len(instance.masked_positions)
    labels = [ids[token] for token in instance.masked_labels]
    features: Features = {
        "input_ids": _padded([ids[t] for t in instance.tokens], length),
        "input_mask": _padded([1] * len(instance.tokens), length),
        "masked_lm_ids": _padded(labels, predictions),
        "masked_lm_positions": _padded(instance.masked_positions, predictions),
        "masked_lm_weights": weights + [0.0] * (predictions - len(weights)),
        "next_sentence_labels": [instance.next_sentence_label],
        "segment_ids": _padded(instance.segment_ids, length),
    }
    if instance.token_boundary is not None:
        features["token_boundary"] = _padded(instance.token_boundary, length)
    return features


def _padded(values: list[int], length: int) -> list[int]:
    return values + [0] * (length - len(values))


def encode_example(features: Features) -> bytes:
    """Returns the bytes of a tf.train.Example."""
    entries = []
    for name, values in sorted(features.items()):
        if isinstance(values[0], float):
            kind, packed = _FLOATS, struct.pack(f"<{len(values)}f", *values)
        else:
            kind, packed = _INTEGERS, _varints(values)
        feature = _field(kind, _field(1, packed))
        entry = _field(1, name.encode("ascii")) + _field(2, feature)
        entries.append(_field(1, entry))
    return _field(1, b"".join(entries))


def _field(number: int, content: bytes) -> bytes:
    head = _varints([number << 3 | _LENGTH_DELIMITED, len(content)])
    return head + content


def _varints(values: Sequence[int]) -> bytes:
    """Encodes numbers, seven bits a byte, the lowest first."""
    content = bytearray()
    for value in values:
        while value > 0x7F:
            content.append(value & 0x7F | 0x80)
            value >>= 7
        content.append(value)
    return bytes(content)


def write_record(file: Any, data: bytes) -> None:
    """Writes one record of a TFRecord file."""
    length = struct.pack("<Q", len(data))
    file.write(length + _masked_crc(length) + data + _masked_crc(data))


def _masked_crc(data: bytes) -> bytes:
    crc = crc32c(data)
    rotated = (crc >> 15 | crc << 17) + _MASK_DELTA
    return struct.pack("<I", rotated & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    """Returns Castagnoli's cyclic redundancy check of some bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC_OF_BYTE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _remainder(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_CRC_OF_BYTE = [_remainder(value) for value in range(1 << 8)]


def read_records(path: str) -> Iterator[bytes]:
    """Yields the records of a TFRecord file.

    Raises:
      ValueError: a cut file or a wrong CRC.
    """
    with open(path, "rb") as file:
        for number in itertools.count():
            head = file.read(12)
            if not head:
                return
            length = int.from_bytes(head[:8], "little")
            body = file.read(length + 4)
            good = head[8:] == _masked_crc(head[:8])
            if not good or body[length:] != _masked_crc(body[:length]):
                raise ValueError(f"{path}: record {number} is damaged")
            yield body[:length]


def decode_example(data: bytes) -> Features:
    """Returns the features of a tf.train.Example."""
    features: Features = {}
    for _, group in _fields(data):
        for _, entry in _fields(group):
            (_, name), (_, feature) = sorted(_fields(entry))
            ((kind, values),) = _fields(feature)
            ((_, packed),) = _fields(values)
            if kind == _FLOATS:
                floats = struct.unpack(f"<{len(packed) // 4}f", packed)
                features[name.decode("ascii")] = list(floats)
            else:
                features[name.decode("ascii")] = _read_varints(packed)
    return features


def _fields(data: bytes) -> list[tuple[int, bytes]]:
    """Returns (number, content) of a message's length-delimited fields."""
    fields = []
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        length, at = _read_varint(data, at)
        fields.append((tag >> 3, data[at : at + length]))
        at += length
    return fields


def _read_varints(data: bytes) -> list[int]:
    values, at = [], 0
    while at < len(data):
        value, at = _read_varint(data, at)
        values.append(value)
    return values


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] > 0x7F:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1

"""What kind of model a SentencePiece file holds; the library does not tell.

The file is a protocol buffer (sentencepiece_model.proto); two fields of it are
read here, without the protobuf package, whose versions clash.
"""

from __future__ import annotations

from collections.abc import Iterator

UNIGRAM = 1  # TrainerSpec.ModelType; 2 is BPE, 3 words, 4 characters
_TRAINER_SPEC = 2  # field of ModelProto
_MODEL_TYPE = 3  # field of TrainerSpec
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}


def model_type(model: bytes) -> int:
    """Returns the model type in a serialized ModelProto."""
    found = UNIGRAM  # the default, which is not written
    for number, value in _fields(model):
        if number == _TRAINER_SPEC and isinstance(value, bytes):
            for inner, inner_value in _fields(value):
                if inner == _MODEL_TYPE and isinstance(inner_value, int):
                    found = inner_value
    return found


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yields the fields of a message: number and value."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire_type == _BYTES:
            size, at = _varint(message, at)
        else:
            size = _FIXED_SIZES[wire_type]
        yield number, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Returns a number, seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7

"""What kind of model a SentencePiece file holds; more pieces for a model.

The file is a protocol buffer (sentencepiece_model.proto). Two fields of it are
read here, which the library does not tell, and two are added to, without the
protobuf package, whose versions clash.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

UNIGRAM = 1  # TrainerSpec.ModelType; 2 is BPE, 3 words, 4 characters
_PIECES, _TRAINER_SPEC = 1, 2  # fields of ModelProto
_PIECE, _SCORE = 1, 2  # fields of SentencePiece; its type is NORMAL if not told
_MODEL_TYPE, _VOCAB_SIZE = 3, 4  # fields of TrainerSpec
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}


def model_type(model: bytes) -> int:
    """Returns the model type in a serialized ModelProto."""
    found = UNIGRAM  # the default, which is not written
    for number, value in fields(model):
        if number == _TRAINER_SPEC and isinstance(value, bytes):
            for inner, inner_value in fields(value):
                if inner == _MODEL_TYPE and isinstance(inner_value, int):
                    found = inner_value
    return found


def with_pieces(
    model: bytes, pieces: Iterable[tuple[str, float]], *, vocab_size: int
) -> bytes:
    """Returns a model with pieces after its own.

    Serialized messages that are put one after the other are one message:
    repeated fields follow each other, and of a number the last one counts
    (Protocol Buffers, "Encoding", "Last One Wins"). So not a byte of the
    model changes, whatever is in it.

    Args:
      model: a serialized ModelProto.
      pieces: texts and scores of ordinary pieces.
      vocab_size: how many there are then, which the model tells too.
    """
    added = [
        _nested(
            _PIECES,
            _nested(_PIECE, text.encode())
            + _tag(_SCORE, _FIXED32)
            + struct.pack("<f", score),
        )
        for text, score in pieces
    ]
    size = _tag(_VOCAB_SIZE, _VARINT) + _as_varint(vocab_size)
    return b"".join([model, *added, _nested(_TRAINER_SPEC, size)])


def _nested(number: int, value: bytes) -> bytes:
    return _tag(number, _BYTES) + _as_varint(len(value)) + value


def _tag(number: int, wire_type: int) -> bytes:
    return _as_varint(number << 3 | wire_type)


def _as_varint(value: int) -> bytes:
    """Returns a number, seven bits a byte."""
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
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

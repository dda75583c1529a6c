"""A SentencePiece model file -> its pieces with their scores, its text rules.

The library cuts text but does not give away what it normalizes text with.
Field numbers are those of sentencepiece_model.proto.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from preprocessing.sentence_piece_proto import UNIGRAM, fields, model_type

NORMAL, UNKNOWN, CONTROL, USER_DEFINED = 1, 2, 3, 4  # SentencePiece.Type
_PIECES, _TRAINER_SPEC, _NORMALIZER_SPEC = 1, 2, 3  # of ModelProto
_PIECE, _SCORE, _TYPE = 1, 2, 3  # of SentencePiece
_SUFFIX, _BYTE_FALLBACK = 24, 35  # of TrainerSpec
_CHARSMAP, _DUMMY_PREFIX, _FEWER_SPACES, _ESCAPED = 2, 3, 4, 5  # NormalizerSpec

_Field = int | bytes


@dataclass(frozen=True)
class Piece:
    """A piece of a model.

    Attributes:
      text: as it stands in text; "▁" is a space.
      score: the logarithm of its probability.
      kind: NORMAL, UNKNOWN, CONTROL, USER_DEFINED, or another number.
    """

    text: str
    score: float
    kind: int


@dataclass(frozen=True)
class ModelContents:
    """What a model file holds.

    Attributes:
      pieces: position is id.
      charsmap: the compiled table that normalizes characters; may be empty.
      dummy_prefix: whether a text begins with a space that was not there.
      fewer_spaces: whether spaces at the ends go and runs become one.
      unusual: what else the model does that ALBERT's does not: names.
    """

    pieces: tuple[Piece, ...]
    charsmap: bytes
    dummy_prefix: bool
    fewer_spaces: bool
    unusual: tuple[str, ...]


def model_contents(model: bytes) -> ModelContents:
    """Reads a serialized ModelProto, which the library has accepted."""
    trainer = _merged(model, _TRAINER_SPEC)
    normalizer = _merged(model, _NORMALIZER_SPEC)
    charsmap = normalizer.get(_CHARSMAP, b"")
    assert isinstance(charsmap, bytes)
    unusual = {
        "another algorithm than unigram": model_type(model) != UNIGRAM,
        "spaces at the end of pieces": bool(trainer.get(_SUFFIX, 0)),
        "bytes as pieces": bool(trainer.get(_BYTE_FALLBACK, 0)),
        "spaces that are not escaped": not normalizer.get(_ESCAPED, 1),
    }
    return ModelContents(
        pieces=tuple(
            _piece(value)
            for number, value in fields(model)
            if number == _PIECES and isinstance(value, bytes)
        ),
        charsmap=charsmap,
        dummy_prefix=bool(normalizer.get(_DUMMY_PREFIX, 1)),
        fewer_spaces=bool(normalizer.get(_FEWER_SPACES, 1)),
        unusual=tuple(name for name, is_so in unusual.items() if is_so),
    )


def _merged(model: bytes, number: int) -> dict[int, _Field]:
    """Returns the fields of a message that may come in parts."""
    found: dict[int, _Field] = {}
    for outer, value in fields(model):
        if outer == number and isinstance(value, bytes):
            found |= dict(fields(value))
    return found


def _piece(message: bytes) -> Piece:
    found = dict(fields(message))
    text, score = found.get(_PIECE, b""), found.get(_SCORE, bytes(4))
    kind = found.get(_TYPE, NORMAL)
    assert isinstance(text, bytes)
    assert isinstance(score, bytes)
    assert isinstance(kind, int)
    return Piece(text.decode(), struct.unpack("<f", score)[0], kind)

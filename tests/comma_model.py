"""A SentencePiece model with pieces such as "▁11," beside "1,4".

The scores are near those of ALBERT's model, in which "▁11,5" is "▁11," and
"5", but "▁11,2" is "▁1" and "1,2".
"""

from __future__ import annotations

import struct

_SCORES = {
    "▁": -2.2,
    ",": -3.2,
    "%": -6.0,
    "/": -6.5,
    "▁1": -7.0,
    "▁2": -7.3,
    "▁11": -9.0,
    "▁21": -9.4,
    "▁1990": -10.5,
    "▁1,": -9.1,
    "▁2,": -9.7,
    "▁11,": -10.4,
    "▁21,": -10.5,
    "▁1990,": -11.2,
    "1,2": -11.6,
    "1,4": -12.1,
    "1,4%": -12.9,
    "1,000": -13.2,
    "▁1,000": -12.5,
    ",000": -11.0,
    "▁the": -3.0,
    "▁dose": -9.0,
    "▁mg": -9.5,
}
_CONTROL = ("<pad>", "[CLS]", "[SEP]", "[MASK]")
_UNKNOWN_TYPE, _CONTROL_TYPE = 2, 3  # SentencePiece.Type


def comma_model() -> bytes:
    """Returns the model: a ModelProto of a few dozen pieces."""
    parts = [_piece("<pad>", 0.0, kind=_CONTROL_TYPE)]
    parts.append(_piece("<unk>", 0.0, kind=_UNKNOWN_TYPE))
    parts += [_piece(name, 0.0, kind=_CONTROL_TYPE) for name in _CONTROL[1:]]
    parts += [_piece(text, score) for text, score in _SCORES.items()]
    parts += [_piece(digit, -8.5) for digit in "0123456789"]
    parts += [_piece(letter, -9.9) for letter in "adeghmost.-"]
    # TrainerSpec: vocab_size, unigram, ids of <unk>, <s>, </s>, <pad>.
    size = _number(4, len(parts))
    ids = _number(40, 1) + _number(41, -1) + _number(42, -1) + _number(43, 0)
    parts.append(_nested(2, _number(3, 1) + size + ids))
    parts.append(_nested(3, _nested(1, b"identity")))
    return b"".join(parts)


def _piece(text: str, score: float, *, kind: int = 1) -> bytes:
    value = _nested(1, text.encode()) + b"\x15" + struct.pack("<f", score)
    return _nested(1, value + _number(3, kind))


def _nested(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value % 2**64)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)

"""A SentencePiece tokenizer -> the parts of Hugging Face's tokenizer.json.

ALBERT's own cleaning, the model's table of characters, its pieces and scores,
and the digit-comma rule, from the building blocks of the library `tokenizers`.
What transformers itself makes of such a model (AlbertTokenizer) replaces
quotes, drops other marks and has no digit-comma rule.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from foundation.errors import InputError
from preprocessing import characters
from preprocessing.digit_comma import DigitComma, digit_comma
from preprocessing.sentence_piece import WORD_START, SentencePieceTokenizer
from preprocessing.sentence_piece_contents import ModelContents, model_contents

# What `str.split` takes for white space.
_SPACES = "[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"  # fmt: skip  # noqa: E501
_TIES = (
    "where two cuts of a word score alike within the rounding of float32, "
    "transformers, which computes in float64, may take the other"
)
_SIGMA = (
    "a capital sigma at the end of a word becomes the final sigma here and "
    "the other one in transformers"
)
_LONG_NUMBERS = (
    "ALBERT's digit-comma rule is carried for numbers of up to three digits "
    "behind the comma"
)


def unigram_parts(
    tokenizer: SentencePieceTokenizer, model: bytes
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Returns normalizer, pre_tokenizer, decoder and model; what differs.

    Args:
      tokenizer: what is exported.
      model: the bytes of its .model file.

    Raises:
      InputError: a SentencePiece model that is not of ALBERT's kind.
    """
    contents = model_contents(model)
    if contents.unusual:
        raise InputError(
            "this SentencePiece model has no form in tokenizer.json",
            got=", ".join(contents.unusual),
            expected="a unigram model as ALBERT's",
            next_step="export without the tokenizer, or train one with "
            "scripts/train_sentencepiece.py",
        )
    rule = digit_comma(tokenizer)
    scheme = "always" if contents.dummy_prefix else "never"
    metaspace = {
        "type": "Metaspace",
        "replacement": WORD_START,
        "prepend_scheme": scheme,
        "split": True,
    }
    parts = {
        "normalizer": _sequence(
            "normalizers", _normalizers(tokenizer, contents)
        ),
        "pre_tokenizer": _sequence(
            "pretokenizers", [metaspace, *_comma_cuts(rule)]
        ),
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": tokenizer.unk_id,
            "vocab": _scored_pieces(contents, rule),
            "byte_fallback": False,
        },
    }
    return parts, _differences(tokenizer, rule)


def _sequence(name: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "Sequence", name: parts}


def _normalizers(
    tokenizer: SentencePieceTokenizer, contents: ModelContents
) -> list[dict[str, Any]]:
    """Returns the steps of `preprocess_text`, then the model's own."""
    steps = [_replacing(_SPACES, " ")]
    if tokenizer.strip_accents:
        marks = characters.character_table().combining
        steps += [{"type": "NFKD"}, _replacing(_class_of(marks), "")]
    else:
        # The model's table composes; transformers looks it up by the letter
        # with all its marks, and only where these are few.
        steps.append({"type": "NFC"})
    if tokenizer.lower_case:
        steps.append({"type": "Lowercase"})
    if contents.charsmap:
        charsmap = base64.b64encode(contents.charsmap).decode()
        steps.append({"type": "Precompiled", "precompiled_charsmap": charsmap})
    if contents.fewer_spaces:
        steps += [_replacing(" {2,}", " "), _strip()]
    return steps


def _replacing(pattern: str, content: str) -> dict[str, Any]:
    return {
        "type": "Replace",
        "pattern": {"Regex": pattern},
        "content": content,
    }


def _strip() -> dict[str, Any]:
    return {"type": "Strip", "strip_left": True, "strip_right": True}


def _class_of(chars: Iterable[str]) -> str:
    """Returns an expression for one or more of these characters."""
    ranges: list[list[int]] = []
    for code in sorted(map(ord, chars)):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return f"[{''.join(f'{chr(a)}-{chr(b)}' for a, b in ranges)}]+"


def _comma_cuts(rule: DigitComma) -> list[dict[str, Any]]:
    if rule.pattern is None:
        return []
    return [
        {
            "type": "Split",
            "pattern": {"Regex": rule.pattern},
            "behavior": "Isolated",
            "invert": False,
        }
    ]


def _scored_pieces(
    contents: ModelContents, rule: DigitComma
) -> list[tuple[str, float]]:
    """Returns the pieces by id; what the rule forbids can match no text.

    Such a piece gets a space, which text does not have when it is cut. Its
    score stays: the score of unknown text follows from the lowest one.
    """
    return [
        (
            piece.text[:-1] + " ," if i in rule.pieces else piece.text,
            piece.score,
        )
        for i, piece in enumerate(contents.pieces)
    ]


def _differences(
    tokenizer: SentencePieceTokenizer, rule: DigitComma
) -> tuple[str, ...]:
    found = [_TIES]
    if rule.pattern is not None:
        found.append(_LONG_NUMBERS)
    if rule.not_carried:
        found.append(
            "ALBERT's digit-comma rule is not carried for "
            f"{rule.not_carried} pieces that end in a comma inside a word"
        )
    if tokenizer.lower_case:
        found.append(_SIGMA)
    return tuple(found)

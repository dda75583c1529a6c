"""A WordPiece tokenizer -> the parts of Hugging Face's tokenizer.json.

The library `tokenizers` has BERT's cleaning and cutting built in; what it does
in another way than google-research/bert is told, since it cannot be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from preprocessing.wordpiece import (
    CONTINUATION,
    MAX_CHARS_PER_WORD,
    WordPieceTokenizer,
)

_OTHER_UNICODE = (
    "some 490 punctuation marks, accents and format characters of rare "
    "scripts, and 256 rare ideographs, are letters to transformers"
)
_PRIVATE = (
    "private-use characters, which make a word [UNK] here, are dropped by "
    "transformers"
)
_UNASSIGNED = (
    "unassigned characters, which are dropped here, make a word [UNK] in "
    "transformers"
)
_SIGMA = (
    "a capital sigma at the end of a word becomes the final sigma here and "
    "the other one in transformers"
)


def wordpiece_parts(
    tokenizer: WordPieceTokenizer, *, names: Mapping[int, str]
) -> dict[str, Any]:
    """Returns normalizer, pre_tokenizer, decoder and model.

    Args:
      tokenizer: what is exported.
      names: ids that are called something else than their piece.
    """
    rules = tokenizer.rules
    return {
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": rules.strip_accents,
            "lowercase": rules.lower_case,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "decoder": {
            "type": "WordPiece",
            "prefix": CONTINUATION,
            "cleanup": True,
        },
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": CONTINUATION,
            "max_input_chars_per_word": MAX_CHARS_PER_WORD,
            "vocab": _vocabulary(tokenizer, names),
        },
    }


def _vocabulary(
    tokenizer: WordPieceTokenizer, names: Mapping[int, str]
) -> dict[str, int]:
    """Returns a name for every id, so that none is missing.

    Of equal lines the last one's id counts. The others and empty lines get a
    name with a space, which no text can become.
    """
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    vocabulary = {}
    for i, piece in enumerate(pieces):
        if i in names:
            piece = names[i]
        elif not piece or tokenizer.ids[piece] != i:
            piece = f"[line {i + 1}]"
        vocabulary[piece] = i
    return vocabulary


def wordpiece_differences(tokenizer: WordPieceTokenizer) -> tuple[str, ...]:
    """Returns what the exported tokenizer does in another way."""
    rules = tokenizer.rules
    is_google = rules.control_characters == "google"
    found = [_PRIVATE if is_google else _UNASSIGNED, _OTHER_UNICODE]
    if rules.lower_case:
        found.append(_SIGMA)
    return tuple(found)

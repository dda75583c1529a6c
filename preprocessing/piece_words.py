"""Text -> ids, with the word that white space separates for each piece.

The ids are those of `Tokenizer.encode`: a vector of a piece can be given to
its word, and the word is a place in the text as it was given.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from foundation.errors import InputError
from preprocessing.piece_places import encode_with_places
from preprocessing.sentence_piece import SentencePieceTokenizer
from preprocessing.tokenization import Tokenizer
from preprocessing.word_spans import Span, spaced_spans

_WORD = re.compile(r"\S+")  # as `str.split`, with which ALBERT begins


class PieceWords(NamedTuple):
    """Ids of a text's pieces and the words that they are of.

    Attributes:
      ids: as `encode` returns them.
      words: int32, for each id the number of its word in `spans`.
      spans: of the words, in characters of the text. A word of which nothing
        is kept (control characters) is there, without pieces.
    """

    ids: list[int]
    words: np.ndarray
    spans: list[Span]


def encode_words(tokenizer: Tokenizer, text: str) -> PieceWords:
    """Encodes a text and tells the pieces' words.

    Raises:
      InputError: entity markers over a SentencePiece model.
    """
    if isinstance(tokenizer, SentencePieceTokenizer):
        return _of_places(tokenizer, text)
    if tokenizer.family != "bert":
        raise InputError(
            "words cannot be told for this tokenizer",
            got="entity markers over a SentencePiece model",
            expected="a model without --entity_format=marker",
            next_step="leave words out of --vectors",
        )
    spans = spaced_spans(text)
    encoded = tokenizer.encode_lines([text[a:b] for a, b in spans])
    return PieceWords(
        [i for ids in encoded for i in ids],
        np.repeat(
            np.arange(len(spans), dtype=np.int32), [len(i) for i in encoded]
        ),
        spans,
    )


def _of_places(tokenizer: SentencePieceTokenizer, text: str) -> PieceWords:
    spans = [match.span() for match in _WORD.finditer(text)]
    places = encode_with_places(tokenizer, text)
    if not spans:
        return PieceWords([], np.zeros(0, np.int32), spans)
    # A piece may begin with the space before its word, or be that alone.
    ends = np.array([end for _, end in spans])
    words = np.searchsorted(ends, places.starts, side="right")
    words = np.minimum(words, len(spans) - 1).astype(np.int32)
    return PieceWords(places.ids, words, spans)

"""Text -> ids: WordPiece and SentencePiece behind one small interface.

The front door: what the rest of the kit imports. The algorithms are in
wordpiece.py (BERT) and sentence_piece.py (ALBERT), the vocabulary's rules in
vocabulary.py, and what a character is in characters.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from preprocessing.sentence_piece import (
    SentencePieceTokenizer,
    load_sentencepiece,
)
from preprocessing.vocabulary import (
    infer_lower_case,
    read_pieces,
    vocabulary_bytes,
)
from preprocessing.wordpiece import TextRules, WordPieceTokenizer

__all__ = [
    "SentencePieceTokenizer",
    "Tokenizer",
    "TokenizerSettings",
    "WordPieceTokenizer",
    "infer_lower_case",
    "load_sentencepiece",
    "load_wordpiece",
]


class Tokenizer(Protocol):
    """What every tokenizer offers; ids never include [CLS] and [SEP]."""

    @property
    def family(self) -> str:
        """The models it is for: "bert" or "albert"."""

    @property
    def lower_case(self) -> bool:
        """Whether it lower-cases."""

    @property
    def vocab_size(self) -> int:
        """How many pieces there are; ids are below it."""

    @property
    def vocab_sha256(self) -> str:
        """The SHA-256 of the vocabulary or model file, hexadecimal."""

    @property
    def pad_id(self) -> int:
        """What rows are filled up with."""

    @property
    def unk_id(self) -> int:
        """The id of what has no pieces."""

    @property
    def cls_id(self) -> int:
        """The id of [CLS], first in every row."""

    @property
    def sep_id(self) -> int:
        """The id of [SEP], after each segment."""

    @property
    def mask_id(self) -> int:
        """The id of [MASK]; InputError where the vocabulary has none."""

    def encode(self, text: str) -> list[int]:
        """Returns the ids of a text's pieces."""

    def encode_lines(self, lines: Sequence[str]) -> list[list[int]]:
        """Returns `encode` of each line."""

    def encode_word(self, word: str) -> list[int]:
        """Returns the ids of one word of a sentence that has been split.

        Empty where nothing of the word is kept (control characters): who
        counts words puts `unk_id` there.
        """

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Returns the pieces with these ids."""


def load_wordpiece(
    vocab_file: str,
    *,
    lower_case: bool,
    strip_accents: bool | None = None,
    control_characters: str = "google",
) -> WordPieceTokenizer:
    """Loads a WordPiece vocabulary (a path of any file system).

    Args:
      vocab_file: one piece per line, or a tokenizer.json.
      lower_case: whether text is lower-cased.
      strip_accents: whether accents go; None = when lower-casing, as BERT.
      control_characters: "google" (Cc, Cf) or "any" (every C*: BioBERT's and
        BlueBERT's copies).

    Raises:
      InputError: a vocabulary that cannot be used (`vocabulary.read_pieces`).
    """
    if strip_accents is None:
        strip_accents = lower_case
    return WordPieceTokenizer(
        read_pieces(vocab_file),
        rules=TextRules(lower_case, strip_accents, control_characters),
        vocab_sha256=hashlib.sha256(vocabulary_bytes(vocab_file)).hexdigest(),
    )


@dataclass(frozen=True)
class TokenizerSettings:
    """What makes a tokenizer anew, in another process or on another machine.

    Attributes:
      path: the vocabulary or the SentencePiece model.
      is_sentencepiece: which of the two.
      lower_case: whether text is lower-cased.
      strip_accents: whether accents go.
      control_characters: as in `load_wordpiece`.
    """

    path: str
    is_sentencepiece: bool
    lower_case: bool
    strip_accents: bool
    control_characters: str = "google"

    def load(self) -> SentencePieceTokenizer | WordPieceTokenizer:
        """Returns the tokenizer.

        Raises:
          InputError: as the functions that load them.
        """
        if self.is_sentencepiece:
            return load_sentencepiece(
                self.path,
                lower_case=self.lower_case,
                strip_accents=self.strip_accents,
            )
        return load_wordpiece(
            self.path,
            lower_case=self.lower_case,
            strip_accents=self.strip_accents,
            control_characters=self.control_characters,
        )


def settings_of(tokenizer: Tokenizer, path: str) -> TokenizerSettings:
    """Returns the settings of a tokenizer that was loaded from `path`."""
    if isinstance(tokenizer, SentencePieceTokenizer):
        return TokenizerSettings(
            path, True, tokenizer.lower_case, tokenizer.strip_accents
        )
    assert isinstance(tokenizer, WordPieceTokenizer)
    rules = tokenizer.rules
    return TokenizerSettings(
        path,
        False,
        rules.lower_case,
        rules.strip_accents,
        rules.control_characters,
    )

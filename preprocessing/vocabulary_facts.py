"""What making instances needs to know of a vocabulary, as tables by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foundation.errors import InputError
from preprocessing.sentence_piece import WORD_START
from preprocessing.tokenization import Tokenizer
from preprocessing.wordpiece import CONTINUATION

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<pad>", "<unk>")
# Punctuation that google-research/albert knows. No apostrophe and no < = >:
# like digits and foreign letters, those start a word wherever they stand. (It
# also lists € and £, as bytes, which no text is equal to under Python 3.)
_PUNCTUATION = frozenset('!"#$%&()*+,-./:;?@[\\]^_`{|}~')
_INSIDE_WORDS = _PUNCTUATION | frozenset("abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class VocabularyFacts:
    """Tables by id, and the ids of special pieces.

    Attributes:
      vocab_size: V; ids are below it.
      starts_word: uint8 [V + 1]: 0 where a piece continues a word. The last
        is for `unk_inside_word`.
      is_special: uint8 [V]: 1 for [PAD], [CLS], [unused7] and such.
      drawn_ids: int32 [distinct pieces]: what a random piece is drawn from,
        in the order of the file.
      cls_id: of [CLS].
      sep_id: of [SEP].
      mask_id: of [MASK].
      unk_id: of what has no piece.

    Raises:
      InputError: [MASK] has the id of the unknown piece.
    """

    vocab_size: int
    starts_word: np.ndarray
    is_special: np.ndarray
    drawn_ids: np.ndarray
    cls_id: int
    sep_id: int
    mask_id: int
    unk_id: int

    def __post_init__(self) -> None:
        if self.mask_id == self.unk_id:
            raise InputError(
                "masked pieces would look like unknown ones",
                got=f"id {self.mask_id} for both",
                expected="a vocabulary with a [MASK] of its own",
            )

    @property
    def unk_inside_word(self) -> int:
        """The id, in a corpus only, of an unknown piece inside a word: V.

        SentencePiece tells ALBERT the text behind an unknown piece, and that
        text, not <unk>, decides whether a word starts: hardly ever not. A
        corpus has V there; what is made from it has `unk_id`.
        """
        return self.vocab_size


def vocabulary_facts(tokenizer: Tokenizer) -> VocabularyFacts:
    """Returns the facts about a tokenizer's vocabulary.

    A WordPiece that comes twice has its last id and its first place in the
    order of drawing, as in google-research/bert.

    Raises:
      InputError: no [MASK], or not one of its own.
    """
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    starts_word = word_starts(pieces, sentencepiece=tokenizer.family != "bert")
    is_special = [p in _SPECIAL or p.startswith("[unused") for p in pieces]
    ids = {piece: piece_id for piece_id, piece in enumerate(pieces)}
    return VocabularyFacts(
        vocab_size=tokenizer.vocab_size,
        starts_word=np.append(starts_word, np.uint8(0)),
        is_special=np.array(is_special, np.uint8),
        drawn_ids=np.array(list(ids.values()), np.int32),
        cls_id=tokenizer.cls_id,
        sep_id=tokenizer.sep_id,
        mask_id=tokenizer.mask_id,
        unk_id=tokenizer.unk_id,
    )


def word_starts(pieces: Sequence[str], *, sentencepiece: bool) -> np.ndarray:
    """Returns which pieces start a word, as the originals see it.

    Args:
      pieces: of a vocabulary, or of a text.
      sentencepiece: whether they are SentencePiece's; else WordPiece's.

    Returns:
      uint8 [len(pieces)], 1 or 0.
    """
    if sentencepiece:
        starts = [_starts_sentencepiece_word(piece) for piece in pieces]
    else:
        starts = [not piece.startswith(CONTINUATION) for piece in pieces]
    return np.array(starts, np.uint8)


def mark_unknown(
    ids: Sequence[int], pieces: Sequence[str], *, unk_id: int, vocab_size: int
) -> list[int]:
    """Returns ids of SentencePieces, with V for unknown ones inside words.

    Args:
      ids: of a text; unk_id where there is no piece.
      pieces: the text as it was cut; of an unknown piece, what stood there.
      unk_id: of <unk>.
      vocab_size: V; see `VocabularyFacts.unk_inside_word`.
    """
    return [
        vocab_size
        if i == unk_id and not _starts_sentencepiece_word(piece)
        else i
        for i, piece in zip(ids, pieces, strict=True)
    ]


def _starts_sentencepiece_word(piece: str) -> bool:
    """Returns False for ASCII letters, with punctuation or without.

    Not where "▁" or "<" comes first, nor for a punctuation mark alone.
    """
    return (
        piece.startswith((WORD_START, "<"))
        or piece in _PUNCTUATION
        or not all(char.lower() in _INSIDE_WORDS for char in piece)
    )

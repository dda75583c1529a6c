"""SentencePieces -> WordPieces: "▁heart" is "heart", "s" is "##s".

SciBERT's vocabulary was made so. The text of the pieces is what is kept; what
is not:

*   scores and the order of joining. The WordPiece tokenizer takes the longest
    piece from the left, whatever SentencePiece would have chosen;
*   pieces that BERT's words cannot have, such as "▁(1" or "2.": BERT cuts at
    punctuation and around ideographs first. They are left out. (SciBERT's
    uncased vocabulary has 2,867 of two characters or more, 9 % of it.) None
    come from text that was cut into BERT's words before the training;
*   the normalization of the model. NFKC makes "fi" of "ﬁ", BERT does not, so a
    character that the model only ever saw normalized is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from preprocessing.sentence_piece import WORD_START
from preprocessing.wordpiece import CONTINUATION, ReferenceWordPiece, TextRules


@dataclass(frozen=True)
class Conversion:
    """WordPieces that were made.

    Attributes:
      pieces: in the order of the SentencePieces.
      num_impossible: pieces of two characters or more that were left out
        because no word can have them.
      num_added: characters that a word could not begin with, or go on with,
        and now can.
    """

    pieces: tuple[str, ...]
    num_impossible: int
    num_added: int


def to_wordpieces(pieces: Iterable[str], rules: TextRules) -> Conversion:
    """Converts pieces.

    A character that is a piece, at the start of a word or inside, becomes one
    for both, so that a word of such characters is never unknown.

    Args:
      pieces: SentencePieces that text can have (no <unk>, no [CLS]).
      rules: how the WordPiece tokenizer makes words.
    """
    reference = ReferenceWordPiece({}, rules)
    converted: dict[str, None] = {}
    num_impossible = num_added = 0
    alone = []
    for piece in pieces:
        text = piece.removeprefix(WORD_START)
        if not text:  # the "▁" alone: no word has it
            continue
        begins = piece.startswith(WORD_START)
        if len(text) == 1:
            alone.append(text)
        if _is_possible(text, reference, begins=begins):
            converted[text if begins else CONTINUATION + text] = None
        elif len(text) > 1:
            num_impossible += 1
    for char in alone:
        for begins in (True, False):
            name = char if begins else CONTINUATION + char
            if name not in converted and _is_possible(
                char, reference, begins=begins
            ):
                converted[name] = None
                num_added += 1
    return Conversion(tuple(converted), num_impossible, num_added)


def _is_possible(
    text: str, reference: ReferenceWordPiece, *, begins: bool
) -> bool:
    """Returns whether a word can begin, or go on, with a text."""
    word = text if begins else f"0{text}"
    return reference.words(word) == [word]

"""How well a WordPiece vocabulary fits a text: pieces per word, unknown words.

Fewer pieces a word mean shorter rows and words that a model can learn as such.
(Rust, Pfeiffer, Vulić, Ruder and Gurevych, "How good is your tokenizer?",
2021, call it fertility.)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from preprocessing.word_counts import WordCounts
from preprocessing.wordpiece import WordPieceTokenizer


@dataclass(frozen=True)
class Coverage:
    """A vocabulary on a text.

    Attributes:
      num_words: words, marks of punctuation and ideographs of the text.
      num_pieces: what they are cut into; an unknown word is one.
      num_unknown: words that are [UNK].
      num_whole: words that are one piece.
    """

    num_words: int
    num_pieces: int
    num_unknown: int
    num_whole: int

    @property
    def pieces_per_word(self) -> float:
        """Pieces per word; 0 without words."""
        return self.num_pieces / max(1, self.num_words)

    @property
    def unknown_share(self) -> float:
        """The share of words that are [UNK]."""
        return self.num_unknown / max(1, self.num_words)

    def as_json(self) -> dict[str, float]:
        """Returns the numbers by name."""
        return {
            **asdict(self),
            "pieces_per_word": round(self.pieces_per_word, 4),
            "unknown_share": round(self.unknown_share, 6),
        }


def coverage(words: WordCounts, tokenizer: WordPieceTokenizer) -> Coverage:
    """Returns how a vocabulary cuts words.

    Args:
      words: of a text, counted with the tokenizer's own rules, none of them
        left out as rare.
      tokenizer: of the vocabulary.
    """
    # Too long a word is [UNK].
    num_words = num_pieces = num_unknown = words.num_too_long
    num_whole = 0
    for word, count in words.counts.items():
        ids = tokenizer.encode_word(word)
        num_words += count
        num_pieces += count * len(ids)
        if ids == [tokenizer.unk_id]:
            num_unknown += count
        elif len(ids) == 1:
            num_whole += count
    return Coverage(num_words, num_pieces, num_unknown, num_whole)

"""A paragraph's pieces, and which part of its text some of them are.

WordPiece as google-research/bert `run_squad.py`: each word is cut by itself,
and an answer's text is found in its words again. SentencePiece as
google-research/albert `run_squad_v1.py`: the paragraph is cut as a whole, and
an answer is a stretch of its characters; where each piece stands is known
(`preprocessing.piece_places`), not found by likeness.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from preprocessing.piece_places import encode_with_places
from preprocessing.tokenization import (
    SentencePieceTokenizer,
    Tokenizer,
    WordPieceTokenizer,
)
from preprocessing.wordpiece import CONTINUATION
from tasks.questions import AnswerSpan, Paragraph


class ParagraphPieces(Protocol):
    """What windows and answers ask of a paragraph that was cut.

    Attributes:
      ids: of the pieces.
    """

    ids: list[int]

    def answer_pieces(self, answer: AnswerSpan) -> tuple[int, int] | None:
        """Returns an answer's first and last piece; None without any."""

    def text(self, first: int, last: int) -> str:
        """Returns pieces first to last as they stand in the paragraph."""


def cut_paragraph(
    paragraph: Paragraph, tokenizer: Tokenizer
) -> ParagraphPieces:
    """Returns the pieces of a paragraph.

    Raises:
      TypeError: a tokenizer of another kind.
    """
    if isinstance(tokenizer, WordPieceTokenizer):
        return PiecesOfWords(paragraph, tokenizer)
    if isinstance(tokenizer, SentencePieceTokenizer):
        return PiecesOfText(paragraph, tokenizer)
    raise TypeError(f"got a {type(tokenizer).__name__}")


class PiecesOfWords:
    """Pieces of words that were cut each by itself; see the module."""

    def __init__(
        self, paragraph: Paragraph, tokenizer: WordPieceTokenizer
    ) -> None:
        ids: list[int] = []
        words: list[int] = []
        for index, word in enumerate(paragraph.words):
            of_word = tokenizer.encode(word)
            ids += of_word
            words += [index] * len(of_word)
        self.ids = ids
        self._word_of = words
        self._paragraph = paragraph
        self._tokenizer = tokenizer

    def answer_pieces(self, answer: AnswerSpan) -> tuple[int, int] | None:
        """Returns an answer's first and last piece.

        Words may hold more than the answer, as "(1895-1943)." does "1895".
        The first stretch inside them that is the answer's pieces is taken.
        """
        inside = [
            place
            for place, word in enumerate(self._word_of)
            if answer.first_word <= word <= answer.last_word
        ]
        if not inside:
            return None
        first, last = inside[0], inside[-1]
        wanted = self._tokenizer.encode(answer.text)
        for start in range(first, last - len(wanted) + 2):
            if wanted and self.ids[start : start + len(wanted)] == wanted:
                return start, start + len(wanted) - 1
        return first, last

    def text(self, first: int, last: int) -> str:
        """Returns pieces as they stand in the paragraph's words."""
        pieces = " ".join(self._tokenizer.pieces(self.ids[first : last + 1]))
        pieces = pieces.replace(f" {CONTINUATION}", "")
        pieces = pieces.replace(CONTINUATION, "")
        words = self._paragraph.words[
            self._word_of[first] : self._word_of[last] + 1
        ]
        return align(
            " ".join(pieces.split()), " ".join(words), tokenizer=self._tokenizer
        )


class PiecesOfText:
    """Pieces of a text that was cut as a whole; see the module."""

    def __init__(
        self, paragraph: Paragraph, tokenizer: SentencePieceTokenizer
    ) -> None:
        found = encode_with_places(tokenizer, paragraph.context)
        self.ids = found.ids
        self._starts = found.starts
        self._ends = found.ends
        self._context = paragraph.context

    def answer_pieces(self, answer: AnswerSpan) -> tuple[int, int] | None:
        """Returns the first and the last piece that have a part of it."""
        inside = np.flatnonzero(
            (self._ends > answer.start) & (self._starts < answer.end)
        )
        if not len(inside):
            return None
        return int(inside[0]), int(inside[-1])

    def text(self, first: int, last: int) -> str:
        """Returns the characters from the first piece to the last one."""
        return self._context[self._starts[first] : self._ends[last]].strip()


def align(found: str, words: str, *, tokenizer: WordPieceTokenizer) -> str:
    """Returns the part of some words that an answer made of pieces is.

    Lower-casing and cutting at punctuation are undone: the answer is looked
    for in the words as the tokenizer sees them, and its characters are
    counted, spaces aside, in the words as they are.

    Args:
      found: the answer's pieces, joined.
      words: the paragraph's words in which it lies.
      tokenizer: that made the pieces.

    Returns:
      The part; all the words where the two cannot be brought together, such
      as where accents went.
    """
    seen = " ".join(tokenizer.reference.words(words))
    start = seen.find(found)
    if start < 0:
        return words
    original = [i for i, char in enumerate(words) if char != " "]
    changed = [i for i, char in enumerate(seen) if char != " "]
    places = {place: number for number, place in enumerate(changed)}
    ends = (start, start + len(found) - 1)
    if len(original) != len(changed) or not all(e in places for e in ends):
        return words
    first, last = (original[places[end]] for end in ends)
    return words[first : last + 1]

"""SentencePiece ids with the characters of the text that each stands for.

ALBERT's clean-up changes the text before it is cut. Each step is followed
character by character, so that a piece's place in the text as it was given is
known, and not found by likeness as the original does (a longest common
subsequence, which can fail).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from preprocessing.sentence_piece import (
    WORD_START,
    SentencePieceTokenizer,
    ends_in_digit_comma,
    preprocess_text,
)


class PiecePlaces(NamedTuple):
    """Ids as `encode` returns them; of each its text [start, end)."""

    ids: list[int]
    starts: np.ndarray
    ends: np.ndarray


def encode_with_places(
    tokenizer: SentencePieceTokenizer, text: str
) -> PiecePlaces:
    """Returns the ids of a text's pieces and their places in it."""
    cleaned, origins = _clean(tokenizer, text)
    ids, starts, ends = [], [], []
    for piece_id, start, end in _pieces(tokenizer, cleaned):
        ids.append(piece_id)
        starts.append(origins[start])
        # A character that became several ends with each of them.
        last = origins[end - 1] + 1 if end > start else 0
        ends.append(max(origins[end], last))
    return PiecePlaces(ids, np.array(starts, int), np.array(ends, int))


def _clean(
    tokenizer: SentencePieceTokenizer, text: str
) -> tuple[str, np.ndarray]:
    """Returns the text as it is cut, and where each character comes from.

    Behind the last one, the end of the text. What is dropped, such as an
    accent of its own, belongs to the character before.
    """
    parts: list[str] = []
    origins: list[int] = []
    space = None  # where the first one before the next word is
    for place, char in enumerate(text):
        if char.isspace():
            space = place if parts and space is None else space
            continue
        kept = _cleaned(tokenizer, char)
        if space is not None:
            parts.append(" ")
            origins.append(space)
            space = None
        parts.append(kept)
        origins += [place] * len(kept)
    origins.append(len(text.rstrip()))
    return "".join(parts), np.array(origins, int)


def _cleaned(tokenizer: SentencePieceTokenizer, char: str) -> str:
    if char.isascii():
        return char.lower() if tokenizer.lower_case else char
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"  # as the tokenizer has it
    return preprocess_text(
        char,
        lower_case=tokenizer.lower_case,
        strip_accents=tokenizer.strip_accents,
    )


def _pieces(
    tokenizer: SentencePieceTokenizer, cleaned: str
) -> Iterator[tuple[int, int, int]]:
    """Yields id, start and end of each piece of a cleaned text."""
    has_comma = "," in tokenizer.all_pieces
    for piece, piece_id, start, end in _cut(tokenizer, cleaned):
        is_known = piece_id in tokenizer.comma_rule
        if not is_known and (has_comma or not ends_in_digit_comma(piece)):
            yield piece_id, start, end
            continue
        number = piece[:-1].replace(WORD_START, "")
        first = max(start, end - 1 - len(number))
        for _, part_id, left, right in _cut(tokenizer, number):
            yield part_id, min(first + left, end), min(first + right, end)
        comma = tokenizer.comma_rule.get(piece_id, (tokenizer.unk_id,))[-1]
        yield comma, end - 1, end


def _cut(
    tokenizer: SentencePieceTokenizer, text: str
) -> Iterator[tuple[str, int, int, int]]:
    """Yields piece, id, start and end, in characters, of a text's pieces."""
    found = tokenizer.processor.encode(text, out_type="proto").pieces
    if text.isascii():
        for piece in found:
            yield piece.piece, piece.id, piece.begin, piece.end
        return
    sizes = [len(char.encode()) for char in text]
    number_of = np.zeros(sum(sizes) + 1, int)  # characters before a byte
    number_of[np.cumsum(sizes)] = 1
    number_of = np.cumsum(number_of)
    for piece in found:
        yield (
            piece.piece,
            piece.id,
            int(number_of[piece.begin]),
            int(number_of[piece.end]),
        )

"""Blocks of text -> WordPiece ids, compiled: some 15 million words a second.

What is printable ASCII is cut by a compiled loop with the rules of
`wordpiece.ReferenceWordPiece`, which for ASCII are few. A part of a line that
holds anything else goes to `WordPieceTokenizer`, part by part: a space always
ends a word, so each has the ids that it has in its line.
"""

from __future__ import annotations

import functools
import string
from typing import NamedTuple

import numpy as np

from preprocessing.compiled import compiled, inlined
from preprocessing.line_ids import LineIds
from preprocessing.tries import build_trie, child_node, node_value, root_node
from preprocessing.wordpiece import (
    CONTINUATION,
    MAX_CHARS_PER_WORD,
    WordPieceTokenizer,
)

# What a byte is; a part of a line holds what comes before _SPACE.
_LETTER, _PUNCTUATION, _OTHER, _SPACE, _LINE_END = range(5)
_LATE_PARTS = 1 << 16  # that are not ASCII, remembered
_FIRST, _LATER = 0, 1  # roots of the trie: where words begin, where they go on


class _Rules(NamedTuple):
    """What compiled code knows of the tokenizer."""

    kinds: np.ndarray  # uint8 [256], of each byte
    folded: np.ndarray  # uint8 [256], each byte in lower case, or as it is
    trie: np.ndarray  # int32 [rows, 2]
    unk_id: int


class _Result(NamedTuple):
    """What compiled code fills."""

    ids: np.ndarray  # int32 [pieces]
    lengths: np.ndarray  # int64 [lines]
    # int64 [parts, 4], what is not ASCII: start and end in the text, number of
    # ids before it, index of its line.
    others: np.ndarray


class WordPieceLines:
    """A `LineEncoder`; the ids are those of `tokenizer.encode`.

    Attributes:
      tokenizer: whose ids they are.
    """

    def __init__(self, tokenizer: WordPieceTokenizer) -> None:
        self.tokenizer = tokenizer
        first = {
            piece.encode(): piece_id
            for piece, piece_id in tokenizer.ids.items()
            if piece.isascii()  # no other can match ASCII
        }
        prefix = CONTINUATION.encode()
        later = {
            piece.removeprefix(prefix): piece_id
            for piece, piece_id in first.items()
            if piece.startswith(prefix)
        }
        self._late = functools.lru_cache(_LATE_PARTS)(self._encode_late)
        self._rules = _Rules(
            kinds=_kinds_of_bytes(),
            folded=folded_bytes(lower_case=tokenizer.lower_case),
            trie=build_trie(first, later),
            unk_id=tokenizer.unk_id,
        )

    def encode(self, text: bytes) -> LineIds:
        """Returns the ids of lines (see `LineEncoder`)."""
        result = _Result(
            # A byte makes one piece at most; a part has a byte and a space or
            # a line end.
            ids=np.empty(len(text), np.int32),
            lengths=np.empty(text.count(b"\n"), np.int64),
            others=np.empty((len(text) // 2 + 1, 4), np.int64),
        )
        num_ids, num_others = _encode(
            np.frombuffer(text, np.uint8), self._rules, result
        )
        others = result.others[:num_others]
        late = [
            self._late(text[start:end]) for start, end in others[:, :2].tolist()
        ]
        return LineIds(result.ids[:num_ids], result.lengths).with_late(
            late, positions=others[:, 2], lines=others[:, 3]
        )

    def is_blank(self, line: bytes) -> bool:
        """Returns whether a line ends a document: `strip` leaves nothing."""
        return not line.decode().strip()

    def _encode_late(self, part: bytes) -> tuple[int, ...]:
        return tuple(self.tokenizer.encode(part.decode()))


def folded_bytes(*, lower_case: bool) -> np.ndarray:
    """Returns ASCII in lower case (or as it is) by byte: uint8 [256]."""
    folded = np.arange(256, dtype=np.uint8)
    if lower_case:
        for letter in string.ascii_uppercase:
            folded[ord(letter)] = ord(letter.lower())
    return folded


def _kinds_of_bytes() -> np.ndarray:
    kinds = np.full(256, _OTHER, np.uint8)
    for char in string.ascii_letters + string.digits:
        kinds[ord(char)] = _LETTER
    for char in string.punctuation:
        kinds[ord(char)] = _PUNCTUATION
    # BERT makes a space of a tab; other control characters just go, and leave
    # what is around them one word.
    kinds[ord(" ")] = kinds[ord("\t")] = _SPACE
    kinds[ord("\n")] = _LINE_END
    return kinds


# Compiled code takes arrays one by one: taken out of a tuple, each costs an
# atomic reference count, which is more than everything else.
@compiled
def _encode(
    text: np.ndarray, rules: _Rules, result: _Result
) -> tuple[int, int]:
    """Returns how many ids and how many others the text has."""
    kinds, folded, trie, unk_id = rules
    ids, lengths, others = result
    num_ids, num_lines, num_others = 0, 0, 0
    line_start = 0
    start = 0
    while start < len(text):
        kind = kinds[text[start]]
        if kind == _LINE_END:
            lengths[num_lines] = num_ids - line_start
            num_lines += 1
            line_start = num_ids
        if kind >= _SPACE:
            start += 1
            continue
        part_end, has_others = _part_end(text, start, kinds)
        if has_others:
            others[num_others, 0] = start
            others[num_others, 1] = part_end
            others[num_others, 2] = num_ids
            others[num_others, 3] = num_lines
            num_others += 1
            start = part_end
        while start < part_end:
            end = _word_end(text, start, kinds)
            first = num_ids
            num_ids = _put_word(text, start, end, trie, folded, ids, first)
            if num_ids < 0:
                ids[first] = unk_id
                num_ids = first + 1
            start = end
    return num_ids, num_others


@inlined
def _part_end(
    text: np.ndarray, start: int, kinds: np.ndarray
) -> tuple[int, bool]:
    """Returns where a part ends and whether it holds more than ASCII."""
    has_others = False
    end = start
    while kinds[text[end]] < _SPACE:
        has_others |= kinds[text[end]] == _OTHER
        end += 1
    return end, has_others


@inlined
def _word_end(text: np.ndarray, start: int, kinds: np.ndarray) -> int:
    """Returns where a run of letters and digits ends, or one mark."""
    end = start + 1
    if kinds[text[start]] == _LETTER:
        while kinds[text[end]] == _LETTER:
            end += 1
    return end


@inlined
def _put_word(  # noqa: PLR0917 (numba 0.68 fails at keyword-only ones)
    text: np.ndarray,
    start: int,
    end: int,
    trie: np.ndarray,
    folded: np.ndarray,
    ids: np.ndarray,
    first: int,
) -> int:
    """Writes the longest pieces from the left, from ids[first] on.

    Returns:
      How many ids there are then, or -1 for a word that is unknown.
    """
    num_ids = first
    root = root_node(trie, _FIRST)
    if end - start > MAX_CHARS_PER_WORD:
        return -1
    while start < end:
        node = root
        piece_end = start
        for position in range(start, end):
            node = child_node(trie, node, folded[text[position]])
            if node < 0:
                break
            value = node_value(trie, node)
            if value >= 0:
                ids[num_ids] = value
                piece_end = position + 1
        if piece_end == start:
            return -1
        num_ids += 1
        start = piece_end
        root = root_node(trie, _LATER)
    return num_ids

"""A unigram model's best cut of words, compiled; and by how much it is best.

`encode_words` is what sentence_piece_lines.py gives blocks of lines to. It
cuts word by word, remembers short words, and leaves a line alone where the
library's arithmetic might decide otherwise than exact arithmetic does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from preprocessing.compiled import compiled, inlined
from preprocessing.tries import child_node, node_value, root_node

# What a byte is; a word holds what comes before SPACE.
CHAR, OTHER, SPACE, LINE_END = range(4)
WORD_START_BYTE = ord(" ")  # stands for "▁" in the trie
LONGEST_WORD = 256  # bytes; a line with a longer word is the library's
# Each addition of 32-bit floats is off by 2**-24 of the sum at most. Of two
# sums that is twice as much, and twice that again is to be safe.
_ROUNDING = 2.0**-22
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # Knuth's: 2**64 / golden ratio
_MEMO_BITS = 16
_MEMO_ROWS = 1 << _MEMO_BITS  # 9 MB
_MEMO_BYTES = 16  # of a word that is remembered: two 64-bit numbers
_MEMO_IDS = 26  # of such a word: 17 pieces, more by the digit-comma rule
_LATTICE = np.dtype(  # what is known of the cuts up to a byte of a word
    [
        ("score", np.float64),  # of the best
        ("next_score", np.float64),  # of the best but one
        ("start", np.int32),  # of the last piece of the best
        ("piece", np.int32),  # its id
    ]
)
_MEMO = np.dtype(
    [
        ("low", np.uint64),  # the first eight bytes of a word
        ("high", np.uint64),  # the next eight
        ("score", np.float64),
        ("gap", np.float64),
        ("num_ids", np.int64),
        ("ids", np.int32, (_MEMO_IDS,)),
    ]
)


class Unigram(NamedTuple):
    """What compiled code knows of a tokenizer.

    Attributes:
      kinds: uint8 [256], of each byte.
      folded: uint8 [256], each byte in lower case, or as it is.
      trie: int32 [rows, 2], ids by piece.
      scores: float64 [V], of pieces; not above 0.
      comma_starts: int64 [V + 1]. ALBERT's digit-comma rule: id i becomes
        comma_ids[comma_starts[i] : comma_starts[i + 1]], or stays if that is
        empty.
      comma_ids: int32 [...].
      memo: from `new_memo`; changes.
      lattice: from `new_lattice`; changes.
    """

    kinds: np.ndarray
    folded: np.ndarray
    trie: np.ndarray
    scores: np.ndarray
    comma_starts: np.ndarray
    comma_ids: np.ndarray
    memo: np.ndarray
    lattice: np.ndarray


def new_memo() -> np.ndarray:
    """Returns room to remember words in; the last row is for long ones."""
    return np.zeros(_MEMO_ROWS + 1, _MEMO)


def new_lattice() -> np.ndarray:
    """Returns room to cut a word in."""
    return np.zeros(LONGEST_WORD + 2, _LATTICE)


@compiled
def encode_words(
    text: np.ndarray,
    model: Unigram,
    result: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[int, int]:
    """Encodes lines.

    Args:
      text: uint8 [bytes]; every line, the last too, ends in a line end.
      model: the tokenizer.
      result: filled with ids int32 [...], lengths int64 [lines], and indexes
        of the lines that are left to the library, int64 [lines]: their length
        is 0.

    Returns:
      The numbers of ids and of lines left.
    """
    kinds, folded, memo = model.kinds, model.folded, model.memo
    ids, lengths, others = result
    num_ids = num_lines = num_others = line_start = start = 0
    score = 0.0  # of the line so far
    is_left = False
    while start < len(text):
        kind = kinds[text[start]]
        if kind == LINE_END:
            if is_left:
                others[num_others] = num_lines
                num_others += 1
                num_ids = line_start
            lengths[num_lines] = num_ids - line_start
            num_lines += 1
            line_start = num_ids
            score = 0.0
            is_left = False
        if kind >= SPACE:
            start += 1
            continue
        end, has_others = _word_end(text, start, kinds)
        is_left |= has_others
        if not is_left:
            key = _packed(text, start, end, folded)
            row = _memo_row(key, end - start)
            added = _recall(memo, row, key, ids, num_ids)
            if added < 0:
                answer = _cut((text, start, end), model, (ids, num_ids))
                added = _remember(memo, row, key, answer, (ids, num_ids))
            num_ids += added
            score += memo[row].score
            is_left = memo[row].gap < _ROUNDING * (end - start + 1) * -score
        start = end
    return num_ids, num_others


@inlined
def _word_end(
    text: np.ndarray, start: int, kinds: np.ndarray
) -> tuple[int, bool]:
    """Returns where a word ends and whether it is for the library."""
    has_others = False
    end = start
    while kinds[text[end]] < SPACE:
        has_others |= kinds[text[end]] == OTHER
        end += 1
    return end, has_others or end - start > LONGEST_WORD


@inlined
def _packed(  # noqa: PLR0917 (numba 0.68 fails at keyword-only ones)
    text: np.ndarray, start: int, end: int, folded: np.ndarray
) -> tuple[np.uint64, np.uint64]:
    """Returns the first sixteen bytes of a word as two numbers."""
    low = high = np.uint64(0)
    for i in range(min(end - start, _MEMO_BYTES)):
        byte = np.uint64(folded[text[start + i]])
        if i < 8:  # bytes of a number
            low |= byte << np.uint64(8 * i)
        else:
            high |= byte << np.uint64(8 * (i - 8))
    return low, high


@inlined
def _memo_row(key: tuple[np.uint64, np.uint64], num_bytes: int) -> int:
    """Returns where a word is remembered; the last row is never read."""
    if num_bytes > _MEMO_BYTES:
        return _MEMO_ROWS
    mixed = (key[0] ^ (key[1] * _MULTIPLIER)) * _MULTIPLIER
    return int(np.int64(mixed >> np.uint64(64 - _MEMO_BITS)))


@inlined
def _recall(  # noqa: PLR0917 (numba 0.68 fails at keyword-only ones)
    memo: Any,
    row: int,
    key: tuple[np.uint64, np.uint64],
    ids: np.ndarray,
    num_ids: int,
) -> int:
    """Writes the ids of a word seen before; returns how many, or -1."""
    known = memo[row]
    if row == _MEMO_ROWS or known.low != key[0] or known.high != key[1]:
        return -1
    for i in range(known.num_ids):
        ids[num_ids + i] = known.ids[i]
    return int(known.num_ids)


@inlined
def _remember(  # noqa: PLR0917 (numba 0.68 fails at keyword-only ones)
    memo: Any,
    row: int,
    key: tuple[np.uint64, np.uint64],
    answer: tuple[int, float, float],
    output: tuple[np.ndarray, int],
) -> int:
    """Keeps what `_cut` found; returns how many ids it wrote."""
    ids, num_ids = output
    known = memo[row]
    known.low, known.high = key
    known.num_ids, known.score, known.gap = answer
    if row < _MEMO_ROWS:
        for i in range(known.num_ids):
            known.ids[i] = ids[num_ids + i]
    return int(known.num_ids)


@inlined
def _cut(
    word: tuple[np.ndarray, int, int],
    model: Unigram,
    output: tuple[np.ndarray, int],
) -> tuple[int, float, float]:
    """Writes the ids of a word's best cut.

    Returns:
      How many; the sum of the scores; by how much that is better than the
      next best, at the closest of its pieces.
    """
    _, start, end = word
    ids, first = output
    size = end - start + 1  # with the "▁"
    lattice = model.lattice
    _fill_lattice(word, model.folded, model.trie, model.scores, lattice)
    gap = np.inf
    num_ids = 0
    position = size
    while position:
        gap = min(gap, lattice[position].score - lattice[position].next_score)
        piece = lattice[position].piece
        num_ids += _count(piece, model.comma_starts)
        position = lattice[position].start
    at = first + num_ids
    position = size
    while position:
        piece = lattice[position].piece
        at -= _count(piece, model.comma_starts)
        ids[at] = piece
        rule = model.comma_starts[piece]
        for i in range(rule, model.comma_starts[piece + 1]):
            ids[at + i - rule] = model.comma_ids[i]
        position = lattice[position].start
    return num_ids, lattice[size].score, gap


@inlined
def _count(piece: int, comma_starts: np.ndarray) -> int:
    """Returns how many ids a piece becomes."""
    return max(1, int(comma_starts[piece + 1] - comma_starts[piece]))


@inlined
def _fill_lattice(  # noqa: PLR0917 (numba 0.68 fails at keyword-only ones)
    word: tuple[np.ndarray, int, int],
    folded: np.ndarray,
    trie: np.ndarray,
    scores: np.ndarray,
    lattice: Any,
) -> None:
    """Finds the best cuts up to each byte: Viterbi's algorithm."""
    text, start, end = word
    size = end - start + 1
    lattice.score[: size + 1] = -np.inf
    lattice.next_score[: size + 1] = -np.inf
    lattice[0].score = 0.0
    for piece_start in range(size):
        node = root_node(trie, 0)
        for position in range(piece_start, size):
            byte = WORD_START_BYTE
            if position:
                byte = folded[text[start + position - 1]]
            node = child_node(trie, node, byte)
            if node < 0:
                break
            piece = node_value(trie, node)
            if piece < 0:
                continue
            score = lattice[piece_start].score + scores[piece]
            cut = lattice[position + 1]
            if score > cut.score:
                cut.next_score = cut.score
                cut.score, cut.start, cut.piece = score, piece_start, piece
            elif score > cut.next_score:
                cut.next_score = score

"""Words cut by longest match, and how often which pieces stand side by side.

What learning a WordPiece vocabulary asks again and again. Words are cut as the
tokenizer cuts them; where new pieces change the cut of a word, the counts of
the pairs in it are corrected, and no other word is touched.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from preprocessing.compiled import compiled, inlined
from preprocessing.tries import build_trie, child_node, node_value, root_node

_FIRST, _LATER = 0, 1  # roots of the trie: where words begin, where they go on
_NO_PIECE = -1  # in `cut`, where no piece starts
_FREE = -1  # a key that no pair has
_MIN_ROWS = 1 << 16
_ID_BITS = 32  # of the right piece in a pair's key
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # Knuth's: 2**64 / golden ratio
_HASH_SHIFT = np.uint64(32)


class _Words(NamedTuple):
    text: np.ndarray  # uint8, word after word
    starts: np.ndarray  # int64 [words + 1], offsets into the text
    weights: np.ndarray  # int64 [words], how often each comes
    cut: np.ndarray  # int32 like the text: ids where pieces start


class _Pairs(NamedTuple):
    keys: np.ndarray  # int64 [rows], a power of two: open addressing
    counts: np.ndarray  # int64 [rows]
    used: np.ndarray  # int64 [1], rows with a key


class GreedyCuts:
    """Words and their pieces under a vocabulary that changes.

    Args:
      words: words with how often they come; none is empty.
    """

    def __init__(self, words: Mapping[str, int]) -> None:
        encoded = [word.encode() for word in words]
        starts = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(word) for word in encoded], out=starts[1:])
        text = np.frombuffer(b"".join(encoded), np.uint8)
        self._words = _Words(
            text=text,
            starts=starts,
            weights=np.fromiter(words.values(), np.int64, len(words)),
            cut=np.full(len(text), _NO_PIECE, np.int32),
        )
        self._pairs = _new_pairs(_MIN_ROWS)

    def recut(
        self, first: Mapping[bytes, int], later: Mapping[bytes, int]
    ) -> None:
        """Cuts every word anew, each piece as long as can be from the left.

        Args:
          first: what words can begin with, and the pieces' ids.
          later: what they can go on with. Every character of every word has
            to be in the two.
        """
        trie = build_trie(first, later)
        num_done = 0
        while num_done < len(self._words.weights):
            num_done = _recut(self._words, trie, self._pairs, num_done)
            if num_done < len(self._words.weights):
                rows = 2 * len(self._pairs.keys)
                pairs = _new_pairs(rows)
                _copy_pairs(self._pairs, pairs)
                self._pairs = pairs

    def frequent_pairs(self, min_count: int) -> Iterator[tuple[int, int, int]]:
        """Yields pairs of neighbours, the most frequent first.

        Args:
          min_count: how often a pair has to come; above 0.

        Yields:
          (count, left id, right id); equal counts by the ids.
        """
        counts = self._pairs.counts
        top = int(counts.max(initial=0))
        while top >= min_count:  # few callers want more than the first ones
            floor = max(min_count, top // 2)
            rows = np.flatnonzero((counts >= floor) & (counts <= top))
            keys = self._pairs.keys[rows]
            order = np.lexsort((keys, -counts[rows]))
            for row, key in zip(rows[order], keys[order], strict=True):
                left, right = divmod(int(key), 1 << _ID_BITS)
                yield int(counts[row]), left, right
            top = floor - 1

    def piece_counts(self, num_ids: int) -> np.ndarray:
        """Returns how often each piece comes: int64 [num_ids]."""
        counts = np.zeros(num_ids, np.int64)
        _count_pieces(self._words, counts)
        return counts

    def word_pieces(self) -> Iterator[Sequence[int]]:
        """Yields the ids of the pieces of each word."""
        starts = self._words.starts.tolist()
        for start, end in itertools.pairwise(starts):
            ids = self._words.cut[start:end]
            yield ids[ids != _NO_PIECE].tolist()


def _new_pairs(rows: int) -> _Pairs:
    return _Pairs(
        keys=np.full(rows, _FREE, np.int64),
        counts=np.zeros(rows, np.int64),
        used=np.zeros(1, np.int64),
    )


@compiled
def _recut(  # noqa: PLR0917 (numba 0.68 fails at keyword-only ones)
    words: _Words, trie: np.ndarray, pairs: _Pairs, first_word: int
) -> int:
    """Returns how many words are done: not all where there are many pairs."""
    text, starts, weights, cut = words
    keys, counts, used = pairs
    for word in range(first_word, len(weights)):
        start, end = starts[word], starts[word + 1]
        if used[0] + end - start > len(keys) // 2:
            return word
        if _is_cut_so(text[start:end], cut[start:end], trie):
            continue
        weight = weights[word]
        _count_pairs(cut[start:end], -weight, keys, counts, used)
        _cut_word(text[start:end], cut[start:end], trie)
        _count_pairs(cut[start:end], weight, keys, counts, used)
    return len(weights)


@inlined
def _is_cut_so(text: np.ndarray, cut: np.ndarray, trie: np.ndarray) -> bool:
    """Returns whether a word is cut as it should be."""
    start = 0
    while start < len(text):
        piece, end = _longest_piece(text, start, trie)
        if cut[start] != piece:
            return False
        start = end
    return True


@inlined
def _cut_word(text: np.ndarray, cut: np.ndarray, trie: np.ndarray) -> None:
    cut[:] = _NO_PIECE
    start = 0
    while start < len(text):
        piece, end = _longest_piece(text, start, trie)
        cut[start] = piece
        start = end


@inlined
def _longest_piece(
    text: np.ndarray, start: int, trie: np.ndarray
) -> tuple[int, int]:
    """Returns the id of a piece, and where it ends."""
    node = root_node(trie, _LATER if start else _FIRST)
    piece, piece_end = _NO_PIECE, len(text)
    for position in range(start, len(text)):
        node = child_node(trie, node, text[position])
        if node < 0:
            break
        value = node_value(trie, node)
        if value >= 0:
            piece, piece_end = value, position + 1
    return piece, piece_end


@inlined
def _count_pairs(  # noqa: PLR0917 (numba 0.68 fails at keyword-only ones)
    cut: np.ndarray,
    weight: int,
    keys: np.ndarray,
    counts: np.ndarray,
    used: np.ndarray,
) -> None:
    """Adds a weight to the counts of the pairs of a word."""
    left = np.int64(_NO_PIECE)
    for position in range(len(cut)):
        right = np.int64(cut[position])
        if right == _NO_PIECE:
            continue
        if left != _NO_PIECE:
            key = (left << _ID_BITS) | right
            row = _row(keys, key)
            if keys[row] == _FREE:
                keys[row] = key
                used[0] += 1
            counts[row] += weight
        left = right


@inlined
def _row(keys: np.ndarray, key: int) -> int:
    """Returns the row that holds a pair, or the free one for it."""
    mask = len(keys) - 1
    mixed = np.uint64(key) * _MULTIPLIER
    row = int(np.int64(mixed >> _HASH_SHIFT)) & mask
    while keys[row] != key and keys[row] != _FREE:
        row = (row + 1) & mask
    return row


@compiled
def _copy_pairs(source: _Pairs, target: _Pairs) -> None:
    """Copies the pairs that are still there."""
    for row in range(len(source.keys)):
        if source.counts[row]:
            new = _row(target.keys, source.keys[row])
            target.keys[new] = source.keys[row]
            target.counts[new] = source.counts[row]
            target.used[0] += 1


@compiled
def _count_pieces(words: _Words, counts: np.ndarray) -> None:
    _, starts, weights, cut = words
    for word in range(len(weights)):
        for position in range(starts[word], starts[word + 1]):
            if cut[position] != _NO_PIECE:
                counts[cut[position]] += weights[word]

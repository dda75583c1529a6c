"""Documents and lines that are there more than once, in bounded memory.

Documents are compared by the runs of five pieces that they share, through
MinHash signatures (Broder, 1997) made with one hash function (Li, Owen and
Zhang, "One permutation hashing", 2012): copied-forward notes differ in some
words and share most runs. Pairs are found as usual, by equal bands of
signatures. Of a large corpus a sample is kept, by hash, so that copies are in
it together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from preprocessing.compiled import compiled, inlined
from preprocessing.growing_arrays import GrowingArray

SAME_SHARE = 0.7  # of runs shared, from which on documents are near-duplicates
MIN_PIECES = 25  # shorter documents are alike by chance
_RUN = 5  # pieces
_BUCKET_BITS = 6
_NUM_BUCKETS = 1 << _BUCKET_BITS
_BAND = 4  # buckets; documents with 0.7 in common share a band in 99 of 100
_EMPTY = np.uint32(0xFFFFFFFF)
_STEP = np.uint32(0x9E3779B1)  # what a borrowed value changes by
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # Knuth's: 2**64 / golden ratio
_MAX_DOCUMENTS = 1 << 16  # 17 MB of signatures
_ROWS_AT_ONCE = 1 << 12  # whose copies take some megabytes
_MAX_LINES = 1 << 18  # 2 MB of hashes


@inlined
def mixed(value: np.uint64) -> np.uint64:
    """Returns a hash all of whose bits depend on all bits of the value."""
    value = (value ^ (value >> np.uint64(32))) * _MULTIPLIER
    value = (value ^ (value >> np.uint64(29))) * _MULTIPLIER
    return value ^ (value >> np.uint64(32))


@compiled
def _hash_lines(
    ids: np.ndarray, lengths: np.ndarray, hashes: np.ndarray
) -> None:
    at = 0
    for line in range(len(lengths)):
        value = np.uint64(0)
        for i in range(at, at + lengths[line]):
            value = mixed(value + np.uint64(ids[i] + 1))
        hashes[line] = value
        at += lengths[line]


@compiled
def _sign(ids: np.ndarray, starts: np.ndarray, signatures: np.ndarray) -> None:
    """Lowers each document's signature by the runs of its pieces."""
    for document in range(len(starts) - 1):
        for i in range(starts[document], starts[document + 1] - _RUN + 1):
            value = np.uint64(0)
            for j in range(i, i + _RUN):
                value = (value + np.uint64(ids[j] + 1)) * _MULTIPLIER
            value = mixed(value)
            bucket = np.int64(value >> np.uint64(64 - _BUCKET_BITS))
            low = np.uint32(value & np.uint64(0xFFFFFFFF))
            signatures[document, bucket] = min(
                signatures[document, bucket], low
            )


class DistinctLines:
    """Counts how many different lines there are.

    Exactly up to 262,144; beyond that by those whose hash begins with some
    zeros, which are off by 0.3 % or so.
    """

    def __init__(self) -> None:
        self._hashes = np.empty(0, np.uint64)
        self._waiting: list[np.ndarray] = []
        self._num_waiting = 0
        self._num_zeros = 0  # bits
        self._num_lines = 0

    def add(self, ids: np.ndarray, lengths: np.ndarray) -> None:
        """Adds lines by their pieces: int32 [pieces], int64 [lines]."""
        hashes = np.empty(len(lengths), np.uint64)
        _hash_lines(ids, lengths, hashes)
        hashes = self._sampled(hashes)
        self._num_lines += len(lengths)
        self._num_waiting += len(hashes)
        self._waiting.append(hashes)
        if self._num_waiting > _MAX_LINES:
            self._unite()

    def repeated_share(self) -> float:
        """Returns the share of lines that an earlier line equals."""
        self._unite()
        if not self._num_lines:
            return 0.0
        distinct = len(self._hashes) << self._num_zeros
        return max(0.0, 1 - distinct / self._num_lines)

    def _sampled(self, hashes: np.ndarray) -> np.ndarray:
        if not self._num_zeros:
            return hashes
        sampled: np.ndarray = hashes[
            hashes >> np.uint64(64 - self._num_zeros) == 0
        ]
        return sampled

    def _unite(self) -> None:
        self._hashes = _distinct([self._hashes, *self._waiting])
        self._waiting.clear()
        self._num_waiting = 0
        while len(self._hashes) > _MAX_LINES:
            self._num_zeros += 1
            self._hashes = self._sampled(self._hashes)


def _distinct(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the values of some arrays, each once, ascending.

    np.unique does the same, and imports the module of masked arrays (2 MB).
    """
    values = np.sort(np.concatenate(parts))
    is_first = np.append(True, values[1:] != values[:-1])[: len(values)]
    distinct: np.ndarray = values[is_first]
    return distinct


@dataclass(frozen=True)
class NearDuplicates:
    """Documents that are nearly an earlier one.

    Attributes:
      share: of the documents that were compared.
      num_compared: how many were, all or a sample.
      is_sample: which of the two.
      pairs: int64 [pairs, 2], labels of a document and of the earlier one,
        of those compared; ascending.
    """

    share: float
    num_compared: int
    is_sample: bool
    pairs: np.ndarray


@dataclass
class _Kept:
    """Signatures of finished documents."""

    labels: list[int] = field(default_factory=list)
    _signatures: GrowingArray = field(
        default_factory=lambda: GrowingArray(np.uint32)
    )

    def append(self, label: int, signature: np.ndarray) -> None:
        """Adds a document."""
        self.labels.append(label)
        self._signatures.append(signature)

    def finish(self) -> np.ndarray:
        """Returns the signatures; nothing can be added any more."""
        return self._signatures.finish().reshape(-1, _NUM_BUCKETS)


class DocumentSignatures:
    """Collects what documents look like, block by block."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._num_zeros = 0  # bits by which documents are sampled
        self._tail = np.empty(0, np.int32)  # pieces of the unfinished document
        self._open = _new_signatures(1)[0]
        self._open_pieces = 0
        self._open_label = 0

    def add(
        self,
        ids: np.ndarray,
        lengths: np.ndarray,
        *,
        begins: np.ndarray,
        labels: np.ndarray,
    ) -> None:
        """Adds the sentences of a block.

        Args:
          ids: int32 [pieces].
          lengths: int64 [sentences], pieces of each.
          begins: bool [sentences], the ones that begin a document.
          labels: int64 [documents that begin], ascending: their names.
        """
        if not len(lengths):
            return
        offsets = np.cumsum(lengths) - lengths
        cuts = offsets[begins]
        if begins[0]:
            self._close()
            self._open_label, *labels = labels.tolist()
        else:
            # Of the document that goes on: with the last pieces before, so
            # that no run is lost.
            num_tail = len(self._tail)
            ids = np.concatenate([self._tail, ids])
            cuts = np.concatenate([[0], cuts + num_tail])
            self._open_pieces -= num_tail
            labels = labels.tolist()
        starts = np.append(cuts, len(ids)).astype(np.int64)
        signatures = _new_signatures(len(starts) - 1)
        signatures[0] = self._open
        _sign(ids, starts, signatures)
        sizes = np.diff(starts)
        sizes[0] += self._open_pieces
        for size, signature, next_label in zip(
            sizes[:-1].tolist(), signatures[:-1], labels, strict=True
        ):
            self._keep(size, signature)
            self._open_label = next_label
        self._open = signatures[-1].copy()
        self._open_pieces = int(sizes[-1])
        self._tail = ids[starts[-2] :][1 - _RUN :].copy()

    def find(self) -> NearDuplicates:
        """Returns the near-duplicates; nothing can be added any more."""
        self._close()
        labels = np.array(self._kept.labels, np.int64)
        if not len(labels):
            return NearDuplicates(0.0, 0, False, np.empty((0, 2), np.int64))
        signatures = self._kept.finish()
        for first in range(0, len(signatures), _ROWS_AT_ONCE):
            _densify(signatures[first : first + _ROWS_AT_ONCE])
        pairs = labels[_similar_pairs(signatures)]
        share = len(_distinct([pairs[:, 0]])) / len(labels)
        return NearDuplicates(share, len(labels), bool(self._num_zeros), pairs)

    def _close(self) -> None:
        """Ends the unfinished document."""
        if self._open_pieces:
            self._keep(self._open_pieces, self._open)
        self._open = _new_signatures(1)[0]
        self._open_pieces = 0
        self._tail = np.empty(0, np.int32)

    def _keep(self, num_pieces: int, signature: np.ndarray) -> None:
        if num_pieces < MIN_PIECES or not self._is_sampled(signature):
            return
        self._kept.append(self._open_label, signature)
        while len(self._kept.labels) > _MAX_DOCUMENTS:
            self._num_zeros += 1
            kept = _Kept()
            for label, one in zip(
                self._kept.labels, self._kept.finish(), strict=True
            ):
                if self._is_sampled(one):
                    kept.append(label, one)
            self._kept = kept

    def _is_sampled(self, signature: np.ndarray) -> bool:
        if not self._num_zeros:
            return True
        # Its lowest hash, which most near-duplicates share.
        value = int(signature.min()) * int(_MULTIPLIER) & (1 << 64) - 1
        return value >> (64 - self._num_zeros) == 0


def _new_signatures(count: int) -> np.ndarray:
    return np.full((count, _NUM_BUCKETS), _EMPTY, np.uint32)


def _densify(signatures: np.ndarray) -> None:
    """Fills empty buckets from the next one that is not (Shrivastava, 2014)."""
    for _ in range(_NUM_BUCKETS):
        is_empty = signatures == _EMPTY
        if not is_empty.any():
            break
        borrowed = np.roll(signatures, -1, axis=1)
        is_empty &= borrowed != _EMPTY
        signatures[is_empty] = borrowed[is_empty] + _STEP


def _similar_pairs(signatures: np.ndarray) -> np.ndarray:
    """Returns [later, earlier] rows that agree in enough buckets."""
    found = [np.empty(0, np.int64)]
    for first in range(0, _NUM_BUCKETS, _BAND):
        band = signatures[:, first : first + _BAND]
        order = np.lexsort((np.arange(len(band)), *band.T))
        is_same = (band[order[1:]] == band[order[:-1]]).all(axis=1)
        # Each with the one before it in its group.
        later, earlier = order[1:][is_same], order[:-1][is_same]
        shares = (signatures[later] == signatures[earlier]).mean(axis=1)
        pairs = later * len(signatures) + earlier
        found.append(pairs[shares >= SAME_SHARE])
    return np.stack(divmod(_distinct(found), len(signatures)), axis=1)

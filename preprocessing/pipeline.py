"""In which order records are seen, and how they are put into batches.

The order is a pure function of (seed, batch index) (DESIGN 2.4), so that a
run can be resumed at any batch without replaying the ones before. Records of
like length share a batch: padding is work for nothing.
"""

from __future__ import annotations

import numpy as np

# Batches whose records are sorted by length among themselves. Large enough
# for nearly no padding, small enough that an epoch's order stays random.
_POOL_BATCHES = 64
_RECORDS, _BATCHES = 0, 1  # what is permuted, in random seeds
_LENGTH_STEP = 4  # lengths are rounded up: fewer shapes, aligned rows


class BatchPlan:
    """Which records make up batch i of a run without end.

    The epochs' random orders follow each other in one stream of records,
    which is cut into batches of equal size: every record once an epoch, and
    int(records * epochs / batch_size) batches in so many epochs, which is the
    originals' number of steps. What an epoch leaves over, less than a batch,
    opens the first batches of the next.

    Args:
      lengths: pieces of each record, int32 [records].
      batch_size: records in a batch.
      seed: of the order.
      group_by_length: put records of like length together.
    """

    def __init__(
        self,
        lengths: np.ndarray,
        *,
        batch_size: int,
        seed: int,
        group_by_length: bool = True,
    ) -> None:
        if len(lengths) == 0 or batch_size < 1:
            raise ValueError(
                f"got {len(lengths)} records in batches of {batch_size}, "
                "expected at least 1 of each"
            )
        self._lengths = lengths
        self._batch_size = batch_size
        self._seed = seed
        self._group_by_length = group_by_length
        self._latest: tuple[int, list[np.ndarray]] = (-1, [])

    def indices(self, batch_index: int) -> np.ndarray:
        """Returns the records of one batch of the run, int [batch_size]."""
        last_record = (batch_index + 1) * self._batch_size - 1
        epoch = last_record // len(self._lengths)
        if self._latest[0] != epoch:
            self._latest = (epoch, self._batches_of(epoch))
        return self._latest[1][batch_index - self.batches_before(epoch)]

    def batches_before(self, epoch: int) -> int:
        """Returns the number of batches that end before an epoch does."""
        return epoch * len(self._lengths) // self._batch_size

    def _batches_of(self, epoch: int) -> list[np.ndarray]:
        """Returns the batches whose last record is of this epoch."""
        size = self._batch_size
        records = self._stream(
            self.batches_before(epoch) * size,
            self.batches_before(epoch + 1) * size,
        )
        if not self._group_by_length:
            return _cut(records, size)
        batches = []
        for pool in _cut(records, _POOL_BATCHES * size):
            by_length = np.argsort(self._lengths[pool], kind="stable")
            batches += _cut(pool[by_length], size)
        order = self._random(epoch, _BATCHES).permutation(len(batches))
        return [batches[i] for i in order]

    def _stream(self, start: int, end: int) -> np.ndarray:
        """Returns positions start to end of the epochs' orders in a row."""
        count = len(self._lengths)
        parts = [
            self._random(epoch, _RECORDS).permutation(count)[
                max(start - epoch * count, 0) : end - epoch * count
            ]
            for epoch in range(start // count, -(-end // count))
        ]
        return np.concatenate(parts)

    def _random(self, epoch: int, what: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([self._seed, epoch, what]))


class BufferedPlan:
    """The originals' order: repeat, then shuffle(buffer_size), then batch.

    A record leaves a buffer that the file's next one enters. With 100 records
    a file that is sorted by label stays nearly sorted (originals.md 9.3, C1):
    for reproducing published runs only. Reading on is cheap, so a resumed run
    starts the stream again.

    Args:
      num_records: of the file.
      batch_size: records in a batch.
      seed: of the draws.
      buffer_size: records to draw from.
    """

    def __init__(
        self,
        num_records: int,
        *,
        batch_size: int,
        seed: int,
        buffer_size: int,
    ) -> None:
        if num_records < 1 or batch_size < 1 or buffer_size < 1:
            raise ValueError(
                f"got {num_records} records in batches of {batch_size}, a "
                f"buffer of {buffer_size}; expected at least 1 of each"
            )
        self._num_records = num_records
        self._batch_size = batch_size
        self._seed = seed
        self._buffer_size = buffer_size
        self._restart()

    def _restart(self) -> None:
        self._random = np.random.Generator(np.random.PCG64(self._seed))
        self._buffer = [i % self._num_records for i in range(self._buffer_size)]
        self._next = self._buffer_size
        self._num_batches = 0  # drawn so far

    def indices(self, batch_index: int) -> np.ndarray:
        """Returns the records of one batch of the run, int [batch_size]."""
        if batch_index < self._num_batches:
            self._restart()
        while True:
            batch = self._draw_batch()
            if self._num_batches > batch_index:
                return batch

    def _draw_batch(self) -> np.ndarray:
        places = self._random.integers(self._buffer_size, size=self._batch_size)
        drawn = []
        for place in places:
            drawn.append(self._buffer[place])
            self._buffer[place] = self._next % self._num_records
            self._next += 1
        self._num_batches += 1
        return np.array(drawn)


def _cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    return [order[i : i + size] for i in range(0, len(order), size)]


def padded_length(longest: int, *, maximum: int) -> int:
    """Returns a batch's padded length: a multiple of 4, at most `maximum`."""
    rounded = -(-longest // _LENGTH_STEP) * _LENGTH_STEP
    return min(rounded, maximum)


def batches_by_tokens(lengths: np.ndarray, tokens: int) -> list[np.ndarray]:
    """Cuts records into batches of about equal work, longest first.

    For prediction, where the order does not matter: the longest first means
    that a lack of memory shows at once.

    Args:
      lengths: pieces of each record.
      tokens: padded pieces that a batch may hold; one record always fits.
    """
    order = np.argsort(-lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        width = padded_length(int(lengths[order[start]]), maximum=1 << 30)
        size = max(1, tokens // max(width, 1))
        batches.append(order[start : start + size])
        start += size
    return batches

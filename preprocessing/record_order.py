"""In which order the records of files are read again and again.

A pure function of (seed, position) (DESIGN 2.4), so that a run goes on at any
batch. In an epoch the files are permuted and their records lie one after the
other; this row is cut into blocks at fixed places, and the records of a block
are permuted. So files are read from front to back, and a block is all that is
held in memory. The epochs follow each other without end; batches are cut from
that as `pipeline.BatchPlan` does: every record once an epoch, and a batch may
hold records of two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

# 10 MB of records of 128 pieces. create_pretraining_data.py has shuffled the
# records over all its files, so that what lies far apart need not meet here.
BLOCK_RECORDS = 8192
_FILES, _RECORDS = 0, 1  # what is permuted, in random seeds
_SEEDS = 1 << 64  # numpy takes none below 0


class OrderedBlock(NamedTuple):
    """Records that lie one after the other, and their order.

    Attributes:
      epoch: from 0.
      start: place of the first one among the epoch's records as they lie.
      records: int64 [n]: the index of each in the set, as they lie.
      order: int64 [n]: which of them comes when.
    """

    epoch: int
    start: int
    records: np.ndarray
    order: np.ndarray


class RecordOrder:
    """The order of the records of files.

    Args:
      counts: records of each file; a record's index in the set counts through
        the files in this order.
      seed: any int.
      shuffle: False = files and records as they come, in every epoch.
      block_records: records of a block; the last one of an epoch is shorter.

    Attributes:
      num_records: of an epoch.
    """

    def __init__(
        self,
        counts: Sequence[int],
        *,
        seed: int,
        shuffle: bool = True,
        block_records: int = BLOCK_RECORDS,
    ) -> None:
        self._counts = np.array(counts, np.int64)
        self._starts = np.cumsum(self._counts) - self._counts
        self._seed = seed % _SEEDS
        self._shuffle = shuffle
        self._block_records = block_records
        self.num_records = int(self._counts.sum())
        if self.num_records < 1 or block_records < 1:
            raise ValueError(
                f"got {self.num_records} records in blocks of {block_records}, "
                "expected at least 1 of each"
            )

    def files(self, epoch: int) -> np.ndarray:
        """Returns the files in the order they are read: int [files]."""
        if not self._shuffle:
            return np.arange(len(self._counts))
        return self._random(_FILES, epoch).permutation(len(self._counts))

    def blocks(self, position: int) -> Iterator[tuple[OrderedBlock, int]]:
        """Yields blocks without end, from a position among all records seen.

        Args:
          position: records that come before, those of earlier epochs too.

        Yields:
          A block, and how many of its records come before the position.
        """
        epoch, place = divmod(position, self.num_records)
        number, passed = divmod(place, self._block_records)
        while True:
            for block in self._epoch(epoch, number):
                yield block, passed
                passed = 0
            epoch, number = epoch + 1, 0

    def _epoch(self, epoch: int, number: int) -> Iterator[OrderedBlock]:
        """Yields the blocks of an epoch from the given one on."""
        files = self.files(epoch)
        ends = np.cumsum(self._counts[files])  # in the order they are read
        step = self._block_records
        for start in range(number * step, self.num_records, step):
            places = np.arange(start, min(start + step, self.num_records))
            which = np.searchsorted(ends, places, side="right")
            # Where each one's file starts in the set, less where it lies.
            shifts = self._starts[files] - (ends - self._counts[files])
            records = places + shifts[which]
            order = np.arange(len(places))
            if self._shuffle:
                random = self._random(_RECORDS, epoch, start // step)
                order = random.permutation(len(places))
            yield OrderedBlock(epoch, start, records, order)

    def _random(self, *what: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([self._seed, *what]))

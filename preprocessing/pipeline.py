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
_LENGTH_STEP = 8  # lengths are rounded up: few shapes, aligned rows


class BatchPlan:
    """Which records make up batch i of a run without end.

    An epoch holds every record once; one of its batches may be short.

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

    @property
    def batches_per_epoch(self) -> int:
        """Returns the number of batches, the short one included."""
        return -(-len(self._lengths) // self._batch_size)

    def indices(self, batch_index: int) -> np.ndarray:
        """Returns the records of one batch of the run."""
        epoch, position = divmod(batch_index, self.batches_per_epoch)
        if self._latest[0] != epoch:
            self._latest = (epoch, self._epoch(epoch))
        return self._latest[1][position]

    def _epoch(self, epoch: int) -> list[np.ndarray]:
        random = np.random.Generator(np.random.PCG64([self._seed, epoch]))
        order = random.permutation(len(self._lengths))
        size = self._batch_size
        if not self._group_by_length:
            return _cut(order, size)
        # The short batch is drawn before sorting: else it would hold the
        # longest records of every epoch.
        whole = len(order) - len(order) % size
        batches = []
        for start in range(0, whole, _POOL_BATCHES * size):
            members = order[start : min(start + _POOL_BATCHES * size, whole)]
            by_length = np.argsort(self._lengths[members], kind="stable")
            batches += _cut(members[by_length], size)
        if whole < len(order):
            batches.append(order[whole:])
        return [batches[i] for i in random.permutation(len(batches))]


def _cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    return [order[i : i + size] for i in range(0, len(order), size)]


def padded_length(longest: int, *, maximum: int) -> int:
    """Returns a batch's padded length: a multiple of 8, at most `maximum`."""
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

"""(seed, epoch, record) -> the seed of a record's own random numbers."""

from __future__ import annotations

import numpy as np

_RECORD_BITS, _EPOCH_BITS, _SEED_BITS = 64, 32, 64
_WORD_BITS = 32
_EPOCH_WORD = _RECORD_BITS // _WORD_BITS  # of `record_seed`


def record_seed(seed: int, epoch: int, record: int) -> int:
    """Returns the seed of the masks of a record in an epoch.

    They are drawn from `random.Random(record_seed(seed, epoch, record))`. No
    two records, and no two epochs, have the same.

    Args:
      seed: any int; those that differ by 2**64 are one.
      epoch: from 0.
      record: its index in its set, from 0.
    """
    parts = (
        (record, _RECORD_BITS),
        (epoch, _EPOCH_BITS),
        (seed % (1 << _SEED_BITS), _SEED_BITS),
        (1, 1),  # so that there are always as many words
    )
    whole = shift = 0
    for value, bits in parts:
        if not 0 <= value < 1 << bits:
            raise ValueError(f"got {value}, expected at most {bits} bits")
        whole |= value << shift
        shift += bits
    return whole


def record_seeds(
    records: np.ndarray,
    epoch: int | np.ndarray,
    *,
    seed: int,
    num_rows: int,
) -> np.ndarray:
    """Returns the seeds of many records, in words of 32 bits.

    Args:
      records: int [B].
      epoch: of all of them, or int [B].
      seed: any int.
      num_rows: B.

    Returns:
      uint32 [B, words], the lowest first.

    Raises:
      ValueError: another number of records; a record or an epoch below 0.
    """
    records = np.asarray(records)
    epochs = np.broadcast_to(np.asarray(epoch), num_rows)
    if (
        records.shape != (num_rows,)
        or not _within(records, (1 << 63) - 1)
        or not _within(epochs, (1 << _EPOCH_BITS) - 1)
    ):
        raise ValueError(
            f"got records {records.shape} for {num_rows} rows, expected one "
            "for each; or got a record or an epoch below 0"
        )
    common = record_seed(seed, 0, 0)
    num_words = -(-common.bit_length() // _WORD_BITS)
    words = np.frombuffer(common.to_bytes(4 * num_words, "little"), "<u4")
    keys = np.tile(words.astype(np.uint32), (num_rows, 1))
    keys[:, 0] = records & 0xFFFFFFFF
    keys[:, 1] = records >> _WORD_BITS
    keys[:, _EPOCH_WORD] = epochs
    return keys


def _within(values: np.ndarray, limit: int) -> bool:
    return not len(values) or bool(values.min() >= 0 and values.max() <= limit)

"""Seeds of dropout masks: a pure function of where a run stands."""

from __future__ import annotations

import numpy as np

_MIX = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, splitmix64's increment
_MASK = (1 << 64) - 1


def dropout_seed(
    seed: int, *, batch: int, micro_batch: int = 0, replica: int = 0
) -> np.ndarray:
    """Returns the seed of one forward pass's masks, int32 [2].

    Args:
      seed: of the run.
      batch: index of the update's batch, from the start of the run.
      micro_batch: index within the update.
      replica: index of the device.
    """
    state = seed & _MASK
    for value in (batch, micro_batch, replica):
        state = _splitmix(state ^ _splitmix(value & _MASK))
    words = np.array([state & 0x7FFFFFFF, (state >> 32) & 0x7FFFFFFF])
    return words.astype(np.int32)


def _splitmix(value: int) -> int:
    """Returns splitmix64's output for a state; mixes all 64 bits."""
    value = (value + _MIX) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)

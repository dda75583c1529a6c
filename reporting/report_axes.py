"""A range of values to an axis: round ends, round marks, places on paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 5.0, 10.0)  # times a power of ten


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` on a line from `start` to `end`.

    Attributes:
      low: value at the start.
      high: value at the end.
      step: between two marks.
      start: in the picture's units; beyond `end` for an axis that goes up.
      end: likewise.
    """

    low: float
    high: float
    step: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Returns where a value is, rounded to a hundredth."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def marks(self) -> list[float]:
        """Returns the round values on it, from low to high."""
        count = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]

    def text(self, value: float) -> str:
        """Returns a mark's value with as many digits as the step needs."""
        digits = max(0, -math.floor(math.log10(self.step) + 1e-9))
        if value >= 10_000:
            return f"{value / 1000:g}k"
        return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def axis(
    values: Sequence[float],
    *,
    start: float,
    end: float,
    num_steps: int = 4,
    least: float = 1e-6,
) -> Axis:
    """Returns an axis that holds all values.

    Args:
      values: one or more, finite.
      start: where the low end is.
      end: where the high end is.
      num_steps: about so many steps.
      least: the range is not smaller.
    """
    low, high = min(values), max(values)
    missing = least - (high - low)
    if missing > 0:
        low, high = low - missing / 2, high + missing / 2
    step = _round_step((high - low) / num_steps)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return Axis(first * step, last * step, step, start, end)


def _round_step(width: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(width))
    return next(s * power for s in _STEPS if s * power >= width * (1 - 1e-9))

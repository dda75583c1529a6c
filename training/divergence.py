"""The losses of a run, one by one, to whether it has diverged.

The originals train on until a person looks. The rule here is ours
(docs/fidelity.md), made to be silent over a million healthy updates.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

# All were chosen by simulation (tests/training/test_divergence.py): of
# single losses that scatter by 0.3 to 0.6, as those of 8 to 32 records do.
WINDOW = 20  # updates: shorter sees noise, longer sees divergence late
LEAST_RISE = 1.0  # nats; a healthy run drifts by 0.2
STANDARD_ERRORS = 13.0  # lowest to highest of 1e7 updates is 10, drift aside

FIRST_RISE = 5.0  # nats above the very first loss, which is a single one

_HIGHEST = 1e9  # of a loss that is averaged: sums of squares stay finite
_SCATTER_OVER = 100  # updates whose differences say how losses scatter


@dataclasses.dataclass(frozen=True, kw_only=True)
class Divergence:
    """An update at which a run was found to have diverged.

    Attributes:
      step: updates applied, this one included.
      loss: of this update.
      smoothed: mean loss of the latest updates; that of this one alone where
        it is not finite.
      floor: lowest smoothed loss so far; the very first loss before there
        was one, infinite before that.
      limit: smoothed loss above which a run has diverged.
      rule: what was broken, in words.
      last_good_step: updates applied when the weights could still be trusted.
    """

    step: int
    loss: float
    smoothed: float
    floor: float
    limit: float
    rule: str
    last_good_step: int


class DivergenceMonitor:
    """Decides after each update whether the run has diverged.

    The smoothed loss is the mean over the last 20 updates, the floor the
    lowest smoothed loss so far. A run has diverged

    - at once where a loss or gradient is not finite, or
    - where the smoothed loss is above the floor by more than 1.0 and by more
      than 13 standard errors of such a mean.

    The standard error is s / sqrt(20). s is how much single losses scatter,
    from the differences of neighbours (a loss that falls fast scatters no
    more than one that rests), over the last 100 or so before the floor: what
    comes after it cannot raise the limit. The first smoothed loss is compared
    with the first loss of all, which it may exceed by 5.0.

    A smoothed loss lags behind the weights. A step is the last good one if
    the window that begins with it stayed below half of the way from floor to
    limit, which it may end long before a run that is given up.

    Each phase of a run has a monitor of its own: longer records or a new
    schedule may raise the loss for good reason. Updates that float16 skips
    for overflow are not added.

    Args:
      state: of a monitor before, from `state()`; None = of none. The monitor
        goes on as if it had never been put away.
    """

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        state = state or {}
        self._losses: list[float] = list(state.get("losses", ()))
        self._num_differences: int = state.get("num_differences", 0)
        self._variance: float = state.get("variance", 0.0)
        floor: float | None = state.get("floor")
        self._floor = math.inf if floor is None else floor
        self._rise: float = state.get("rise", FIRST_RISE)
        self._last_good_step: int | None = state.get("last_good_step")

    def state(self) -> dict[str, Any]:
        """Returns what JSON can keep of the monitor, to the last bit."""
        return {
            "losses": list(self._losses),
            "num_differences": self._num_differences,
            "variance": self._variance,
            # JSON has no infinity.
            "floor": self._floor if self._losses else None,
            "rise": self._rise,
            "last_good_step": self._last_good_step,
        }

    def add(
        self, step: int, loss: float, *, finite: bool = True
    ) -> Divergence | None:
        """Takes the loss of an update; returns what is wrong, if it is.

        Args:
          step: updates applied, this one included.
          loss: of the batch, before the update.
          finite: whether all else is, as the norm of the gradient.
        """
        if self._last_good_step is None:
            self._last_good_step = step - 1  # the weights that it began with
        if not (finite and math.isfinite(loss)):
            return self._found(
                step,
                loss,
                smoothed=loss,
                rule="a loss or gradient is not finite",
            )
        self._take(loss)
        if len(self._losses) < WINDOW:
            return None
        smoothed = math.fsum(self._losses) / WINDOW
        rise = smoothed - self._floor
        is_first = self._num_differences == WINDOW - 1
        if rise < 0 or (is_first and rise <= self._rise):
            rise, self._floor = 0.0, smoothed
            error = math.sqrt(self._variance / WINDOW)
            self._rise = max(LEAST_RISE, STANDARD_ERRORS * error)
        if rise > self._rise:
            rule = (
                f"the mean loss of the last {WINDOW} updates is {rise:.2f} "
                f"above the lowest so far; allowed are {self._rise:.2f}"
            )
            return self._found(step, loss, smoothed=smoothed, rule=rule)
        if rise < self._rise / 2:
            self._last_good_step = max(self._last_good_step, step - WINDOW)
        return None

    def _take(self, loss: float) -> None:
        """Puts a loss into the window and into the scatter."""
        loss = min(loss, _HIGHEST)
        if not self._losses:
            self._floor = loss
        else:
            self._num_differences += 1
            weight = max(1 / self._num_differences, 1 / _SCATTER_OVER)
            # Half the squared difference of two draws has their variance as
            # its mean, wherever the mean of the draws is (von Neumann, 1941).
            square = (loss - self._losses[-1]) ** 2 / 2
            self._variance += weight * (square - self._variance)
        self._losses = [*self._losses, loss][-WINDOW:]

    def _found(
        self, step: int, loss: float, *, smoothed: float, rule: str
    ) -> Divergence:
        return Divergence(
            step=step,
            loss=loss,
            smoothed=smoothed,
            floor=self._floor,
            limit=self._floor + self._rise,
            rule=rule,
            last_good_step=self._last_good_step or 0,
        )

"""metrics.jsonl to what was logged over the steps of a run."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundation import files

_NAME = "metrics.jsonl"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Series:
    """One logged value over the steps.

    Attributes:
      steps: int64 [N], rising.
      values: float64 [N], finite.
      num_not_finite: values that were NaN or infinite and are left out.
    """

    steps: np.ndarray
    values: np.ndarray
    num_not_finite: int

    def __len__(self) -> int:
        """Returns how many values there are."""
        return len(self.steps)


@dataclass(frozen=True)
class Standing:
    """Where training stood at a step; None for what was not logged.

    Attributes:
      epoch: passes over the training data; 1.5 is one and a half.
      training_loss: mean of what was logged in the epoch that ends here.
      dev_loss: of the scoring at this very step.
    """

    epoch: float | None
    training_loss: float | None
    dev_loss: float | None


@dataclass(frozen=True)
class History:
    """All that was logged, by step.

    Attributes:
      rows: step -> name -> value, steps rising.
    """

    rows: Mapping[int, Mapping[str, float]]

    def series(self, name: str) -> Series:
        """Returns one value over the steps; empty when never logged."""
        logged = [(s, row[name]) for s, row in self.rows.items() if name in row]
        finite = [(s, v) for s, v in logged if math.isfinite(v)]
        return Series(
            np.array([step for step, _ in finite], np.int64),
            np.array([value for _, value in finite], np.float64),
            num_not_finite=len(logged) - len(finite),
        )

    def best(self, name: str) -> tuple[int, float] | None:
        """Returns step and value of the highest score, the first of equals.

        This is the checkpoint that training keeps as the best one.
        """
        series = self.series(name)
        if not len(series):
            return None
        index = int(series.values.argmax())
        return int(series.steps[index]), float(series.values[index])

    def epochs_at(self, steps: np.ndarray) -> np.ndarray | None:
        """Returns the epochs at steps, logged or not; None without any."""
        epochs = self.series("epoch")
        if not len(epochs) or epochs.steps[-1] <= 0:
            return None
        known = np.interp(
            steps,
            np.concatenate([[0], epochs.steps]),
            np.concatenate([[0.0], epochs.values]),
        )
        # The last updates of a run may come after its last log line.
        going_on = steps / epochs.steps[-1] * epochs.values[-1]
        result: np.ndarray = np.where(steps > epochs.steps[-1], going_on, known)
        return result

    def at(self, step: int) -> Standing:
        """Returns where training stood at a step."""
        epochs = self.epochs_at(np.array([step]))
        losses = self.series("loss")
        chosen = losses.steps <= step
        if epochs is not None:
            chosen &= self.epochs_at(losses.steps) > epochs[0] - 1.0
        return Standing(
            epoch=None if epochs is None else float(epochs[0]),
            training_loss=float(losses.values[chosen].mean())
            if chosen.any()
            else None,
            dev_loss=self.rows.get(step, {}).get("dev_loss"),
        )


def read_history(output_dir: str) -> History:
    """Reads metrics.jsonl of a run, one that was resumed or is going on too.

    Args:
      output_dir: of the run. Without metrics.jsonl the history is empty.
    """
    path = files.join(output_dir, _NAME)
    if not files.exists(path):
        return History({})
    rows: dict[int, dict[str, float]] = {}
    unreadable = []
    with files.open_file(path) as file:
        for number, line in enumerate(file, 1):
            row = _read_row(line)
            if row is None:
                unreadable.append(number)
                continue
            step = int(row.pop("step"))
            rows.setdefault(step, {}).update(row)
    _report_unreadable(path, unreadable)
    return History({step: rows[step] for step in sorted(rows)})


def _read_row(line: str) -> dict[str, float] | None:
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError:
        return None
    if not isinstance(row, dict) or not isinstance(row.get("step"), int):
        return None
    return {name: value for name, value in row.items() if _is_number(value)}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _report_unreadable(path: str, numbers: Sequence[int]) -> None:
    if numbers:  # a run that is killed leaves half a line at its end
        _log.warning(
            "%s: %d lines are no JSON objects with a step and are left out, "
            "the first is line %d",
            path,
            len(numbers),
            numbers[0],
        )

"""What a run must remember beside its weights, and what must not change."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from foundation.errors import InputError


@dataclasses.dataclass(frozen=True, kw_only=True)
class ResumeState:
    """What a run must remember beside its weights and slots.

    Attributes:
      global_step: updates applied.
      batches_seen: updates tried; one skipped for overflow counts here only.
      seed: of the run.
      loss_scale: of float16; 1 otherwise.
      good_steps: updates since the loss scale last changed.
      best_score: highest score on dev so far.
      best_step: global_step that had it.
      evaluations_since_best: for the patience.
      finished: training has ended, by its length or its patience.
      phase: index of the phase of pretraining that the run is in.
      phase_start_batch: batches seen when it began: its order starts there.
      monitor: of the divergence monitor.
      options: what must not change when the run is resumed.
      bundle_sha256: of index and data file.
    """

    global_step: int = 0
    batches_seen: int = 0
    seed: int = 0
    loss_scale: float = 1.0
    good_steps: int = 0
    best_score: float | None = None
    best_step: int | None = None
    evaluations_since_best: int = 0
    finished: bool = False
    phase: int = 0
    phase_start_batch: int = 0
    monitor: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    bundle_sha256: str = ""


def check_same_options(
    state: ResumeState, options: Mapping[str, Any], *, folder: str
) -> None:
    """Raises InputError when an option that must not change has changed."""
    for name, value in options.items():
        before = state.options.get(name, value)
        if before != value:
            raise InputError(
                f"{name} differs from the run in the output folder",
                got=value,
                expected=before,
                next_step="use the same value to resume, another "
                "--output_dir, or --overwrite_output_dir to start again",
                path=folder,
            )

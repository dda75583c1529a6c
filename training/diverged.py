"""What becomes of a run that has diverged."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
from collections.abc import Mapping

from foundation import files
from foundation.errors import InputError
from training.background_saving import BackgroundSaver
from training.checkpoints import CheckpointFolder

FILE_NAME = "diverged.json"


@dataclasses.dataclass(frozen=True, kw_only=True)
class UpdateFacts:
    """An update that went wrong.

    Attributes:
      step: updates applied before it.
      values: loss, gradient norm, learning rate.
      records: indices of its records in their set.
      rule: which rule it broke.
      last_good_step: step whose weights can be trusted.
    """

    step: int
    values: Mapping[str, float]
    records: list[int]
    rule: str
    last_good_step: int


class Diverged(Exception):  # noqa: N818 - a finding about the run
    """Training has diverged.

    Attributes:
      facts: about the update at which it was noticed.
    """

    def __init__(self, facts: UpdateFacts) -> None:
        super().__init__(facts.rule)
        self.facts = facts


def give_up(
    folder: CheckpointFolder, facts: UpdateFacts, saver: BackgroundSaver | None
) -> InputError:
    """Goes back to the last good checkpoint; returns what to say.

    Args:
      folder: of the run; receives diverged.json.
      facts: about the update that went wrong.
      saver: None in a process that writes nothing.
    """
    path = files.join(folder.folder, FILE_NAME)
    good: int | None = None
    if saver is not None:
        with contextlib.suppress(OSError, InputError):
            saver.wait()
        good = folder.go_back_to(facts.last_good_step)
        told = {
            **dataclasses.asdict(facts),
            # JSON has no numbers for what is not finite.
            "values": {
                name: value if math.isfinite(value) else str(value)
                for name, value in facts.values.items()
            },
            "last_good_checkpoint": good,
        }
        with files.write_atomically(path) as file:
            file.write(json.dumps(told, indent=1, allow_nan=False) + "\n")
    slower = "lower --learning_rate or raise --num_warmup_steps"
    return InputError(
        f"training diverged at step {facts.step + 1}: {facts.rule}",
        got=", ".join(f"{k} {v:.6g}" for k, v in facts.values.items()),
        expected="a loss that falls",
        next_step=f"{slower}, and start again with --overwrite_output_dir; no "
        "good checkpoint was saved"
        if good is None
        else f"{slower}, and add --new_phase to go on from the last good "
        f"checkpoint, {folder.prefix(good)}",
        path=path,
    )

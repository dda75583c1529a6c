"""The learning rate as a function of the step, as the originals have it."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class WarmupPolynomialDecay:
    """Linear warm-up, then polynomial decay to 0 over all steps.

    The decay is not shifted by the warm-up: at its end the rate jumps from
    `learning_rate` to `learning_rate * (1 - warmup / total)`, as in
    google-research/bert `optimization.py`.

    Attributes:
      learning_rate: the highest rate.
      num_train_steps: updates of the whole run.
      num_warmup_steps: updates of the warm-up.
      power: of the decay; 1 is linear.
      start_warmup_step: where the warm-up begins; the rate is 0 before
        (google-research/albert `optimization.py`, where it is negative).
    """

    learning_rate: float
    num_train_steps: int
    num_warmup_steps: int = 0
    power: float = 1.0
    start_warmup_step: int = 0

    def rate_of_update(self, updates_applied: int) -> float:
        """Returns the rate of the next update.

        The original's graph reads global_step after its increment: the first
        update has the rate of step 1, not 0, and the last one the rate of
        `num_train_steps`, 0. Its recorded trajectories (golden/bert_tiny and
        albert_tiny) are met this way only.
        """
        return self(updates_applied + 1)

    def __call__(self, step: int) -> float:
        """Returns the rate at a value of global_step."""
        warming = step - self.start_warmup_step
        if warming < self.num_warmup_steps:
            return self.learning_rate * (
                max(warming, 0) / self.num_warmup_steps
            )
        done = min(step, self.num_train_steps) / self.num_train_steps
        return float(self.learning_rate * (1.0 - done) ** self.power)

"""The training loop: batches in order, updates, log lines, a progress bar.

Orbit's controller drives it in short pieces (DESIGN 2.6); saving and
evaluating happen between them, in `training.finetuning`.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from typing import Protocol

import numpy as np
import orbit
import tensorflow as tf
import tqdm
from absl import logging

from foundation.errors import InputError
from training.batch_source import BatchSource
from training.interruption import SignalGuard
from training.metrics_log import MetricsLog
from training.random_numbers import dropout_seed
from training.replicated_step import ReplicatedStep
from training.resume_state import ResumeState
from training.schedules import WarmupPolynomialDecay
from training.step import StepInputs, StepResult, TrainingStep

_PIECE_SECONDS = 5.0  # of one call into Orbit; signals wait no longer
_MAX_LOSS_SCALE = 2.0**24
_GROW_SCALE_AFTER = 1000  # updates without overflow before doubling


class Trainer(orbit.AbstractTrainer):
    """Applies updates; keeps the two counters and the loss scale.

    Args:
      step: compiled update, of one device or several.
      source: the records.
      schedule: of the learning rate.
      state: where the run stands.
      log: receives one entry every `log_every` updates.
    """

    stops_itself = False

    def __init__(
        self,
        step: TrainingStep | ReplicatedStep,
        source: BatchSource,
        schedule: WarmupPolynomialDecay,
        *,
        state: ResumeState,
        log: MetricsLog,
        log_every: int,
        scales_loss: bool,
    ) -> None:
        self._step = step
        self._source = source
        self._plan = source.plan()
        self._schedule = schedule
        self._log = log
        self._log_every = log_every
        self._scales_loss = scales_loss
        self.global_step = tf.Variable(state.global_step, dtype=tf.int64)
        self.batches_seen = state.batches_seen
        self.loss_scale = state.loss_scale
        self.good_steps = state.good_steps
        self.skipped_steps = state.batches_seen - state.global_step
        self.tokens = 0  # real pieces trained on by this process
        self.seconds_per_step = 0.0
        self._since_log = (time.perf_counter(), state.global_step, 0)

    def train(self, num_steps: tf.Tensor) -> None:
        """Applies `num_steps` updates; called by Orbit."""
        end = int(self.global_step) + int(num_steps)
        while (step := int(self.global_step)) < end:
            began = time.perf_counter()
            result = self._update(step)
            seconds = time.perf_counter() - began
            # A running mean; the first step holds the compilation.
            weight = 0.1 if self.seconds_per_step else 1.0
            self.seconds_per_step += weight * (seconds - self.seconds_per_step)
            if self._count(result):
                self.global_step.assign_add(1)
                if (step + 1) % self._log_every == 0:
                    self._write_log(step + 1, result)

    def _update(self, step: int) -> StepResult:
        micro = self._source.options.gradient_accumulation_steps
        batches, seeds = [], []
        for index in range(micro):
            records = self._plan.indices(self.batches_seen * micro + index)
            parts = np.split(records, self._step.num_replicas)
            for replica, part in enumerate(parts):
                batch = self._source.padded(part)
                self.tokens += int(batch["input_mask"].sum())
                batches.append({k: tf.constant(v) for k, v in batch.items()})
                seed = dropout_seed(
                    self._source.seed,
                    batch=self.batches_seen,
                    micro_batch=index,
                    replica=replica,
                )
                seeds.append(tf.constant(seed))
        rate = self._schedule.rate_of_update(step)
        return self._step(
            batches,
            seeds,
            StepInputs(
                tf.constant(rate, tf.float32),
                tf.constant(step, tf.int64),
                tf.constant(self.loss_scale, tf.float32),
            ),
        )

    def _count(self, result: StepResult) -> bool:
        """Notes a batch as seen; returns whether it led to an update."""
        self.batches_seen += 1
        finite = bool(result.finite)
        if not self._scales_loss:
            if not finite:
                raise _diverged(int(self.global_step))
            return True
        if finite:
            self.good_steps += 1
            if self.good_steps >= _GROW_SCALE_AFTER:
                self.loss_scale = min(self.loss_scale * 2, _MAX_LOSS_SCALE)
                self.good_steps = 0
            return True
        self.skipped_steps += 1
        self.good_steps = 0
        self.loss_scale /= 2
        if self.loss_scale < 1e-4:
            raise _diverged(int(self.global_step))
        return False

    def _write_log(self, step: int, result: StepResult) -> None:
        now = time.perf_counter()
        before, step_before, tokens_before = self._since_log
        seconds = max(now - before, 1e-9)
        values = {
            "loss": float(result.loss),
            "learning_rate": self._schedule.rate_of_update(step - 1),
            "gradient_norm": float(result.gradient_norm),
            "steps_per_second": (step - step_before) / seconds,
            "tokens_per_second": (self.tokens - tokens_before) / seconds,
            "epoch": self.batches_seen * self._source.updates_to_epochs(),
        }
        if self._scales_loss:
            values["loss_scale"] = self.loss_scale
            values["skipped_steps"] = self.skipped_steps
        self._log.write(step, values)
        self._since_log = (now, step, self.tokens)


class LoopTrainer(Protocol):
    """What a loop must know of a trainer of Orbit's.

    Attributes:
      global_step: updates applied.
      tokens: real pieces trained on by this process.
      seconds_per_step: running mean.
      stops_itself: see `TrainingLoop`.
    """

    global_step: tf.Variable
    tokens: int
    seconds_per_step: float
    stops_itself: bool


def _diverged(step: int) -> InputError:
    return InputError(
        "training diverged",
        got=f"a gradient that is not finite after step {step}",
        expected="a finite gradient",
        next_step="lower --learning_rate or raise --warmup_proportion; the "
        "last checkpoint is sound",
    )


class Stopped(Exception):  # noqa: N818 - a request, not an error
    """The processes of a run agreed to stop after an update."""


class TrainingLoop:
    """Drives a trainer from where it stands to a step, in short pieces.

    Args:
      trainer: applies the updates; one that `stops_itself` is not stopped
        between pieces, but raises Stopped after an update.
      num_train_steps: of the whole run, for the bar.
      guard: knows whether a signal asks to stop.
    """

    def __init__(
        self, trainer: LoopTrainer, *, num_train_steps: int, guard: SignalGuard
    ) -> None:
        self._trainer = trainer
        self._guard = guard
        self._controller = orbit.Controller(
            global_step=trainer.global_step,
            trainer=trainer,
            steps_per_loop=lambda _: self._piece,
        )
        self._piece = 1
        self._bar = tqdm.tqdm(
            total=num_train_steps,
            initial=int(trainer.global_step),
            desc="training",
            unit="step",
            disable=None,  # quiet when not a terminal
            file=sys.stderr,
        )
        self._started = time.perf_counter()

    def run_until(self, step: int) -> bool:
        """Trains to `step`; returns False when a signal came before it."""
        trainer = self._trainer
        while (now := int(trainer.global_step)) < step:
            if self._guard.received is not None and not trainer.stops_itself:
                return False
            seconds = trainer.seconds_per_step
            piece = int(_PIECE_SECONDS / seconds) if seconds else 1
            end = min(now + max(1, piece), step)
            try:
                self._train_to(end)
            except Stopped:
                return False
            finally:
                self._show(int(trainer.global_step) - now)
        return True

    def _show(self, num_steps: int) -> None:
        elapsed = time.perf_counter() - self._started
        rate = self._trainer.tokens / elapsed
        self._bar.set_postfix_str(f"{rate:,.0f} tokens/s", refresh=False)
        self._bar.update(num_steps)

    def _train_to(self, step: int) -> None:
        self._piece = step - int(self._trainer.global_step)
        # Orbit prints and logs a line a piece; the bar and metrics.jsonl say
        # more.
        verbosity = logging.get_verbosity()
        logging.set_verbosity(logging.WARNING)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                self._controller.train(step)
        finally:
            logging.set_verbosity(verbosity)

    def close(self) -> None:
        """Leaves the bar as it stands."""
        self._bar.close()

"""Applies updates of pretraining, counts them, logs them, watches the loss."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orbit
import tensorflow as tf

from preprocessing.prediction_room import Batch, without_unused_room
from training.cost import Clock
from training.diverged import Diverged, UpdateFacts
from training.divergence import Divergence, DivergenceMonitor
from training.loop import Stopped
from training.pretraining_step import PretrainingStep
from training.random_numbers import dropout_seed
from training.replicas import Replicas
from training.resume_state import ResumeState
from training.step_values import StepInputs, StepResult

_MAX_LOSS_SCALE = 2.0**24
_MIN_LOSS_SCALE = 1e-4
_GROW_SCALE_AFTER = 1000  # updates without overflow before doubling
_LOSSES = ("masked_lm_loss", "masked_lm_accuracy")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainerOptions:
    """How updates are made and logged.

    Attributes:
      seed: of dropout.
      micro_batches: of an update.
      records_per_update: over all micro-batches and replicas.
      log_every: updates between two log lines.
      scales_loss: whether the precision is float16.
      sentence_task: its name; "" = none.
      static_shapes: whether batches keep unused room for predictions.
      look_every: updates between two looks at their results.
      rate_of_update: updates applied -> learning rate.
    """

    seed: int
    micro_batches: int
    records_per_update: int
    log_every: int
    scales_loss: bool
    sentence_task: str
    static_shapes: bool
    look_every: int
    rate_of_update: Callable[[int], float]


class PretrainingTrainer(orbit.AbstractTrainer):
    """Applies updates; keeps the two counters and the loss scale.

    Args:
      step: compiled update.
      batches: micro-batches, from where the run stands.
      replicas: the devices.
      options: how updates are made and logged.
      state: where the run stands.
      log: called with a step and its values, every `log_every` updates.
      asked_to_stop: whether a signal came.
    """

    stops_itself = True

    def __init__(
        self,
        step: PretrainingStep,
        batches: Iterator[Batch],
        replicas: Replicas,
        *,
        options: TrainerOptions,
        state: ResumeState,
        log: Callable[[int, Mapping[str, float]], None],
        asked_to_stop: Callable[[], bool],
    ) -> None:
        self._step = step
        self._batches = batches
        self._replicas = replicas
        self._options = options
        self._log = log
        self._asked_to_stop = asked_to_stop
        self.global_step = tf.Variable(state.global_step, dtype=tf.int64)
        self.batches_seen = state.batches_seen
        self.loss_scale = state.loss_scale
        self.good_steps = state.good_steps
        self.monitor = DivergenceMonitor(state.monitor or None)
        self.tokens = 0
        self.clock = Clock()
        self.seconds_per_step = 0.0
        self._applied = state.global_step
        self._unseen: list[tuple[int, StepResult, list[int]]] = []
        self._logged: list[dict[str, float]] = []
        self._since_log = (time.perf_counter(), 0)

    def train(self, num_steps: tf.Tensor) -> None:
        """Applies `num_steps` updates; called by Orbit.

        Raises:
          Stopped: a process of the run was asked to stop.
          Diverged: the loss or the gradient is not finite, or the loss rose.
        """
        end = self._applied + int(num_steps)
        while self._applied < end:
            began = time.perf_counter()
            self._update()
            done = self._applied
            if len(self._unseen) >= self._look_every() or done in (
                end,
                self._next_log(done),
            ):
                self._look()
            self.clock.tick(self._applied)  # the first one ends compilation
            # For the length of the next piece alone.
            self.seconds_per_step = time.perf_counter() - began
        self.global_step.assign(self._applied)

    def _look_every(self) -> int:
        return 1 if self._options.scales_loss else self._options.look_every

    def _next_log(self, step: int) -> int:
        every = self._options.log_every
        return -(-step // every) * every

    def _update(self) -> None:
        """Dispatches one update and takes it for applied."""
        options = self._options
        micro = options.micro_batches
        batches = [dict(next(self._batches)) for _ in range(micro)]
        records = [int(r) for b in batches for r in b.pop("records")]
        if not options.static_shapes:
            batches = without_unused_room(batches)
        seeds = [
            self._replicas.of_each(
                lambda replica, index=index: dropout_seed(
                    options.seed,
                    batch=self.batches_seen,
                    micro_batch=index,
                    replica=replica,
                )
            )
            for index in range(micro)
        ]
        self.tokens += sum(int(b["input_mask"].sum()) for b in batches)
        predictions = sum(float(b["masked_lm_weights"].sum()) for b in batches)
        rate = options.rate_of_update(self._applied)
        result = self._step(
            batches,
            seeds,
            StepInputs(
                learning_rate=_float(rate),
                step=tf.constant(self._applied, tf.int64),
                loss_scale=_float(self.loss_scale),
                predictions=_float(predictions),
                rows=_float(options.records_per_update),
                stop=_float(self._asked_to_stop()),
            ),
        )
        self._unseen.append((self._applied, result, records))
        self.batches_seen += 1
        self._applied += 1

    def _look(self) -> None:
        """Waits for the results of the latest updates and acts on them."""
        latest, self._unseen = self._unseen, []
        stop = False
        for step, result, records in latest:
            values = self._values(step, result)
            stop |= float(result.stop) > 0
            if not float(result.applied):
                self._skip(step, values, records)
                continue
            self._keep_scale()
            self._watch(step, values, records)
            self._logged.append(values)
            if (step + 1) % self._options.log_every == 0:
                self._write_log(step + 1)
        if stop:
            self.global_step.assign(self._applied)
            raise Stopped

    def _values(self, step: int, result: StepResult) -> dict[str, float]:
        values = {name: float(getattr(result, name)) for name in _LOSSES}
        loss = values["masked_lm_loss"]
        if task := self._options.sentence_task:
            values[f"{task}_loss"] = float(result.sentence_loss)
            values[f"{task}_accuracy"] = float(result.sentence_accuracy)
            loss += values[f"{task}_loss"]
        return {
            "loss": loss,
            **values,
            "learning_rate": self._options.rate_of_update(step),
            "gradient_norm": float(result.gradient_norm),
        }

    def _skip(
        self, step: int, values: dict[str, float], records: list[int]
    ) -> None:
        """Takes an update back that was not applied: it overflowed."""
        if self._options.scales_loss:
            self.loss_scale /= 2
            self.good_steps = 0
            if self.loss_scale >= _MIN_LOSS_SCALE:
                self._applied -= 1
                return
        found = self.monitor.add(step + 1, values["loss"], finite=False)
        self._diverged(found, values, records)

    def _keep_scale(self) -> None:
        if not self._options.scales_loss:
            return
        self.good_steps += 1
        if self.good_steps >= _GROW_SCALE_AFTER:
            self.loss_scale = min(self.loss_scale * 2, _MAX_LOSS_SCALE)
            self.good_steps = 0

    def _watch(
        self, step: int, values: dict[str, float], records: list[int]
    ) -> None:
        found = self.monitor.add(step + 1, values["loss"])
        if found is not None:
            self._diverged(found, values, records)

    def _diverged(
        self, found: Divergence, values: dict[str, float], records: list[int]
    ) -> None:
        self.global_step.assign(found.step - 1)
        raise Diverged(
            UpdateFacts(
                step=found.step - 1,
                # Copied: TensorFlow wraps what a Module's attributes hold.
                values=dict(values),
                records=list(records),
                rule=found.rule,
                last_good_step=found.last_good_step,
            )
        )

    def _write_log(self, step: int) -> None:
        """Logs means over the updates since the last line."""
        now = time.perf_counter()
        before, tokens_before = self._since_log
        seconds = max(now - before, 1e-9)
        rows, self._logged = self._logged, []
        values: dict[str, Any] = {
            name: sum(row[name] for row in rows) / len(rows) for name in rows[0]
        }
        values["learning_rate"] = rows[-1]["learning_rate"]
        values["steps_per_second"] = len(rows) / seconds
        values["tokens_per_second"] = (self.tokens - tokens_before) / seconds
        if self._options.scales_loss:
            values["loss_scale"] = self.loss_scale
            values["skipped_steps"] = self.batches_seen - self._applied
        self._log(step, values)
        self._since_log = (now, self.tokens)


def _float(value: float) -> tf.Tensor:
    return tf.constant(value, tf.float32)

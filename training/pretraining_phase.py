"""One phase of pretraining: from where it stands to its last update.

Decides when to log, to evaluate and to save; the trainer in between only
applies updates.
"""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Callable, Mapping

import tensorflow as tf
from absl import logging

from training import cost, peak
from training.background_saving import BackgroundSaver
from training.interruption import Interrupted, SignalGuard
from training.loop import TrainingLoop
from training.metrics_log import MetricsLog
from training.pretraining_options import Phase, PretrainingOptions
from training.pretraining_trainer import PretrainingTrainer
from training.resume_state import ResumeState
from training.slow_precision import warn_if_slower

_COST_AFTER = 20  # updates: the first ones hold the compilation


@dataclasses.dataclass(frozen=True, kw_only=True)
class PhaseRun:
    """What a phase needs of the run that it is part of.

    Attributes:
      options: of the run.
      phase: that is run.
      first_step: updates before it.
      make_trainer: of a log function and a question whether to stop.
      evaluate: scores the model as it is; None = no evaluation in between.
      tensors: what a checkpoint holds, by name, without global_step.
      saver: writes checkpoints; None in a process that writes nothing.
      num_devices: that share the work.
      log: None in a process that writes nothing.
      keep_best: copies a step's checkpoint to model.ckpt-best.
    """

    options: PretrainingOptions
    phase: Phase
    first_step: int
    make_trainer: Callable[..., PretrainingTrainer]
    evaluate: Callable[[], dict[str, float]] | None
    tensors: Mapping[str, tf.Variable]
    saver: BackgroundSaver | None
    log: MetricsLog | None
    num_devices: int
    keep_best: Callable[[int], None]


class PhaseSession:
    """Runs a phase.

    Args:
      run: what it needs.
      state: where the run stands, in this phase.
      guard: knows whether a signal asks to stop.
    """

    def __init__(
        self, run: PhaseRun, state: ResumeState, guard: SignalGuard
    ) -> None:
        self._run = run
        self._state = state
        self._guard = guard
        self._last_step = run.first_step + run.phase.num_train_steps
        self._trainer = run.make_trainer(
            self._write_log, lambda: guard.received is not None
        )
        self._costs = tuple(
            phase_facts(phase, run.options) for phase in run.options.phases
        )
        self._cost_due = state.global_step + _COST_AFTER
        self._first_batch = state.batches_seen
        self._peak = self._measure_peak()

    def train(self) -> ResumeState:
        """Trains to the phase's end; returns where the run stands then.

        Raises:
          Interrupted: by a signal, after a checkpoint was saved.
          Diverged: training cannot go on.
        """
        loop = TrainingLoop(
            self._trainer,
            num_train_steps=self._run.options.num_train_steps,
            guard=self._guard,
        )
        try:
            if self._trainer.global_step == 0:
                self._evaluate()
            while (step := self._step) < self._last_step:
                due = self._next_due(step)
                reached = loop.run_until(due)
                # What is due at a step is done before stopping at it: a
                # resumed run does not come back to it.
                saved = self._step == due and self._act()
                if not reached:
                    if not saved:
                        self._save()
                    self._wait()
                    # Without a signal of its own, another worker had one.
                    raise Interrupted(self._guard.received or signal.SIGTERM)
            self._wait()
        finally:
            loop.close()
            if self._run.log is not None:
                self._run.log.flush()
        return self._state

    def _next_due(self, step: int) -> int:
        """Returns the next step at which something is due."""
        saving = self._run.options.saving
        periods = [saving.save_checkpoints_steps]
        if self._run.evaluate:
            periods.append(saving.eval_every_steps)
        due = [(step // p + 1) * p for p in periods if p > 0]
        due += [self._cost_due] if self._cost_due > step else []
        return min([*due, self._last_step])

    @property
    def _step(self) -> int:
        return int(self._trainer.global_step)

    def _act(self) -> bool:
        """Evaluates and saves what is due at this step; returns if it saved."""
        step, saving = self._step, self._run.options.saving
        if step == self._cost_due and self._run.log is not None:
            logging.info("%s", cost.describe_cost(self._cost(step)))
        last = step == self._last_step
        every = saving.eval_every_steps
        evaluated = last or (every > 0 and step % every == 0)
        if evaluated:
            self._evaluate()
        saves = evaluated or step % saving.save_checkpoints_steps == 0
        if saves:
            self._save()
        return saves

    def _evaluate(self) -> None:
        """Scores the held-out records, and notes whether they are the best."""
        if self._run.evaluate is None:
            return
        step, self._scores = self._step, self._run.evaluate()
        logging.info(
            "Step %d, evaluation: %s",
            step,
            ", ".join(f"{k} {v:.4f}" for k, v in self._scores.items()),
        )
        if self._run.log is not None:
            self._run.log.write(
                step, {f"eval_{k}": v for k, v in self._scores.items()}
            )
        if self._run.options.keep_best and step > 0:
            self._note_best(step, self._scores["masked_lm_accuracy"])

    def _note_best(self, step: int, accuracy: float) -> None:
        best = self._state.best_score
        if best is None or accuracy > best:
            self._state = dataclasses.replace(
                self._state, best_score=accuracy, best_step=step
            )

    def _save(self) -> None:
        trainer, step = self._trainer, self._step
        is_new_best = self._state.best_step == step
        self._state = dataclasses.replace(
            self._state,
            global_step=step,
            batches_seen=trainer.batches_seen,
            loss_scale=trainer.loss_scale,
            good_steps=trainer.good_steps,
            monitor=trainer.monitor.state(),
            finished=step == self._run.options.num_train_steps,
        )
        if self._run.saver is None:
            return
        if self._run.log is not None:
            self._run.log.flush()
        self._run.saver.save(
            {**self._run.tensors, "global_step": trainer.global_step},
            self._state,
            then=lambda: self._run.keep_best(step) if is_new_best else None,
        )

    def _wait(self) -> None:
        if self._run.saver is not None:
            self._run.saver.wait()

    def _write_log(self, step: int, values: Mapping[str, float]) -> None:
        if self._run.log is None:
            return
        inputs = self._run.phase.inputs
        more = {
            "epoch": (
                self._trainer.batches_seen - self._state.phase_start_batch
            )
            * inputs.records_per_update
            / inputs.records.num_records,
            "seconds_left": self._cost(step).seconds_left,
        }
        if self._peak:
            flops = self._costs[self._state.phase].step_flops
            rate = flops * values["steps_per_second"]
            more["share_of_peak"] = rate / self._peak
        self._run.log.write(step, {**values, **more})

    def _cost(self, step: int) -> cost.CostFacts:
        trainer = self._trainer
        phase = self._costs[self._state.phase]
        seen = trainer.batches_seen - self._first_batch
        pieces = seen * phase.records_per_update * phase.max_seq_length
        return cost.CostFacts(
            phases=self._costs,
            phase=self._state.phase,
            step=step,
            seconds_per_step=trainer.clock.seconds_per_step,
            real_share=trainer.tokens / max(pieces, 1),
        )

    def _measure_peak(self) -> float:
        if self._run.log is None or self._run.options.devices.tpu_name:
            return 0.0
        options = self._run.options
        warn_if_slower(options.model.precision)
        one = peak.measure_peak(options.model.precision)
        # Two devices that a CPU is split into are one.
        shared = options.devices.logical_cpus > 1
        return one if shared else one * self._run.num_devices


def phase_facts(phase: Phase, options: PretrainingOptions) -> cost.PhaseFacts:
    """Returns how much there is to do in a phase."""
    inputs = phase.inputs
    flops = cost.step_flops(
        options.model.config,
        batch_size=inputs.records_per_update,
        seq_length=inputs.max_seq_length,
        predictions=inputs.max_predictions_per_seq,
        with_sentence=bool(options.sentence_task),
    )
    return cost.PhaseFacts(
        num_train_steps=phase.num_train_steps,
        records_per_update=inputs.records_per_update,
        num_records=inputs.records.num_records,
        max_seq_length=inputs.max_seq_length,
        step_flops=flops,
    )

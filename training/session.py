"""The training of one run between its start and its end.

Decides when to log, to save, to evaluate and to stop; the loop in between
only applies updates.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import tensorflow as tf
from absl import logging

from inference.model import TaskModel
from training.batch_source import BatchSource
from training.checkpoints import CheckpointFolder
from training.interruption import Interrupted, SignalGuard
from training.loop import Trainer, TrainingLoop
from training.metrics_log import MetricsLog
from training.optimizers import Optimizer
from training.options import FineTuningOptions
from training.replicas import Replicas
from training.replicated_step import make_step
from training.resume_state import ResumeState
from training.schedules import WarmupPolynomialDecay
from training.step import TrainingFunctions

Scores = dict[str, float]


class TrainingSession:
    """Trains from a state to the end.

    Args:
      model: what is trained.
      optimizer: of the weights that train.
      source: the records and their order.
      options: of the run.
      state: where the run stands.
      num_train_steps: updates of the whole run.
      replicas: in whose scope model and optimizer were made; None = one
        device.
    """

    def __init__(
        self,
        model: TaskModel,
        optimizer: Optimizer,
        source: BatchSource,
        *,
        options: FineTuningOptions,
        state: ResumeState,
        num_train_steps: int,
        replicas: Replicas | None = None,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._options = options
        self._replicas = replicas or Replicas()
        # A finished run that is given more epochs goes on.
        self._state = dataclasses.replace(state, finished=False)
        self._total = num_train_steps
        self._log = MetricsLog(options.output_dir, from_step=state.global_step)
        self._updates_per_epoch = 1.0 / source.updates_to_epochs()
        self._trainer = self._make_trainer(source)

    @property
    def step(self) -> int:
        """Returns the number of updates applied."""
        return int(self._trainer.global_step)

    def run(
        self,
        folder: CheckpointFolder,
        *,
        score_dev: Callable[[], Scores] | None,
    ) -> ResumeState:
        """Trains to the end, or until the patience is used up.

        Args:
          folder: receives the checkpoints.
          score_dev: scores the model as it is on dev; None = no evaluation.

        Raises:
          Interrupted: by a signal, after a checkpoint was saved.
        """
        eval_every = self._eval_every() if score_dev else 0
        periods = [self._options.saving.save_checkpoints_steps, eval_every]
        with SignalGuard() as guard:
            loop = TrainingLoop(
                self._trainer, num_train_steps=self._total, guard=guard
            )
            try:
                while not self._state.finished:
                    due = _next_due(self.step, periods, self._total)
                    if not loop.run_until(due):
                        self._save(folder)
                        raise Interrupted(guard.received or 0)
                    last = due >= self._total
                    scores_due = eval_every and (last or due % eval_every == 0)
                    if score_dev and scores_due:
                        last |= self._is_enough(score_dev())
                    self._state = dataclasses.replace(
                        self._state, finished=last
                    )
                    self._save(folder)
                    # What is due at a step is done before stopping at it: a
                    # resumed run does not come back to it.
                    if guard.received is not None:
                        raise Interrupted(guard.received)
            finally:
                loop.close()
                self._log.flush()
        return self._state

    def _make_trainer(self, source: BatchSource) -> Trainer:
        options, total = self._options, self._total
        micro_batches = options.batches.gradient_accumulation_steps
        warmup = options.schedule.warmup_of(total)
        logging.info(
            "***** Running training *****\n  Num examples = %d\n  Batch size"
            " = %d x %d\n  Num steps = %d, %d of them warm-up\n  Seed = %d",
            source.table.num_groups,
            options.batches.train_batch_size,
            micro_batches,
            total,
            warmup,
            source.seed,
        )
        return Trainer(
            make_step(
                self._functions(), self._replicas, micro_batches=micro_batches
            ),
            source,
            WarmupPolynomialDecay(
                options.schedule.learning_rate, total, warmup
            ),
            state=self._state,
            log=self._log,
            log_every=options.saving.log_every_steps,
            scales_loss=options.model.precision == "float16",
        )

    def _functions(self) -> TrainingFunctions:
        model, task = self._model, self._model.task
        return TrainingFunctions(
            loss=model.loss,
            sums_loss=task.sums_loss,
            scales_loss=self._options.model.precision == "float16",
            variables=list(self._optimizer.variables.values()),
            optimizer=self._optimizer,
            specs={s.name: s.dtype for s in task.feature_specs},
        )

    def _eval_every(self) -> int:
        saving = self._options.saving
        if saving.eval_every_steps:
            return saving.eval_every_steps
        updates = saving.eval_every_epochs * self._updates_per_epoch
        return max(1, round(updates)) if updates else 0

    def _is_enough(self, scores: Scores) -> bool:
        """Notes the scores on dev; returns whether the patience is used up."""
        step, name = self.step, self._model.task.headline
        self._log.write(step, {f"dev_{k}": v for k, v in scores.items()})
        best = self._state.best_score
        better = best is None or scores[name] > best
        logging.info(
            "Step %d: dev %s = %.4f%s",
            step,
            name,
            scores[name],
            " (best so far)" if better else "",
        )
        if better:
            self._state = dataclasses.replace(
                self._state,
                best_score=float(scores[name]),
                best_step=step,
                evaluations_since_best=0,
            )
            return False
        waited = self._state.evaluations_since_best + 1
        self._state = dataclasses.replace(
            self._state, evaluations_since_best=waited
        )
        patience = self._options.saving.patience
        if not patience or waited < patience:
            return False
        logging.info("%d evaluations without a better score: stop.", waited)
        return True

    def _save(self, folder: CheckpointFolder) -> None:
        trainer = self._trainer
        self._state = dataclasses.replace(
            self._state,
            global_step=self.step,
            batches_seen=trainer.batches_seen,
            loss_scale=trainer.loss_scale,
            good_steps=trainer.good_steps,
        )
        tensors: dict[str, tf.Tensor] = {
            **self._model.variables,
            **self._optimizer.slots,
            "global_step": trainer.global_step,
        }
        self._log.flush()
        folder.save(tensors, self._state)


def _next_due(step: int, periods: Sequence[int], total: int) -> int:
    """Returns the next step at which something is due."""
    due = [(step // p + 1) * p for p in periods if p > 0]
    return min([*due, total])

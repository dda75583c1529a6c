"""Fine-tunes a model on a task: restore or initialise, train, keep the best.

The same call again goes on where the output folder stands.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from absl import logging

from inference import trained_weights
from inference.forward import Forward
from inference.model import TaskModel
from modeling.weights import matching, tf1
from tasks.task import Split, Task
from training import devices, initial_weights, parameter_groups
from training.batch_source import BatchSource
from training.checkpoints import CheckpointFolder
from training.fixed_options import fixed_options
from training.optimizers import Optimizer
from training.options import FineTuningOptions, num_updates
from training.replicas import Replicas
from training.replicated_forward import forward_on
from training.resume_state import ResumeState, check_same_options
from training.session import TrainingSession
from training.slow_precision import warn_if_slower


class FineTuning:
    """One run: a model, a task, an output folder.

    Args:
      task: what to learn.
      options: of the run; `seed` is the seed of a fresh run, one that
        is resumed keeps its own.
      replicas: the devices; None = one.

    Attributes:
      model: with its weights as they are.
      run_batch: computes its logits on all devices; None = on one.
    """

    def __init__(
        self,
        task: Task,
        options: FineTuningOptions,
        replicas: Replicas | None = None,
    ) -> None:
        self.task = task
        self._options = options
        self._replicas = replicas or Replicas()
        parameter_groups.check(options.transfer, options.model.config)
        self._folder = CheckpointFolder(
            options.output_dir, keep=options.saving.keep_checkpoint_max
        )
        found = self._folder.latest()
        self._prefix, self._state = found or (None, None)
        # A run of the original that is taken over has no seed of ours.
        is_ours = self._state is not None and bool(self._state.options)
        self.seed = self._state.seed if is_ours else options.seed
        with self._replicas.scope():
            self.model = TaskModel(
                options.model.config,
                task,
                gelu_form=options.model.gelu_form,
                seed=self.seed,
                dtype=options.model.precision,
            )
        self.run_batch = forward_on(self.model, self._replicas)
        self._forward = Forward(
            self.model, per_piece=not task.uses_pooler, run=self.run_batch
        )
        self.step = 0  # of the weights that the model holds; 0 = none yet

    def train(self, split: Split, dev: Split | None) -> None:
        """Trains to the end, from wherever the output folder stands.

        Where that is the end already, the best weights are loaded.

        Args:
          split: what to learn from.
          dev: what decides which checkpoint is best; None = the last one.

        Raises:
          InputError: the replicas cannot share a batch equally.
          Interrupted: by a signal, after a checkpoint was saved.
        """
        self._replicas.check_batch_size(
            self._options.batches.train_batch_size, flag="--train_batch_size"
        )
        self._folder.clean()
        total = self._num_train_steps(split)
        state = self._find_state(split)
        self.task.save_labels(self._options.output_dir)
        if self._is_complete(state, total):
            logging.info(
                "Training is already complete: step %d of %d in %s. Raise "
                "--num_train_epochs (or --patience) to go on, or start again "
                "with --overwrite_output_dir.",
                state.global_step,
                total,
                self._options.output_dir,
            )
            self.load_best()
            return
        warn_if_slower(self._options.model.precision)
        optimizer = self._make_optimizer()
        self._load_start(optimizer)
        session = TrainingSession(
            self.model,
            optimizer,
            BatchSource(split.table, self._options.batches, self.seed),
            options=self._options,
            state=state,
            num_train_steps=total,
            replicas=self._replicas,
        )
        self._state = session.run(
            self._folder,
            score_dev=None if dev is None else lambda: self.score(dev),
        )
        self.step = session.step

    def already_trained(self, split: Split) -> bool:
        """Returns whether the output folder holds the whole training."""
        return self._state is not None and self._is_complete(
            self._state, self._num_train_steps(split)
        )

    def best_on_dev(self) -> dict[str, Any] | None:
        """Returns the best score on dev and its step, where dev was scored."""
        state = self._state
        if state is None or state.best_step is None:
            return None
        return {"score": state.best_score, "step": state.best_step}

    def load_best(self) -> int:
        """Puts the best checkpoint's weights into the model.

        Returns:
          Its step: the best one on dev, the last one where none was scored.

        Raises:
          InputError: there is no fine-tuned model, or it was trained with
            another vocabulary or label scheme.
        """
        state = self._state
        if state is None:
            self.step = trained_weights.load_fine_tuned(
                self._options.model.init_checkpoint,
                self.model,
                output_dir=self._options.output_dir,
            )
            return self.step
        check_same_options(
            state,
            self._options.input_options,
            folder=self._options.output_dir,
        )
        step = state.global_step
        if state.best_step is not None:
            step = state.best_step
        if self.step != step:
            bundle = tf1.Tf1Bundle(self._folder.prefix(step))
            matching.load(
                bundle,
                self.model.variables,
                optional=trained_weights.not_needed(self.model),
            )
            self.step = step
        return step

    def logits(self, split: Split) -> list[np.ndarray]:
        """Returns the model's logits for each row of a split."""
        batches = self._options.batches
        return self._forward.logits(
            split.table,
            max_seq_length=batches.max_seq_length,
            batch_size=batches.eval_batch_size
            if split.name == "dev"
            else batches.predict_batch_size,
            what=f"predicting {split.name}",
        )

    def _is_complete(self, state: ResumeState, num_train_steps: int) -> bool:
        # Long enough, or out of patience; more epochs, or more patience, go
        # on.
        patience = self._options.saving.patience
        waited = state.evaluations_since_best
        stopped = state.finished and 0 < patience <= waited
        return stopped or state.global_step >= num_train_steps

    def score(self, split: Split) -> dict[str, float]:
        """Returns the task's scores of the model as it is."""
        return self.task.score(self.predict(split))

    def predict(self, split: Split) -> Any:
        """Returns the task's predictions by the model as it is."""
        return self.task.join(
            self.model.predict(part, self.logits(part))
            for part in split.parts()
        )

    def _num_train_steps(self, split: Split) -> int:
        return num_updates(
            split.table.num_groups,
            self._options.batches,
            self._options.schedule,
        )

    def _find_state(self, split: Split) -> ResumeState:
        """Returns where the run stands; reads no weights.

        Raises:
          InputError: an option differs that must not change.
        """
        options = fixed_options(self._options, split)
        if self._state is None:
            scale = devices.initial_loss_scale(self._options.model.precision)
            return ResumeState(
                seed=self.seed, options=options, loss_scale=scale
            )
        check_same_options(
            self._state, options, folder=self._options.output_dir
        )
        self._state = self._folder.without_lost_best(self._state)
        return dataclasses.replace(self._state, seed=self.seed, options=options)

    def _make_optimizer(self) -> Optimizer:
        """Returns an optimizer of all weights that train, at their rates."""
        config, transfer = self._options.model.config, self._options.transfer
        frozen = parameter_groups.frozen_parts(transfer.freeze, config)
        variables = dict(self.model.trainable)
        for name in parameter_groups.names_in(frozen, variables):
            del variables[name]
        if frozen:
            logging.info(
                "--freeze=%s: %d of %d tensors train.",
                transfer.freeze,
                len(variables),
                len(self.model.trainable),
            )
        highest = self._options.schedule.learning_rate
        rates = parameter_groups.rate_factors(
            variables, config, transfer=transfer, learning_rate=highest
        )
        line = parameter_groups.describe_rates(
            config, transfer=transfer, learning_rate=highest
        )
        if line:
            logging.info("%s", line)
        with self._replicas.scope():
            return Optimizer(variables, self._options.optimizer, rates=rates)

    def _load_start(self, optimizer: Optimizer) -> None:
        """Loads the newest checkpoint with its slots, or the first weights."""
        if self._state is None:
            transfer, model = self._options.transfer, self._options.model
            parts = parameter_groups.fresh_parts(
                transfer.reinit_layers, model.config
            )
            names = parameter_groups.names_in(parts, self.model.trainable)
            initial_weights.load_pretrained(
                model.init_checkpoint,
                self.model,
                fresh=names,
                appended_rows=model.appended_rows,
            )
            return
        bundle = tf1.Tf1Bundle(self._prefix)
        matching.load(bundle, self.model.variables)
        for name, variable in optimizer.slots.items():
            variable.assign(bundle.read(name))
        self.step = self._state.global_step
        logging.info(
            "Resuming from %s (seed %d).", self._prefix, self._state.seed
        )

"""Pretrains a BERT or an ALBERT: restore or initialise, train, evaluate, save.

The same call again goes on where the output folder stands.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Mapping

import tensorflow as tf
from absl import logging

from foundation import files
from foundation.errors import InputError
from modeling.pretraining import PretrainingModel
from modeling.weights import matching, tf1
from training import devices, diverged, pretraining_state
from training.background_saving import BackgroundSaver
from training.best_checkpoint import copy_best, restore_best
from training.checkpoints import CheckpointFolder
from training.interruption import SignalGuard
from training.metrics_log import MetricsLog
from training.optimizers import Optimizer
from training.pretraining_evaluation import Evaluation
from training.pretraining_inputs import needs_static_shapes, open_batches
from training.pretraining_options import (
    EvaluationOptions,
    PretrainingOptions,
)
from training.pretraining_phase import PhaseRun, PhaseSession
from training.pretraining_step import PretrainingStep, StepOptions
from training.pretraining_trainer import PretrainingTrainer, TrainerOptions
from training.pretraining_weights import load_initial, load_with_slots
from training.resume_state import ResumeState


class Pretraining:
    """One run: a model, records, an output folder.

    Args:
      options: of the run; `seed` is the seed of a fresh run, one that is
        resumed keeps its own.

    Attributes:
      is_chief: whether this process writes results.
      seed: of the run.
      step: updates applied to the weights that the model holds.
    """

    def __init__(self, options: PretrainingOptions) -> None:
        self._options = options
        self._replicas = devices.open_replicas(options.devices)
        self.is_chief = self._replicas.is_chief
        self._check_batch_sizes()
        self._folder = CheckpointFolder(
            options.output_dir, keep=options.saving.keep_checkpoint_max
        )
        self._prefix, self._state = self._folder.latest() or (None, None)
        is_ours = self._state is not None and bool(self._state.options)
        self.seed = self._state.seed if is_ours else options.seed
        with self._replicas.scope():
            self._model = PretrainingModel(
                options.model.config,
                gelu_form=options.model.gelu_form,
                with_sentence=bool(options.sentence_task),
                seed=self.seed,
                dtype=options.model.precision,
                recompute=options.devices.recompute,
            )
        self.step = 0
        self._evaluations: dict[int, Evaluation] = {}

    def train(self) -> bool:
        """Trains to the end, from wherever the output folder stands.

        Returns:
          False where that is the end already, and nothing was done.

        Raises:
          Interrupted: by a signal, after a checkpoint was saved.
          InputError: training diverged, or the run is of another kind than
            the one in the output folder.
        """
        options = self._options
        state = pretraining_state.find(self._state, options, seed=self.seed)
        if self.is_chief and options.keep_best and state.best_step:
            restore_best(options.output_dir, state.best_step)
        if state.global_step >= options.num_train_steps:
            return False
        with self._replicas.scope():
            optimizer = Optimizer(self._model.trainable, options.optimizer)
        self._load_start(optimizer)
        saver = log = None
        if self.is_chief:
            self._folder.clean()
            files.remove(files.join(options.output_dir, diverged.FILE_NAME))
            saver = BackgroundSaver(self._folder)
            log = MetricsLog(options.output_dir, from_step=state.global_step)
        with contextlib.ExitStack() as stack:
            guard = stack.enter_context(SignalGuard())
            if saver is not None:
                stack.callback(saver.close)
            self._state = self._run_phases(
                state, optimizer, guard=guard, saver=saver, log=log
            )
        self._replicas.meet()
        return True

    def evaluate(self) -> dict[str, float]:
        """Returns the scores of the newest checkpoint, its step included.

        Without one in the output folder, --init_checkpoint is scored.
        """
        if self._options.evaluation is None:
            raise ValueError("got no evaluation in the options")
        self._load_newest()
        scores = self._evaluation(self._options.evaluation).scores()
        return {**scores, "global_step": self.step}

    def _run_phases(
        self,
        state: ResumeState,
        optimizer: Optimizer,
        *,
        guard: SignalGuard,
        saver: BackgroundSaver | None,
        log: MetricsLog | None,
    ) -> ResumeState:
        first_step = 0
        for index, phase in enumerate(self._options.phases):
            end = first_step + phase.num_train_steps
            if state.global_step < end:
                state = self._enter(state, index, optimizer)
                run = PhaseRun(
                    options=self._options,
                    phase=phase,
                    first_step=first_step,
                    make_trainer=self._trainer_maker(state, optimizer),
                    evaluate=self._evaluate_between(),
                    tensors={**self._model.variables, **optimizer.slots},
                    saver=saver,
                    log=log,
                    num_devices=self._replicas.count,
                    keep_best=functools.partial(
                        copy_best, self._options.output_dir
                    ),
                )
                try:
                    state = PhaseSession(run, state, guard).train()
                except diverged.Diverged as error:
                    raise diverged.give_up(
                        self._folder, error.facts, saver
                    ) from error
                self.step = state.global_step
            first_step = end
        return state

    def _enter(
        self, state: ResumeState, index: int, optimizer: Optimizer
    ) -> ResumeState:
        """Returns the state at the start of a phase, or in the middle."""
        if state.phase == index:
            return state
        logging.info(
            "Phase %d begins at step %d.", index + 1, state.global_step
        )
        if self._options.phases[index].rates is not None:
            for slot in optimizer.slots.values():
                slot.assign(tf.zeros_like(slot))
        return dataclasses.replace(
            state,
            phase=index,
            phase_start_batch=state.batches_seen,
            monitor={},
        )

    def _trainer_maker(
        self, state: ResumeState, optimizer: Optimizer
    ) -> Callable[..., PretrainingTrainer]:
        """Returns what makes the trainer of the phase that the state is in."""
        inputs = self._options.phases[state.phase].inputs
        micro = inputs.gradient_accumulation_steps
        step = PretrainingStep(
            self._model,
            optimizer,
            self._replicas,
            options=StepOptions(
                micro_batches=micro,
                scales_loss=self._scales_loss,
                use_xla=self._options.devices.use_xla,
            ),
        )
        batches = open_batches(
            inputs,
            seed=self.seed,
            vocab_size=self._options.model.config.vocab_size,
        )
        first = (state.batches_seen - state.phase_start_batch) * micro

        def make(
            log: Callable[[int, Mapping[str, float]], None],
            asked_to_stop: Callable[[], bool],
        ) -> PretrainingTrainer:
            return PretrainingTrainer(
                step,
                batches.from_batch(first),
                self._replicas,
                options=self._trainer_options(state.phase),
                state=state,
                log=log,
                asked_to_stop=asked_to_stop,
            )

        return make

    @property
    def _scales_loss(self) -> bool:
        return self._options.model.precision == "float16"

    def _trainer_options(self, phase: int) -> TrainerOptions:
        options, inputs = self._options, self._options.phases[phase].inputs
        return TrainerOptions(
            seed=self.seed,
            micro_batches=inputs.gradient_accumulation_steps,
            records_per_update=inputs.records_per_update,
            log_every=options.saving.log_every_steps,
            scales_loss=self._scales_loss,
            sentence_task=options.sentence_task,
            static_shapes=needs_static_shapes(inputs, options.devices),
            look_every=options.devices.iterations_per_loop,
            rate_of_update=pretraining_state.rate_of_update(options, phase),
        )

    def _evaluate_between(self) -> Callable[[], dict[str, float]] | None:
        options = self._options
        if options.evaluation is None:
            return None
        # The originals' evaluation, of the records of training, comes after.
        if options.evaluation.wraps and not options.saving.eval_every_steps:
            return None
        return self._evaluation(options.evaluation).scores

    def _evaluation(self, options: EvaluationOptions) -> Evaluation:
        if id(options) not in self._evaluations:
            self._evaluations[id(options)] = Evaluation(
                self._model,
                self._replicas,
                options,
                sentence_task=self._options.sentence_task,
                seed=self.seed,
            )
        return self._evaluations[id(options)]

    def _load_start(self, optimizer: Optimizer) -> None:
        """Loads the newest checkpoint with its slots, or the first weights."""
        if self._prefix is None or self._state is None:
            load_initial(
                self._options.model.init_checkpoint,
                self._model,
                from_group0=self._options.init_from_group0,
            )
            return
        load_with_slots(self._prefix, self._model, optimizer)
        self.step = self._state.global_step
        logging.info("Resuming from %s (seed %d).", self._prefix, self.seed)

    def _load_newest(self) -> None:
        """Puts the newest checkpoint's weights into the model."""
        found = self._folder.latest()
        if found is None:
            self._model_from_init()
            return
        prefix, state = found
        if self.step != state.global_step or self.step == 0:
            matching.load(tf1.Tf1Bundle(prefix), self._model.variables)
            self.step = state.global_step

    def _model_from_init(self) -> None:
        path = self._options.model.init_checkpoint
        if path is None:
            raise InputError(
                "there is nothing to evaluate",
                got="no checkpoint in the output folder, no --init_checkpoint",
                expected="one of them",
                next_step="add --do_train, or name the model with "
                "--init_checkpoint",
                path=self._options.output_dir,
            )
        load_initial(path, self._model)

    def _check_batch_sizes(self) -> None:
        for phase in self._options.phases:
            self._replicas.check_batch_size(
                phase.inputs.batch_size, flag="--train_batch_size"
            )

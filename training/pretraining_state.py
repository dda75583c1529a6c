"""Where a pretraining run stands, what must not change, its learning rate."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from absl import logging

from training import devices
from training.pretraining_options import PretrainingOptions
from training.resume_state import ResumeState, check_same_options
from training.schedules import WarmupPolynomialDecay

# What may differ where a run goes on with --new_phase.
_OF_PHASE = (
    "rates",
    "training data",
    "max_seq_length",
    "max_predictions_per_seq",
    "train_batch_size",
    "gradient_accumulation_steps",
    "shuffle",
    "steps of earlier phases",
)


def find(
    state: ResumeState | None, options: PretrainingOptions, *, seed: int
) -> ResumeState:
    """Returns where a run stands before it goes on.

    Args:
      state: of the newest checkpoint; None = a fresh run.
      options: of the run.
      seed: of the run.

    Raises:
      InputError: an option differs that must not change.
    """
    fixed = fixed_options(options)
    if state is None:
        scale = devices.initial_loss_scale(options.model.precision)
        return ResumeState(seed=seed, options=fixed, loss_scale=scale)
    changed = [
        name
        for name in _OF_PHASE
        if state.options.get(name, fixed[name]) != fixed[name]
    ]
    compared = dict(fixed)
    if changed and options.new_phase:
        logging.info(
            "A new phase begins at step %d: other %s.",
            state.global_step,
            ", ".join(changed),
        )
        state = dataclasses.replace(
            state, phase_start_batch=state.batches_seen, monitor={}
        )
        compared = {k: v for k, v in fixed.items() if k not in _OF_PHASE}
    check_same_options(state, compared, folder=options.output_dir)
    return dataclasses.replace(state, seed=seed, options=fixed)


def fixed_options(options: PretrainingOptions) -> dict[str, Any]:
    """Returns what a resumed run must have in common with its start."""
    config = options.model.config
    inputs = [phase.inputs for phase in options.phases]
    return {
        "seed": options.seed,
        "training data": [i.records.fingerprint for i in inputs],
        "max_seq_length": [i.max_seq_length for i in inputs],
        "max_predictions_per_seq": [i.max_predictions_per_seq for i in inputs],
        "train_batch_size": [i.batch_size for i in inputs],
        "gradient_accumulation_steps": [
            i.gradient_accumulation_steps for i in inputs
        ],
        "shuffle": [i.shuffle for i in inputs],
        "rates": [
            None if phase.rates is None else dataclasses.asdict(phase.rates)
            for phase in options.phases
        ],
        # Of the last one they may be raised.
        "steps of earlier phases": [
            phase.num_train_steps for phase in options.phases[:-1]
        ],
        "objective": options.objective,
        "precision": options.model.precision,
        "hidden_dropout": config.hidden_dropout_prob,
        "attention_dropout": config.attention_probs_dropout_prob,
        "optimizer": dataclasses.asdict(options.optimizer),
        **options.input_options,
    }


def rate_of_update(
    options: PretrainingOptions, index: int
) -> Callable[[int], float]:
    """Returns the learning rate by updates applied, for a phase.

    A schedule reaches over the phases that follow it without one of their
    own.
    """
    phases = options.phases
    first = max(i for i in range(index + 1) if phases[i].rates is not None)
    following = [
        i for i in range(index + 1, len(phases)) if phases[i].rates is not None
    ]
    end = following[0] if following else len(phases)
    rates = phases[first].rates
    assert rates is not None
    schedule = WarmupPolynomialDecay(
        rates.learning_rate,
        sum(phase.num_train_steps for phase in phases[first:end]),
        rates.num_warmup_steps,
        rates.power,
        rates.start_warmup_step,
    )
    before = sum(phase.num_train_steps for phase in phases[:first])
    return lambda step: schedule.rate_of_update(step - before)

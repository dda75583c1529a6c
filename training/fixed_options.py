"""What must be the same when a run of fine-tuning goes on.

The devices are not among it: weights and slots are the same on any number of
them, and a run may go on where there are more or fewer.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from tasks.task import Split
from training import parameter_groups
from training.options import BatchOptions, FineTuningOptions, ScheduleOptions


def fixed_options(options: FineTuningOptions, split: Split) -> dict[str, Any]:
    """Returns what resuming compares, by the name that a message gives it."""
    batches, schedule = options.batches, options.schedule
    config = options.model.config
    return {
        "seed": options.seed,
        "training data": [dict(f)["sha256"] for f in split.files],
        "train_batch_size": batches.train_batch_size,
        "gradient_accumulation_steps": batches.gradient_accumulation_steps,
        "group_by_length": batches.group_by_length,
        "max_seq_length": batches.max_seq_length,
        "pad_to_max": batches.pad_to_max,
        "precision": options.model.precision,
        "hidden_dropout": config.hidden_dropout_prob,
        "attention_dropout": config.attention_probs_dropout_prob,
        "learning_rate": schedule.learning_rate,
        "warmup_proportion": schedule.warmup_proportion,
        **_fixed_if_given(batches, schedule),
        "optimizer": dataclasses.asdict(options.optimizer),
        **_fixed_transfer(options),
        **options.loss_options,
        **options.input_options,
    }


def _fixed_if_given(
    batches: BatchOptions, schedule: ScheduleOptions
) -> dict[str, Any]:
    """Returns options that runs of before did not know, where they are set."""
    given = {
        "warmup_step": schedule.num_warmup_steps,
        "shuffle_buffer": batches.shuffle_buffer,
    }
    return {name: value for name, value in given.items() if value is not None}


def _fixed_transfer(options: FineTuningOptions) -> dict[str, Any]:
    transfer = options.transfer
    # In one spelling: 0,1 and 0-1 are the same.
    frozen = parameter_groups.frozen_parts(
        transfer.freeze, options.model.config
    )
    return {
        **dataclasses.asdict(transfer),
        "freeze": ",".join(frozen) or "none",
    }

"""How weights are updated: batches, rate, length, optimizer constants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from absl import flags

from foundation.errors import InputError
from training.options import BatchOptions, OptimizerOptions, ScheduleOptions

_ORIGINAL_BUFFER = 100  # records, of every original's shuffle


def define(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    define_train_batches(fv, defaults=defaults)
    _define_other_batches(fv)
    define_rates(fv, defaults=defaults)
    define_optimizer(fv)


def define_rates(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares how fast and how long is trained."""
    flags.DEFINE_float(
        "learning_rate",
        defaults.get("learning_rate", 5e-5),
        "Highest learning rate.",
        lower_bound=0.0,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "num_train_epochs",
        defaults.get("num_train_epochs", 3.0),
        "Passes over the training data; may be a fraction.",
        lower_bound=0.0,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "warmup_proportion",
        defaults.get("warmup_proportion", 0.1),
        "Share of the updates in which the rate rises.",
        lower_bound=0.0,
        upper_bound=1.0,
        flag_values=fv,
    )


def define_train_batches(
    fv: flags.FlagValues, *, defaults: Mapping[str, Any]
) -> None:
    """Declares what makes up an update."""
    flags.DEFINE_integer(
        "train_batch_size",
        defaults.get("train_batch_size", 32),
        "Records of one batch.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "gradient_accumulation_steps",
        1,
        "Batches whose gradients make one update: 4 of 8 records are as good "
        "as one of 32.",
        lower_bound=1,
        flag_values=fv,
    )


def _define_other_batches(fv: flags.FlagValues) -> None:
    for what in ("eval", "predict"):
        flags.DEFINE_integer(
            f"{what}_batch_size",
            None,
            "Records of one batch. Not given: as many as make about 4,096 "
            "pieces. Results do not depend on it.",
            lower_bound=1,
            flag_values=fv,
        )
    flags.DEFINE_boolean(
        "group_by_length",
        True,
        "Batch records of like length, which saves most of the padding.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "pad_to_max",
        False,
        "Pad every row to --max_seq_length, as the originals did.",
        flag_values=fv,
    )


def define_optimizer(fv: flags.FlagValues) -> None:
    """Declares the optimizer's constants."""
    flags.DEFINE_float(
        "weight_decay",
        0.01,
        "Decay of weights other than layer norms and biases.",
        lower_bound=0.0,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "adam_epsilon",
        1e-6,
        "Added to the root of Adam's second moment.",
        lower_bound=0.0,
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "adam_bias_correction",
        False,
        "Correct Adam's moments for their start at 0, as PyTorch does; the "
        "originals do not.",
        flag_values=fv,
    )
    flags.DEFINE_float(
        "clip_norm",
        1.0,
        "Largest norm of the gradient; 0 = no clipping.",
        lower_bound=0.0,
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "clip_by",
        "global",
        ["global", "tensor"],
        "Norm over all weights together, or of each by itself.",
        flag_values=fv,
    )


def define_albert(fv: flags.FlagValues) -> None:
    """Declares ALBERT's ways to say how long and how to train."""
    flags.DEFINE_integer(
        "train_step",
        None,
        "Updates, whatever --num_train_epochs, as ALBERT's scripts have it.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "warmup_step",
        None,
        "Updates in which the rate rises, instead of --warmup_proportion.",
        lower_bound=0,
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "optimizer",
        "adamw",
        ["adamw", "lamb"],
        "How weights are updated.",
        flag_values=fv,
    )


def define_shuffling(fv: flags.FlagValues) -> None:
    """Declares in which order records are seen."""
    flags.DEFINE_enum(
        "shuffle",
        "full",
        ["full", "original"],
        "full: every record once an epoch, in random order. original: drawn "
        f"from a buffer of {_ORIGINAL_BUFFER} that runs through the file, "
        "without grouping by length.",
        flag_values=fv,
    )


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for values that do not go together."""
    if fv.learning_rate == 0.0 and fv.do_train:
        raise InputError(
            "--learning_rate=0 trains nothing",
            got="--do_train with --learning_rate=0",
            expected="a rate above 0, 5e-5 for example",
            next_step="set --learning_rate or leave --do_train out",
        )


def read_batches(fv: flags.FlagValues, *, pad_to_max: bool) -> BatchOptions:
    """Returns the batch options; `pad_to_max` where the task needs it."""
    is_original = "shuffle" in fv and fv.shuffle == "original"
    return BatchOptions(
        train_batch_size=fv.train_batch_size,
        gradient_accumulation_steps=fv.gradient_accumulation_steps,
        group_by_length=fv.group_by_length,
        pad_to_max=fv.pad_to_max or pad_to_max,
        max_seq_length=fv.max_seq_length,
        shuffle_buffer=_ORIGINAL_BUFFER if is_original else None,
        eval_batch_size=fv.eval_batch_size,
        predict_batch_size=fv.predict_batch_size,
    )


def read_schedule(fv: flags.FlagValues) -> ScheduleOptions:
    """Returns how long and how fast to train."""
    return ScheduleOptions(
        learning_rate=fv.learning_rate,
        num_train_epochs=fv.num_train_epochs,
        warmup_proportion=fv.warmup_proportion,
        num_train_steps=fv.train_step if "train_step" in fv else None,
        num_warmup_steps=fv.warmup_step if "warmup_step" in fv else None,
    )


def read_optimizer(fv: flags.FlagValues) -> OptimizerOptions:
    """Returns the optimizer's constants."""
    return OptimizerOptions(
        kind=fv.optimizer if "optimizer" in fv else "adamw",
        weight_decay=fv.weight_decay,
        epsilon=fv.adam_epsilon,
        bias_correction=fv.adam_bias_correction,
        clip_norm=fv.clip_norm,
        clip_by=fv.clip_by,
    )

"""How long, how fast and in which phases a language model is trained."""

from __future__ import annotations

import dataclasses
from typing import Any

from absl import flags, logging

from cli import optimization
from cli.lm_defaults import tell_rate_of_batch
from foundation.errors import InputError
from training.options import OptimizerOptions
from training.pretraining_options import InputOptions, Phase, RateOptions

_PHASE = "phase2_"
# Of a schedule that goes on, phase 2 has no rate of its own.
_OF_RESTART = ("phase2_learning_rate", "phase2_num_warmup_steps")
# Two flags that say the same in other words.
_EITHER_OR = (
    ("num_train_steps", "num_train_epochs"),
    ("num_warmup_steps", "warmup_proportion"),
)


def define(fv: flags.FlagValues, *, defaults: dict[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    optimization.define_train_batches(fv, defaults=defaults)
    flags.DEFINE_enum(
        "optimizer",
        None,
        ["adamw", "lamb"],
        "AdamW of BERT, or ALBERT's LAMB.",
        flag_values=fv,
    )
    none = dict.fromkeys(("num_train_epochs", "warmup_proportion"))
    optimization.define_rates(fv, defaults={**defaults, **none})
    optimization.define_optimizer(fv)
    _define_steps(fv)
    _define_phase2(fv)


def _define_steps(fv: flags.FlagValues) -> None:
    flags.DEFINE_integer(
        "num_train_steps",
        None,
        "Updates; of the first phase where there are two. Instead of "
        "--num_train_epochs.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "num_warmup_steps",
        None,
        "Updates in which the rate rises. Instead of --warmup_proportion.",
        lower_bound=0,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "start_warmup_step",
        0,
        "Update at which the warm-up starts; the rate is 0 before it.",
        lower_bound=0,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "poly_power",
        1.0,
        "Power of the rate's decay; 1 is linear.",
        lower_bound=0.0,
        flag_values=fv,
    )


def _define_phase2(fv: flags.FlagValues) -> None:
    flags.DEFINE_string(
        "phase2_input_file",
        None,
        "Records of a second phase, 512 pieces after 128 as BERT was trained: "
        "files and patterns with commas between.",
        flag_values=fv,
    )
    for name, text in (
        ("max_seq_length", "Pieces of a record. Not given: the records'."),
        ("max_predictions_per_seq", "Not given: the records'."),
        ("train_batch_size", "Not given: the first phase's."),
        ("gradient_accumulation_steps", "Not given: the first phase's."),
        ("num_train_steps", "Updates on top of the first phase's."),
    ):
        flags.DEFINE_integer(
            f"{_PHASE}{name}",
            None,
            f"Second phase: {text}",
            lower_bound=1,
            flag_values=fv,
        )
    _define_phase2_rates(fv)


def _define_phase2_rates(fv: flags.FlagValues) -> None:
    flags.DEFINE_enum(
        "phase2_schedule",
        "continue",
        ["continue", "restart"],
        "continue: one schedule over both phases. restart: the second has a "
        "warm-up and a decay of its own, and fresh moments.",
        flag_values=fv,
    )
    flags.DEFINE_float(
        "phase2_learning_rate",
        None,
        "With restart. Not given: the first phase's.",
        lower_bound=0.0,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "phase2_num_warmup_steps",
        None,
        "With restart. Not given: the first phase's.",
        lower_bound=0,
        flag_values=fv,
    )


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that do not go together.

    To be called before the family's values are taken.
    """
    for names in _EITHER_OR:
        given = [n for n in names if fv[n].value is not None]
        if len(given) > 1:
            raise InputError(
                f"--{names[0]} and --{names[1]} say the same in two ways",
                got=" and ".join(f"--{n}={fv[n].value}" for n in given),
                expected="one of them",
                next_step="leave one out",
            )
    if fv.num_train_epochs == 0:
        raise InputError(
            "--num_train_epochs=0 trains nothing",
            got="0 epochs",
            expected="a number above 0; a fraction will do",
            next_step="raise --num_train_epochs",
        )
    _check_phase2(fv)


def _check_phase2(fv: flags.FlagValues) -> None:
    named = [n for n in fv if n.startswith(_PHASE) and _is_given(fv, n)]
    if not fv.phase2_input_file:
        if named:
            raise InputError(
                "flags of a second phase without its records",
                got=" and ".join(f"--{n}={fv[n].value}" for n in sorted(named)),
                expected="--phase2_input_file beside them",
                next_step="add --phase2_input_file, or leave them out",
            )
        return
    if fv.phase2_num_train_steps is None:
        raise InputError(
            "the second phase has no length",
            got=f"--phase2_input_file={fv.phase2_input_file} without "
            "--phase2_num_train_steps",
            expected="both",
            next_step="add --phase2_num_train_steps (BERT: 10000 after 90000)",
        )
    of_restart = [n for n in _OF_RESTART if fv[n].value is not None]
    if of_restart and fv.phase2_schedule != "restart":
        raise InputError(
            "a schedule that goes on has no second rate",
            got=" and ".join(f"--{n}={fv[n].value}" for n in of_restart),
            expected="--phase2_schedule=restart beside them",
            next_step="add --phase2_schedule=restart, or leave them out",
        )
    if fv.phase2_learning_rate == 0:
        raise InputError(
            "--phase2_learning_rate=0 trains nothing",
            got="0",
            expected="a rate above 0",
            next_step="leave --phase2_learning_rate out",
        )


def _is_given(fv: flags.FlagValues, name: str) -> bool:
    """Whether a flag has another value than its default.

    run.flags names all flags, those too that were not given.
    """
    return bool(fv[name].value != fv[name].default)


def read_phases(
    fv: flags.FlagValues,
    inputs: InputOptions,
    phase2: InputOptions | None,
) -> tuple[Phase, ...]:
    """Returns the phases, after the family's values were taken.

    Args:
      fv: parsed flags.
      inputs: the first phase's records.
      phase2: the second's; None = there is one phase.

    Raises:
      InputError: there is not one update to make.
    """
    steps = _first_steps(fv, inputs)
    more = fv.phase2_num_train_steps if phase2 is not None else 0
    restarts = phase2 is not None and fv.phase2_schedule == "restart"
    total = steps if restarts else steps + more
    rates = RateOptions(
        learning_rate=fv.learning_rate,
        num_warmup_steps=_warmup(fv, total),
        power=fv.poly_power,
        start_warmup_step=fv.start_warmup_step,
    )
    _warn_of_warmup(rates, total)
    if fv.optimizer == "lamb":
        tell_rate_of_batch(rates.learning_rate, inputs.records_per_update)
    first = Phase(inputs=inputs, num_train_steps=steps, rates=rates)
    if phase2 is None:
        return (first,)
    second = None
    if restarts:
        second = _second_rates(fv, rates, more)
        _warn_of_warmup(second, more)
    return first, Phase(inputs=phase2, num_train_steps=more, rates=second)


def _first_steps(fv: flags.FlagValues, inputs: InputOptions) -> int:
    """Returns --num_train_steps, or the updates of --num_train_epochs."""
    if fv.num_train_epochs is None:
        return int(fv.num_train_steps)
    num_records = inputs.records.num_records
    per_update = inputs.records_per_update
    steps = int(num_records / per_update * fv.num_train_epochs)
    found = (
        f"{num_records} records, {per_update} an update, "
        f"{fv.num_train_epochs} epochs: {steps} updates"
    )
    if steps < 1:
        raise InputError(
            "there is nothing to train",
            got=found,
            expected="1 update or more",
            next_step="lower --train_batch_size or raise --num_train_epochs",
        )
    logging.info("%s.", found)
    return steps


def _warmup(fv: flags.FlagValues, total: int) -> int:
    if fv.warmup_proportion is not None:
        return int(total * fv.warmup_proportion)
    return int(fv.num_warmup_steps)


def _second_rates(
    fv: flags.FlagValues, first: RateOptions, num_train_steps: int
) -> RateOptions:
    rate, warmup = fv.phase2_learning_rate, fv.phase2_num_warmup_steps
    return dataclasses.replace(
        first,
        learning_rate=first.learning_rate if rate is None else rate,
        num_warmup_steps=_warmup(fv, num_train_steps)
        if warmup is None
        else warmup,
        start_warmup_step=0,
    )


def _warn_of_warmup(rates: RateOptions, total: int) -> None:
    """Says where a schedule ends before its rate is reached."""
    end = rates.start_warmup_step + rates.num_warmup_steps
    if rates.num_warmup_steps and end >= total:
        logging.warning(
            "The warm-up takes %d updates, the schedule has %d: the rate never "
            "reaches %g. Set --num_warmup_steps or --warmup_proportion.",
            end,
            total,
            rates.learning_rate,
        )


def read_optimizer(fv: flags.FlagValues) -> OptimizerOptions:
    """Returns the optimizer and its constants."""
    return dataclasses.replace(
        optimization.read_optimizer(fv), kind=fv.optimizer
    )

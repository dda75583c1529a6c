"""What a language model is scored on, and when."""

from __future__ import annotations

from absl import flags, logging

from foundation.errors import InputError
from training.options import SavingOptions
from training.pretraining_options import EvaluationOptions, InputOptions


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_string(
        "eval_input_file",
        None,
        "Held-out records: files and patterns with commas between. They are "
        "scored before the first update, in training and at the end. Not "
        "given: --do_eval scores the first batches of --input_file, as the "
        "originals.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "eval_batch_size",
        None,
        "Records of one batch of the evaluation.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "max_eval_steps",
        100,
        "Batches that are scored at most.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "eval_every_steps",
        None,
        "Updates between two evaluations of --eval_input_file; 0 = before the "
        "first and after the last alone. Not given: --save_checkpoints_steps.",
        lower_bound=0,
        flag_values=fv,
    )


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that do not go together.

    Turns --do_eval on where held-out records are given.
    """
    if fv.eval_input_file and fv["do_eval"].present and not fv.do_eval:
        raise InputError(
            "held-out records that are not to be scored",
            got=f"--do_eval=false and --eval_input_file={fv.eval_input_file}",
            expected="one of them",
            next_step="leave one out",
        )
    if fv.eval_input_file and not fv.do_eval:
        logging.info("--eval_input_file is given: --do_eval.")
        fv.do_eval = True
    if fv.eval_every_steps and not fv.eval_input_file:
        raise InputError(
            "there is nothing to score in training",
            got=f"--eval_every_steps={fv.eval_every_steps} without "
            "--eval_input_file",
            expected="both",
            next_step="add --eval_input_file: create_pretraining_data.py "
            "--held_out_fraction makes such records",
        )


def keeps_best(fv: flags.FlagValues, *, family: str) -> bool:
    """Returns whether there is a model.ckpt-best, as with ALBERT's script."""
    return bool(family == "albert" and fv.do_eval)


def read_saving(fv: flags.FlagValues, *, family: str) -> SavingOptions:
    """Returns when to save and to evaluate."""
    every = fv.eval_every_steps
    if every is None:
        scores_saved = fv.eval_input_file or keeps_best(fv, family=family)
        every = fv.save_checkpoints_steps if scores_saved else 0
    return SavingOptions(
        save_checkpoints_steps=fv.save_checkpoints_steps,
        keep_checkpoint_max=fv.keep_checkpoint_max,
        eval_every_steps=every,
        log_every_steps=fv.log_every_steps,
    )


def read(
    fv: flags.FlagValues, inputs: InputOptions | None
) -> EvaluationOptions | None:
    """Returns what is scored.

    Args:
      fv: parsed flags.
      inputs: the records of the evaluation; None = no evaluation.
    """
    if inputs is None:
        return None
    return EvaluationOptions(
        inputs=inputs,
        max_eval_steps=fv.max_eval_steps,
        wraps=not fv.eval_input_file,
    )

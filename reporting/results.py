"""Result files of a run: key = value lines, results.json, several seeds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from typing import Any

from foundation import files


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


def write_seeds(
    output_dir: str, by_seed: Mapping[int, Mapping[str, float]]
) -> str:
    """Writes seeds.json: mean, standard deviation, all values.

    Args:
      output_dir: of all seeds together.
      by_seed: seed -> headline scores of its run.

    Returns:
      A table for people.
    """
    names = sorted({name for scores in by_seed.values() for name in scores})
    summary = {}
    lines = []
    for name in names:
        values = [scores[name] for scores in by_seed.values()]
        deviation = statistics.stdev(values) if len(values) > 1 else 0.0
        summary[name] = {
            "mean": statistics.fmean(values),
            "sd": deviation,
            "values": {str(seed): by_seed[seed][name] for seed in by_seed},
        }
        shown = " ".join(f"{value:.4f}" for value in values)
        lines.append(
            f"{name}: mean {statistics.fmean(values):.4f}, "
            f"sd {deviation:.4f} ({shown})\n"
        )
    with files.write_atomically(files.join(output_dir, "seeds.json")) as file:
        json.dump(summary, file, indent=1)
        file.write("\n")
    return "".join(lines)

"""Runs timed programs as child processes, interleaved; medians and ratios."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence


def last_json_line(command: Sequence[str]) -> dict:
    """Runs a command and returns the JSON object of its last output line."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def interleaved(
    commands: Mapping[str, Sequence[str]], *, rounds: int, key: str
) -> dict[str, list[float]]:
    """Runs every command once a round; returns name -> values of `key`."""
    values: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            value = last_json_line(command)[key]
            values[name].append(value)
            print(f"round {number + 1}: {name}: {key} {value}", flush=True)
    return values


def report(values: Mapping[str, Sequence[float]], *, unit: str) -> None:
    """Prints the median and all values of each program."""
    for name, numbers in values.items():
        shown = " ".join(f"{number:.3f}" for number in numbers)
        print(f"{name}: {statistics.median(numbers):.3f} {unit} ({shown})")

"""Kills a training run again and again; are the final weights the same?

  python benchmarks/kill_test.py --kills=20

Trains a tiny BERT once without interruption, once with `kill -9` at random
moments: between two updates, while a checkpoint is written, while the program
starts. Compares the last checkpoint (weights, slots, resume.json) byte by
byte, and metrics.jsonl line by line. Exit code 1 where they differ. This is
figure 4 of the first milestone.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import tiny_run

_START_SHARE, _SAVING_SHARE = 0.15, 0.5  # of the kills
_START_SECONDS = 10.0  # a start is over by then


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None, help="of the moments")
    parser.add_argument("--epochs", type=float, default=2.0)
    options = parser.parse_args()
    seed = time.time_ns() % 10**6 if options.seed is None else options.seed
    random.seed(seed)
    print(f"{options.kills} kills at moments drawn with seed {seed}")
    flags = {"num_train_epochs": options.epochs, "eval_every_steps": 50}
    with tempfile.TemporaryDirectory(prefix="kill_test_") as name:
        whole, killed = Path(name, "whole"), Path(name, "killed")
        began = time.perf_counter()
        tiny_run.finish(tiny_run.start(whole, **flags), whole)
        print(
            f"without interruption: {tiny_run.pointed_step(whole)} steps, "
            f"{time.perf_counter() - began:.0f} s"
        )
        counts = _run_killed(killed, options.kills, flags)
        print(
            f"{sum(counts.values())} kills: "
            + ", ".join(f"{n} {kind}" for kind, n in counts.items())
        )
        return _compare(whole, killed)


def _run_killed(
    folder: Path, kills: int, flags: dict[str, object]
) -> collections.Counter[str]:
    total = round(
        float(str(flags["num_train_epochs"])) * tiny_run.STEPS_AN_EPOCH
    )
    counts: collections.Counter[str] = collections.Counter()
    for number, target in enumerate(_targets(kills, total), start=1):
        process = tiny_run.start(folder, **flags)
        tiny_run.kill_when(process, _moment(folder, target))
        step = tiny_run.pointed_step(folder)
        if tiny_run.is_saving(folder):
            kind = "with a checkpoint half written"
        elif target is None:
            kind = "while starting"
        else:
            kind = "between saves"
        counts[kind] += 1
        print(f"kill {number:2d}: {kind}; newest checkpoint: step {step}")
    tiny_run.finish(tiny_run.start(folder, **flags), folder)
    return counts


def _targets(kills: int, total: int) -> list[int | None]:
    """Returns the step after which to kill, rising; None = at the start."""
    at_start = round(kills * _START_SHARE)
    steps: list[int | None] = []
    steps += sorted(random.sample(range(1, total - 5), kills - at_start))
    for _ in range(at_start):
        steps.insert(random.randrange(len(steps) + 1), None)
    return steps


def _moment(folder: Path, target: int | None) -> Callable[[], bool]:
    began = time.perf_counter()
    if target is None:
        delay = random.uniform(0.0, _START_SECONDS)
        return lambda: time.perf_counter() - began > delay
    in_save = random.random() < _SAVING_SHARE
    # Later than the first sign of it: any part of the work is hit.
    delay = random.uniform(0.0, 0.02 if in_save else 0.1)
    reached: list[float] = []

    def has_come() -> bool:
        if reached:
            return time.perf_counter() - reached[0] >= delay
        is_far = tiny_run.logged_steps(folder) >= target
        if is_far and (not in_save or tiny_run.is_saving(folder)):
            reached.append(time.perf_counter())
        return False

    return has_come


def _compare(whole: Path, killed: Path) -> int:
    expected, got = map(tiny_run.final_files, (whole, killed))
    same = bool(expected) and expected == got
    rows, killed_rows = map(tiny_run.metrics, (whole, killed))
    print(f"last checkpoint: {', '.join(expected)}")
    print(f"final weights, slots and state bit-identical: {same}")
    print(
        f"metrics.jsonl the same, each step once: {rows == killed_rows} "
        f"({len(killed_rows)} lines)"
    )
    return 0 if same and rows == killed_rows else 1


if __name__ == "__main__":
    sys.exit(main())

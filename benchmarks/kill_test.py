"""Kills a training run again and again; are the final weights the same?

  python benchmarks/kill_test.py --script=pretraining --kills=20

Trains a tiny BERT (run_ner.py) or ALBERT (run_pretraining.py) once without
interruption, once with `kill -9` at random moments: between two updates, while
a checkpoint is written, while the program starts. Compares the last
checkpoint (weights, slots, resume.json), and the best one of ALBERT, byte by
byte, and metrics.jsonl line by line. Exit code 1 where they differ. This is
figure 4 of the first milestone, and "never lose a step" of pretraining.
"""

from __future__ import annotations

import argparse
import collections
import functools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import lm_runs, tiny_run

_START_SHARE, _SAVING_SHARE = 0.15, 0.5  # of the kills
_START_SECONDS = 10.0  # a start is over by then


class Start(Protocol):
    """Starts a script that goes on in a folder where it stands."""

    def __call__(self, folder: Path) -> subprocess.Popen[bytes]: ...


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--script", choices=["ner", "pretraining"], default="ner"
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None, help="of the moments")
    parser.add_argument("--steps", type=int, default=300, help="of the run")
    options = parser.parse_args()
    seed = time.time_ns() % 10**6 if options.seed is None else options.seed
    random.seed(seed)
    print(f"{options.kills} kills at moments drawn with seed {seed}")
    with tempfile.TemporaryDirectory(prefix="kill_test_") as name:
        make_start = {"ner": _start_ner, "pretraining": _start_pretraining}
        start = make_start[options.script](Path(name), options.steps)
        whole, killed = Path(name, "whole"), Path(name, "killed")
        began = time.perf_counter()
        tiny_run.finish(start(whole), whole)
        print(
            f"without interruption: {tiny_run.pointed_step(whole)} steps, "
            f"{time.perf_counter() - began:.0f} s"
        )
        targets = _targets(options.kills, options.steps)
        counts = _run_killed(start, killed, targets)
        print(
            f"{sum(counts.values())} kills: "
            + ", ".join(f"{n} {kind}" for kind, n in counts.items())
        )
        return _compare(whole, killed)


def _start_ner(root: Path, steps: int) -> Start:
    del root  # records are made by each start
    epochs = steps / tiny_run.STEPS_AN_EPOCH
    return functools.partial(
        tiny_run.start, num_train_epochs=epochs, eval_every_steps=50
    )


def _start_pretraining(root: Path, steps: int) -> Start:
    runs = lm_runs.make_saving_runs(root, "albert", num_train_steps=steps)
    return lambda folder: runs.start(folder.name)


def _run_killed(
    start: Start, folder: Path, targets: list[int | None]
) -> collections.Counter[str]:
    counts: collections.Counter[str] = collections.Counter()
    for number, target in enumerate(targets, start=1):
        tiny_run.kill_when(start(folder), _moment(folder, target))
        step = tiny_run.pointed_step(folder)
        if tiny_run.is_saving(folder):
            kind = "with a checkpoint half written"
        elif target is None:
            kind = "while starting"
        else:
            kind = "between saves"
        counts[kind] += 1
        print(f"kill {number:2d}: {kind}; newest checkpoint: step {step}")
    tiny_run.finish(start(folder), folder)
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
    expected, got = map(_kept_files, (whole, killed))
    same = bool(expected) and expected == got
    rows, killed_rows = map(tiny_run.metrics, (whole, killed))
    print(f"checkpoints: {', '.join(expected)}")
    print(f"weights, slots and state bit-identical: {same}")
    print(
        f"metrics.jsonl the same, each step once: {rows == killed_rows} "
        f"({len(killed_rows)} lines)"
    )
    return 0 if same and rows == killed_rows else 1


def _kept_files(folder: Path) -> dict[str, bytes]:
    """Returns the last checkpoint's files, and model.ckpt-best's."""
    best = (folder / "out").glob("model.ckpt-best.*")
    return {
        **tiny_run.final_files(folder),
        **{path.name: path.read_bytes() for path in sorted(best)},
    }


if __name__ == "__main__":
    sys.exit(main())

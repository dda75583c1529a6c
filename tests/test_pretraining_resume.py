"""Pretraining that is killed, stopped, damaged: it ends as if nothing were.

Dropout and shuffling are on; benchmarks/kill_test.py kills more often.
"""

from __future__ import annotations

import functools
import pathlib
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from absl import logging

from cli import entry, lm_run
from foundation.errors import InputError
from tests import lm_runs, lm_world, tiny_run

pytestmark = pytest.mark.slow
STEPS, SAVED_EVERY = 40, 2


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> lm_runs.Runs:
    return lm_runs.make_saving_runs(
        tmp_path_factory.mktemp("runs"),
        num_train_steps=STEPS,
        save_checkpoints_steps=SAVED_EVERY,
    )


@pytest.fixture(scope="module", autouse=True)
def whole(runs) -> subprocess.Popen[bytes]:
    """A process that nothing interrupts."""
    return runs.start("whole")


@pytest.fixture(scope="module", autouse=True)
def killed(runs) -> Iterator[Future[None]]:
    """Processes that are killed while this one does the other tests."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(_kill_twice, runs)


def _kill_twice(runs: lm_runs.Runs) -> None:
    """Kills in training, then in saving; the third start runs to the end."""
    dice, folder = random.Random(time.time_ns()), runs.folder / "killed"
    target, delay = dice.randint(2, STEPS // 3), dice.random() / 20
    print(f"kill after {target} steps and {delay:.3f} s")
    process = runs.start("killed")

    def is_far() -> bool:
        return tiny_run.logged_steps(folder) >= target

    tiny_run.kill_when(process, is_far)
    first = tiny_run.pointed_step(folder)
    # Only what was done since the last checkpoint, and the one before it
    # where that was still being written, is lost.
    assert first >= target - 2 * SAVED_EVERY
    target = dice.randint(first + 4, first + 12)
    print(f"kill in the first save after {target} steps")
    process = runs.start("killed")
    tiny_run.kill_when(process, lambda: is_far() and tiny_run.is_saving(folder))
    second = tiny_run.pointed_step(folder)
    assert max(first, target - 2 * SAVED_EVERY) <= second < STEPS
    tiny_run.finish(runs.start("killed"), folder)


@pytest.fixture(scope="module")
def here(runs) -> pathlib.Path:
    """The same in this process, which nothing interrupts either."""
    return runs.run("here")


def _check_like(expected: pathlib.Path, folder: pathlib.Path) -> None:
    final, got = tiny_run.final_files(expected), tiny_run.final_files(folder)
    assert got.keys() == final.keys()
    assert len(got) == 3
    for name, data in final.items():
        assert got[name] == data, f"{name} differs"
    assert tiny_run.metrics(folder) == tiny_run.metrics(expected)
    assert not tiny_run.is_saving(folder)  # nor half written


def test_every_step_is_logged_once(here):
    rows = tiny_run.metrics(here)
    assert [r["step"] for r in rows if "loss" in r] == list(range(1, STEPS + 1))
    assert [r["step"] for r in rows if "eval_loss" in r] == [0, 20, 40]


def test_sigterm(runs, here, monkeypatch, capsys):
    at = 19  # it ends after 20, where a score is due
    folder = runs.folder / "stopped"
    _send_sigterm(monkeypatch, after=at)
    fv = lm_world.parsed()
    with pytest.raises(SystemExit) as end:
        entry.run(
            lambda _: lm_run.run_all(fv),
            fv,
            argv=["run_pretraining.py", *runs.arguments("stopped")],
        )
    assert end.value.code == 128 + signal.SIGTERM
    assert "Saved and stopped: signal 15." in capsys.readouterr().err
    step = tiny_run.pointed_step(folder)
    assert step == tiny_run.metrics(folder)[-1]["step"]  # nothing is lost
    assert at <= step <= at + 1
    monkeypatch.undo()
    runs.run("stopped")
    _check_like(here, folder)


def _send_sigterm(monkeypatch, *, after: int) -> None:
    from training.metrics_log import MetricsLog

    write = MetricsLog.write

    def write_and_send(self, step, values):
        write(self, step, values)
        if step == after:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(MetricsLog, "write", write_and_send)


@pytest.fixture
def warnings(monkeypatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(
        logging, "warning", lambda text, *args: lines.append(text % args)
    )
    return lines


def test_a_damaged_checkpoint_is_told_and_the_one_before_used(
    runs, here, warnings
):
    folder = runs.folder / "damaged"
    shutil.copytree(here, folder)
    data = folder / "out" / f"model.ckpt-{STEPS}.data-00000-of-00001"
    spoiled = bytearray(data.read_bytes())
    spoiled[len(spoiled) // 2] ^= 1
    data.write_bytes(spoiled)
    runs.run("damaged")
    (told,) = [line for line in warnings if "damaged" in line]
    assert f"model.ckpt-{STEPS} is damaged" in told
    assert "the checkpoint before it is used" in told
    _check_like(here, folder)


def test_nothing_that_counts_may_change(runs, here):
    before = tiny_run.final_files(here)
    again = functools.partial(runs.run, here.name, num_train_steps=STEPS + 2)
    for name, value, told in (
        ("seed", 2, ("seed", "got 2, expected 1")),
        ("train_batch_size", 4, ("train_batch_size", "got [4], expected [8]")),
        ("shuffle", False, ("shuffle", "got [False], expected [True]")),
        ("learning_rate", 1e-4, ("rates", "0.0001", "5e-05")),
        ("input_file", runs.world.records / "b.tfrecord", ("training data",)),
    ):
        with pytest.raises(InputError) as error:
            again(**{name: value})
        for part in told:
            assert part in str(error.value)
        assert error.value.got != error.value.expected
    assert tiny_run.final_files(here) == before


def test_more_steps_go_on_from_the_last(runs, here):
    folder = runs.folder / "longer"
    shutil.copytree(here, folder)
    runs.run("longer", num_train_steps=STEPS + 3)
    assert tiny_run.pointed_step(folder) == STEPS + 3
    rows = tiny_run.metrics(here)
    assert tiny_run.metrics(folder)[: len(rows)] == rows


def test_kill_nine(runs, whole, killed):
    tiny_run.finish(whole, runs.folder / "whole")
    killed.result()
    _check_like(runs.folder / "whole", runs.folder / "killed")

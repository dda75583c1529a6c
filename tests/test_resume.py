"""Killed, stopped, restarted: the run ends as if nothing had happened."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest
from absl import flags, logging

import run_ner
from cli import entry, ner_run
from foundation.errors import InputError
from tests import tiny_run

pytestmark = pytest.mark.slow
STEPS = 60  # of tiny_run's defaults: 0.4 epochs


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A run that nothing interrupts, and two that are deterministic."""
    folders = {
        name: tmp_path_factory.mktemp(name) for name in ("whole", "d1", "d2")
    }
    few = {"deterministic": "true", "num_train_epochs": 0.1}
    processes = {
        folder: tiny_run.start(folder, **({} if name == "whole" else few))
        for name, folder in folders.items()
    }
    for folder, process in processes.items():
        tiny_run.finish(process, folder)
    return folders["whole"]


def _check_like(whole: Path, folder: Path) -> None:
    expected = tiny_run.final_files(whole)
    got = tiny_run.final_files(folder)
    assert got.keys() == expected.keys()
    assert len(got) == 3
    for name, data in expected.items():
        assert got[name] == data, f"{name} differs"
    assert tiny_run.metrics(folder) == tiny_run.metrics(whole)


def test_every_step_is_logged_once(whole):
    rows = tiny_run.metrics(whole)
    trained = [row["step"] for row in rows if "loss" in row]
    scored = [row["step"] for row in rows if "dev_loss" in row]
    assert trained == list(range(1, STEPS + 1))
    assert scored == [20, 40, 60]


def test_kill_nine(whole, tmp_path):
    # In training, then in saving; the third start runs to the end.
    random.seed(time.time_ns())
    process = tiny_run.start(tmp_path)
    target, delay = random.randint(3, 25), random.random() / 20
    print(f"kill after {target} steps and {delay:.3f} s")
    tiny_run.kill_when(
        process, lambda: tiny_run.logged_steps(tmp_path) >= target
    )
    first = tiny_run.pointed_step(tmp_path)
    process = tiny_run.start(tmp_path)
    target = random.randint(30, 50)
    print(f"kill in the first save after {target} steps")
    tiny_run.kill_when(
        process,
        lambda: (
            tiny_run.logged_steps(tmp_path) >= target
            and tiny_run.is_saving(tmp_path)
        ),
    )
    # Only the work since the last checkpoint is lost.
    assert tiny_run.pointed_step(tmp_path) >= max(first, target - 3)
    tiny_run.finish(tiny_run.start(tmp_path), tmp_path)
    _check_like(whole, tmp_path)
    assert not tiny_run.is_saving(tmp_path)


def test_sigterm(whole, tmp_path):
    process = tiny_run.start(tmp_path)
    code = tiny_run.signal_when(
        process, lambda: tiny_run.logged_steps(tmp_path) >= 7, signal.SIGTERM
    )
    assert code == 128 + signal.SIGTERM
    step = tiny_run.pointed_step(tmp_path)
    assert step == tiny_run.metrics(tmp_path)[-1]["step"]  # nothing is lost
    assert 7 <= step < STEPS
    assert "Saved and stopped" in (tmp_path / "log").read_text()
    tiny_run.finish(tiny_run.start(tmp_path), tmp_path)
    _check_like(whole, tmp_path)


def test_deterministic_runs_are_bit_equal(whole):
    first, second = (
        next(whole.parent.glob(f"{name}*")) for name in ("d1", "d2")
    )
    assert len(tiny_run.final_files(first)) == 3
    assert tiny_run.final_files(first) == tiny_run.final_files(second)


def _run(folder: Path, **values: object) -> int:
    fv = flags.FlagValues()
    run_ner.define_flags(fv)
    fv(["run_ner.py", *tiny_run.arguments(folder, **values)])
    return ner_run.run_all(fv)


@pytest.fixture
def log(monkeypatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(
        logging, "info", lambda text, *args: lines.append(text % args)
    )
    return lines


def test_a_finished_run_says_so_and_can_go_on(whole, log):
    before = tiny_run.final_files(whole)
    rows = tiny_run.metrics(whole)
    assert _run(whole) == entry.EXIT_NOTHING_DONE
    assert any("already complete: step 60 of 60" in line for line in log)
    assert tiny_run.final_files(whole) == before
    assert tiny_run.metrics(whole) == rows
    for name, value, was in (
        ("train_batch_size", 4, 8),
        ("seed", 6, 5),
        ("max_seq_length", 16, 32),
    ):
        with pytest.raises(InputError, match=name) as error:
            _run(whole, num_train_epochs=0.5, **{name: value})
        assert str(value) in str(error.value.got)
        assert str(was) in str(error.value.expected)
    assert tiny_run.final_files(whole) == before
    # More epochs go on from the last step.
    assert _run(whole, num_train_epochs=0.5) == 0
    assert tiny_run.pointed_step(whole) == 75
    assert tiny_run.metrics(whole)[: len(rows)] == rows
    more = [r["step"] for r in tiny_run.metrics(whole) if "loss" in r]
    assert more == list(range(1, 76))

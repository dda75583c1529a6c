"""A run that diverges stops, says where, and keeps its last good weights."""

from __future__ import annotations

import json
import pathlib
import subprocess
from typing import Any

import numpy as np
import pytest

from foundation.errors import InputError
from tests import lm_runs, ner_runs, tiny_run
from training.divergence import WINDOW

pytestmark = pytest.mark.slow
HEALTHY_RATE = 3e-3  # of this model: the loss falls by 1 in 40 updates
BATCH = 8
FIRST_PHASE = 4  # updates before the rate that nothing survives
# Rises until the model breaks, some 60 updates after it has begun to learn.
RISING = {
    "learning_rate": 1.0,
    "num_train_steps": 300,
    "num_warmup_steps": 300,
    "save_checkpoints_steps": 5,
    "keep_checkpoint_max": 20,
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> lm_runs.Runs:
    folder = tmp_path_factory.mktemp("runs")
    return lm_runs.make_runs(folder, dropout=0.0, shuffle=False)


@pytest.fixture(scope="module", autouse=True)
def broken(runs) -> subprocess.Popen[bytes]:
    """A second phase whose first update leaves no weight in bounds.

    Started first: it runs while other tests do.
    """
    return runs.start(
        "broken",
        num_train_steps=FIRST_PHASE,
        save_checkpoints_steps=1,
        phase2_input_file=runs.world.flags["input_file"],
        phase2_num_train_steps=20,
        phase2_schedule="restart",
        phase2_learning_rate=1e30,
        phase2_num_warmup_steps=0,
    )


def refusal(runs: lm_runs.Runs, name: str, **values: object) -> str:
    """Returns what a run says that diverges."""
    with pytest.raises(InputError, match="training diverged") as error:
        runs.run(name, **values)
    return str(error.value)


def facts(folder: pathlib.Path) -> dict[str, Any]:
    """Returns diverged.json, which is strict JSON."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    text = (folder / "out" / "diverged.json").read_text(encoding="utf-8")
    value: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return value


def test_a_rate_100_times_too_high(runs):
    shape = {"num_train_steps": 2 * WINDOW, "num_warmup_steps": 10}
    healthy = runs.run("healthy", learning_rate=HEALTHY_RATE, **shape)
    losses = lm_runs.values(healthy, "loss")
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.5
    assert not (healthy / "out" / "diverged.json").exists()
    text = refusal(runs, "fast", learning_rate=100 * HEALTHY_RATE, **shape)
    assert f"diverged at step {WINDOW}" in text  # as soon as the rule can
    assert "no good checkpoint was saved" in text
    told = facts(runs.folder / "fast")
    assert told["last_good_checkpoint"] is None
    assert told["last_good_step"] == 0


@pytest.fixture(scope="module")
def risen(runs) -> pathlib.Path:
    """A run whose rate rises until it diverges."""
    text = refusal(runs, "risen", **RISING)
    assert "lower --learning_rate" in text
    return runs.folder / "risen"


def test_the_record_of_the_step(risen):
    told = facts(risen)
    rows = tiny_run.metrics(risen)
    assert [row["step"] for row in rows] == list(range(1, told["step"] + 1))
    num_records = 266  # of the sample corpus
    first = told["step"] * BATCH
    numbers = [n % num_records for n in range(first, first + BATCH)]
    assert told["records"] == numbers
    losses = [row["loss"] for row in rows] + [told["values"]["loss"]]
    means = [
        np.mean(losses[i : i + WINDOW]) for i in range(len(losses) - WINDOW + 1)
    ]
    rise = means[-1] - min(means)
    assert f"{rise:.2f} above the lowest" in told["rule"]
    assert told["values"]["learning_rate"] > rows[-1]["learning_rate"]


def test_the_last_good_checkpoint_is_the_newest(risen):
    told = facts(risen)
    good = told["last_good_checkpoint"]
    assert good == tiny_run.pointed_step(risen)
    assert 0 <= told["last_good_step"] - good < 5  # a save every 5 updates
    assert good < told["step"] - WINDOW / 2
    # Weights that are finite, with the slots and the state that belong to them.
    tensors = ner_runs.checkpoint(risen / "out", good)
    assert all(np.isfinite(value).all() for value in tensors.values())
    assert tensors["global_step"] == good
    state = ner_runs.read_json(risen / "out" / f"model.ckpt-{good}.resume.json")
    assert state["global_step"] == good


def test_the_same_again_diverges_at_the_same_update(runs, risen):
    path = risen / "out" / "diverged.json"
    before, rows = path.read_bytes(), tiny_run.metrics(risen)
    path.unlink()
    refusal(runs, "risen", **RISING)
    assert path.read_bytes() == before
    assert tiny_run.metrics(risen) == rows


def test_a_lower_rate_goes_on_from_the_last_good_one(runs, risen):
    """After the tests above: it changes the folder."""
    good = facts(risen)["last_good_checkpoint"]
    before, step = lm_runs.values(risen, "loss"), good + WINDOW
    lower = {
        **RISING,
        "learning_rate": HEALTHY_RATE,
        "num_train_steps": step,
        "num_warmup_steps": 0,
    }
    with pytest.raises(InputError, match="rates differs"):
        runs.run("risen", **lower)
    runs.run("risen", **lower, new_phase=True)
    assert tiny_run.pointed_step(risen) == step
    assert lm_runs.values(risen, "step") == list(range(1, step + 1))
    after = lm_runs.values(risen, "loss")
    assert after[:good] == before[:good]
    # As many updates with the lower rate as those with which it diverged.
    assert np.mean(after[-WINDOW:]) < np.mean(before[-WINDOW:])
    assert not (risen / "out" / "diverged.json").exists()


def test_a_loss_that_is_not_finite(runs, broken):
    folder = runs.folder / "broken"
    assert broken.wait() == 2
    errors = [
        line
        for line in (folder / "log").read_text().splitlines()
        if line.startswith("ERROR: ")
    ]
    assert len(errors) == 1
    assert "not finite" in errors[0]
    assert f"model.ckpt-{FIRST_PHASE}" in errors[0]
    told = facts(folder)
    # One update is made with that rate; its weights give no loss.
    assert told["step"] == FIRST_PHASE + 1
    assert told["records"] == list(range(BATCH, 2 * BATCH))  # of phase 2
    assert "not finite" in told["rule"]
    assert told["last_good_checkpoint"] == FIRST_PHASE
    assert tiny_run.pointed_step(folder) == FIRST_PHASE
    steps = lm_runs.values(folder, "step")
    assert steps == list(range(1, FIRST_PHASE + 2))

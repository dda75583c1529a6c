"""Half precision learns as float32 does, and overflows lose nothing."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Callable

import numpy as np
import pytest

from tests import lm_runs, ner_runs, tiny_run

pytestmark = pytest.mark.slow
NUM_STEPS = 200
LAST = 20  # updates over which the loss is averaged
ALLOWED = 0.01  # of the loss in float32


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Callable[[str, str], pathlib.Path]:
    """Trains a family in a precision, once; dropout draws the same masks."""
    folders: dict[tuple[str, str], pathlib.Path] = {}
    runs: dict[str, lm_runs.Runs] = {}

    def train(family: str, precision: str) -> pathlib.Path:
        if family not in runs:
            folder = tmp_path_factory.mktemp(family)
            runs[family] = _runs(folder, family)
        if (family, precision) not in folders:
            folders[family, precision] = runs[family].run(
                precision, precision=precision
            )
        return folders[family, precision]

    return train


def _runs(folder: pathlib.Path, family: str) -> lm_runs.Runs:
    runs = lm_runs.make_runs(
        folder,
        family,
        dropout=0.1,
        num_train_steps=NUM_STEPS,
        num_warmup_steps=10,
        learning_rate=1e-3 if family == "bert" else 1e-2,  # LAMB's are higher
        log_every_steps=LAST,
    )
    # Both families from random weights, in the smallest size.
    runs.world.write_config(
        hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1
    )
    runs.world.flags.pop("init_checkpoint", None)
    return runs


@pytest.mark.parametrize(
    ("family", "precision"),
    [("bert", "bfloat16"), ("bert", "float16")],
)
def test_the_loss_is_float32s(trained, family, precision):
    whole, half = trained(family, "float32"), trained(family, precision)
    expected, got = (lm_runs.values(f, "loss") for f in (whole, half))
    assert expected[-1] < expected[0] - 0.5  # something is learned
    np.testing.assert_allclose(got, expected, rtol=ALLOWED)
    assert got != expected  # else the flag does nothing
    # What is saved is as precise as ever: slots and sums need it.
    tensors = ner_runs.checkpoint(half / "out", NUM_STEPS)
    assert {str(value.dtype) for value in tensors.values()} == {
        "float32",
        "int64",
    }
    if precision == "float16":
        assert tiny_run.metrics(half)[-1]["skipped_steps"] < NUM_STEPS / 10


@pytest.fixture
def overflowing(tmp_path, monkeypatch) -> lm_runs.Runs:
    """Runs whose first loss scale is beyond what float16 holds."""
    from training import devices

    monkeypatch.setattr(devices, "INITIAL_LOSS_SCALE", 2.0**30)
    runs = _runs(tmp_path, "bert")
    runs.world.flags |= {
        "precision": "float16",
        "num_train_steps": 6,
        "save_checkpoints_steps": 2,
        "log_every_steps": 1,
    }
    return runs


def test_a_run_that_overflowed_goes_on_as_if_it_had_not_stopped(overflowing):
    whole = overflowing.run("whole")
    assert lm_runs.values(whole, "step") == [1, 2, 3, 4, 5, 6]
    skipped = lm_runs.values(whole, "skipped_steps")
    assert skipped == sorted(skipped)
    assert skipped[0] > 3
    rates = lm_runs.values(whole, "learning_rate")
    # Of the warm-up's 10 updates, whatever was skipped between them.
    assert rates == pytest.approx([1e-4 * step for step in range(1, 7)])
    states = [
        ner_runs.read_json(whole / "out" / f"model.ckpt-{step}.resume.json")
        for step in (2, 6)
    ]
    for state, count in zip(states, (skipped[1], skipped[5]), strict=True):
        assert state["batches_seen"] == state["global_step"] + count
        assert state["loss_scale"] == 2.0 ** (30 - count)
    parts = overflowing.folder / "parts"
    shutil.copytree(whole, parts)
    pointer = parts / "out" / "checkpoint"
    pointer.write_text('model_checkpoint_path: "model.ckpt-2"\n')
    overflowing.run("parts")
    assert tiny_run.pointed_step(parts) == 6
    assert tiny_run.final_files(parts) == tiny_run.final_files(whole)
    assert tiny_run.metrics(parts) == tiny_run.metrics(whole)

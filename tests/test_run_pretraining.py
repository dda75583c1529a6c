"""run_pretraining.py repeats 20 updates of the original programs.

From fresh slots, and from their checkpoint in the middle of a run, put into
the output folder. Dropout is off in all of it.
"""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from tests import ner_runs, tiny_pretraining

pytestmark = pytest.mark.slow
TOLERANCE = 1e-4  # DESIGN 2.7
NUM_STEPS, HALF, NUM_WARMUP_STEPS, RATE = 20, 10, 5, 1e-3
STARTS = [(name, at) for name in tiny_pretraining.RECORDS for at in (0, HALF)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("recorded")


def read(recorded_dir, name, folder):
    recorded = tiny_pretraining.read_recorded(recorded_dir, name, folder)
    if recorded is None:
        pytest.skip(f"needs the shared folder beside the checkout for {name}")
    return recorded


@pytest.fixture(scope="module", params=STARTS, ids="{0[0]}-{0[1]}".format)
def ran(request, recorded_dir, folder):
    """A run that is over: what is recorded, its folder, its first step."""
    name, start = request.param
    recorded = read(recorded_dir, name, folder)
    output = folder / f"{name}_{start}"
    if start:
        put_halfway(recorded, output)
    recorded.run(output, save_checkpoints_steps=HALF)
    return recorded, output, start


def put_halfway(recorded, output):
    """Puts the original's checkpoint of step 10 where a run goes on."""
    halfway = recorded.model / "halfway"
    if not halfway.is_dir():
        pytest.skip(f"needs the shared folder beside the checkout: {halfway}")
    output.mkdir()
    for path in halfway.iterdir():
        shutil.copyfile(path, output / path.name)


def logged(output, name):
    """Returns what was logged under a name, the rows of all its steps."""
    return np.array([row[name] for row in tiny_pretraining.rows(output, name)])


def sentence_task(recorded):
    family = recorded.trajectory["family"]
    return "next_sentence" if family == "bert" else "sentence_order"


def test_losses_are_the_originals(ran):
    recorded, output, start = ran
    told = recorded.trajectory
    for name, losses in (
        ("masked_lm_loss", told["losses_masked_lm"]),
        (f"{sentence_task(recorded)}_loss", told["losses_sentence"]),
    ):
        np.testing.assert_allclose(
            logged(output, name), losses[start:], rtol=TOLERANCE, err_msg=name
        )


def test_each_step_is_logged_once(ran):
    _, output, start = ran
    lines = ner_runs.json_lines(output / "metrics.jsonl")
    steps = [line["step"] for line in lines]
    assert steps == [*range(start + 1, NUM_STEPS + 1)]


def test_the_loss_is_that_of_both_tasks(ran):
    recorded, output, _ = ran
    both = logged(output, "masked_lm_loss") + logged(
        output, f"{sentence_task(recorded)}_loss"
    )
    np.testing.assert_allclose(logged(output, "loss"), both, atol=1e-6, rtol=0)


def test_rates_are_the_originals(ran):
    """The decay is not shifted by the warm-up, and ends at 0."""
    recorded, output, start = ran
    assert recorded.trajectory["num_warmup_steps"] == NUM_WARMUP_STEPS
    rates = [
        RATE * (step / NUM_WARMUP_STEPS)
        if step < NUM_WARMUP_STEPS
        else RATE * (1 - step / NUM_STEPS)
        for step in range(start + 1, NUM_STEPS + 1)
    ]
    assert rates[-1] == 0
    np.testing.assert_allclose(logged(output, "learning_rate"), rates)


def test_weights_are_the_originals(ran):
    recorded, output, _ = ran
    found = ner_runs.checkpoint(output, NUM_STEPS)
    expected = np.load(recorded.model / "after_20_steps.npz")
    for name, values in expected.items():
        np.testing.assert_allclose(
            found[name.replace("|", "/")],
            values,
            atol=TOLERANCE,
            rtol=0,
            err_msg=name,
        )


def test_a_bundle_has_the_originals_names_alone(ran):
    recorded, output, _ = ran
    with np.load(recorded.model / "after_20_steps.npz") as weights:
        shapes = {n.replace("|", "/"): v.shape for n, v in weights.items()}
    for name, shape in list(shapes.items()):
        shapes |= {f"{name}/adam_m": shape, f"{name}/adam_v": shape}
    found = ner_runs.checkpoint(output, NUM_STEPS)
    step = found.pop("global_step")
    assert (step.dtype, step.shape, step) == (np.int64, (), NUM_STEPS)
    assert {name: values.shape for name, values in found.items()} == shapes
    assert {values.dtype for values in found.values()} == {np.dtype("float32")}


def test_the_original_could_go_on_in_the_middle(ran):
    """Our step 10, slots too, is the original's: names, types, values.

    Where a run started from the original's, that one is still there.
    """
    recorded, output, _ = ran
    if not (recorded.model / "halfway").is_dir():
        pytest.skip("needs the shared folder beside the checkout")
    expected = ner_runs.checkpoint(recorded.model / "halfway", HALF)
    found = ner_runs.checkpoint(output, HALF)
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert found[name].dtype == values.dtype, name
        if "/self/key/bias" in name:
            continue  # the softmax does not see it: all of it is rounding
        # Slots are as small as gradients and their squares: 1e-28 some.
        largest = float(np.abs(values).max())
        difference = float(np.abs(found[name] - values).max())
        assert difference <= 1e-2 * largest, name


def test_every_third_step(recorded_dir, folder):
    """A line has the mean of the steps since the one before it."""
    recorded = read(recorded_dir, "albert_tiny_adamw", folder)
    output = folder / "every_third"
    # Saved at other steps: a line may stand in for two stretches.
    recorded.run(output, log_every_steps=3, save_checkpoints_steps=4)
    lines = ner_runs.json_lines(output / "metrics.jsonl")
    assert [line["step"] for line in lines] == [3, 6, 9, 12, 15, 18]
    losses = np.reshape(recorded.trajectory["losses_masked_lm"][:18], [6, 3])
    np.testing.assert_allclose(
        logged(output, "masked_lm_loss"), losses.mean(1), rtol=TOLERANCE
    )
    assert lines[0]["learning_rate"] == pytest.approx(RATE * 3 / 5)

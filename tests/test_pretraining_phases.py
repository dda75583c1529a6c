"""run_pretraining.py scores in training, keeps the best, has two phases."""

from __future__ import annotations

import numpy as np
import pytest

from foundation.errors import InputError
from tests import lm_world, ner_runs, tiny_pretraining

pytestmark = pytest.mark.slow
SHORT = 32  # pieces of a record of the other phase
OF_TIME = {
    *("steps_per_second", "tokens_per_second"),
    *("seconds_left", "share_of_peak"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Records of two lengths, by their length."""
    folders = {}
    for length in (lm_world.SEQ_LENGTH, SHORT):
        folders[length] = tmp_path_factory.mktemp(f"records_{length}")
        lm_world.make_records(folders[length], "bert", max_seq_length=length)
    return folders


@pytest.fixture
def world(tmp_path, made):
    root = tmp_path / "world"
    records = made[lm_world.SEQ_LENGTH]
    world = lm_world.make_world(root, "bert", records=records)
    world.flags["log_every_steps"] = 1
    return world


@pytest.fixture
def short(made):
    return f"{made[SHORT]}/*.tfrecord"


def run(world, output, **values):
    """Runs into a folder beside the world's; returns it."""
    output = world.root / output
    arguments = world.arguments(output_dir=output, **values)
    assert tiny_pretraining.run_flags(*arguments) == 0
    return output


def bundle(output, step):
    """Returns a checkpoint's bytes: weights, slots, global_step."""
    return [
        (output / f"model.ckpt-{step}{suffix}").read_bytes()
        for suffix in (".index", ".data-00000-of-00001")
    ]


def lines_without_times(output):
    lines = ner_runs.json_lines(output / "metrics.jsonl")
    return [
        {n: value for n, value in line.items() if n not in OF_TIME}
        for line in lines
    ]


def scores_logged(output):
    """Returns step -> name -> value of what was scored in training."""
    return {
        line["step"]: {
            n.removeprefix("eval_"): value
            for n, value in line.items()
            if n.startswith("eval_")
        }
        for line in tiny_pretraining.rows(output, "eval_loss")
    }


# --- scores


@pytest.fixture
def held_out(world):
    """Flags of a run that has records to train on and others to score."""
    return {
        "input_file": world.records / "a.tfrecord",
        "eval_input_file": world.records / "b.tfrecord",
        "num_train_steps": 5,
    }


def test_held_out_records_are_scored_along_the_way(world, held_out):
    output = run(world, "out", **held_out, eval_every_steps=2)
    scores = scores_logged(output)
    assert list(scores) == [0, 2, 4, 5]
    # Nothing is known before the first update.
    assert scores[0]["masked_lm_loss"] == pytest.approx(np.log(2048), abs=0.1)
    # The last update has rate 0.
    assert len({s["masked_lm_loss"] for s in scores.values()}) == 3
    final = ner_runs.values_of(output / "eval_results.txt")
    assert final == {**scores[5], "global_step": 5}
    # A step's scores are those of its checkpoint, scored on its own.
    alone = run(
        world,
        "alone",
        **held_out,
        do_train=False,
        init_checkpoint=output / "model.ckpt-2",
    )
    again = ner_runs.values_of(alone / "eval_results.txt")
    assert {n: again[n] for n in scores[2]} == scores[2]
    # Training does not know that it was scored.
    quiet = run(world, "quiet", **{**held_out, "eval_input_file": None})
    assert bundle(quiet, 5) == bundle(output, 5)
    trained = [x for x in lines_without_times(output) if "loss" in x]
    assert trained == lines_without_times(quiet)


def test_held_out_records_are_scored_first_and_last(world, held_out):
    output = run(world, "out", **held_out, eval_every_steps=0)
    assert list(scores_logged(output)) == [0, 5]


def test_the_best_checkpoint_is_kept(tmp_path, recorded_dir, monkeypatch):
    """ALBERT's model.ckpt-best predicts most pieces right; a tie is older."""
    from training.pretraining_evaluation import Evaluation

    recorded = tiny_pretraining.read_recorded(
        recorded_dir, "albert_tiny_adamw", tmp_path
    )
    # That of step 0 has no checkpoint here.
    accuracies = {0: 0.5, 2: 0.4, 4: 0.3, 6: 0.4}
    told = iter([*accuracies.values(), 0.4])
    measure = Evaluation.scores

    def scores(self):
        return {**measure(self), "masked_lm_accuracy": next(told)}

    flags = {"do_eval": True, "max_eval_steps": 2}
    with monkeypatch.context() as patched:
        patched.setattr(Evaluation, "scores", scores)
        output = recorded.run(
            tmp_path / "out",
            **flags,
            num_train_steps=6,
            save_checkpoints_steps=2,
            keep_checkpoint_max=1,
        )
    logged = scores_logged(output)
    assert {
        step: line["masked_lm_accuracy"] for step, line in logged.items()
    } == accuracies
    kept = sorted(path.name for path in output.glob("*.index"))
    assert kept == [
        *("model.ckpt-2.index", "model.ckpt-6.index", "model.ckpt-best.index")
    ]
    best = ner_runs.checkpoint(output, "best")
    assert best["global_step"] == 2
    assert bundle(output, "best") == bundle(output, 2)
    alone = recorded.run(
        tmp_path / "alone",
        **flags,
        do_train=False,
        init_checkpoint=output / "model.ckpt-best",
    )
    found = ner_runs.values_of(alone / "eval_results.txt")
    assert found["masked_lm_loss"] == logged[2]["masked_lm_loss"]


# --- phases


def test_one_command_is_two(world, short):
    """The rate does not ask how long the run is, so the schedule is one."""
    schedule = {"num_warmup_steps": 4, "poly_power": 0}
    both = run(
        world,
        "both",
        **schedule,
        num_train_steps=3,
        phase2_input_file=short,
        phase2_train_batch_size=6,
        phase2_num_train_steps=3,
    )
    run(world, "out", **schedule, num_train_steps=3)
    second = {
        **schedule,
        "input_file": short,
        "max_seq_length": SHORT,
        "train_batch_size": 6,
        "num_train_steps": 6,
    }
    with pytest.raises(InputError, match="differs from the run"):
        run(world, "out", **second)
    output = run(world, "out", **second, new_phase=True)
    for step in (3, 6):
        assert bundle(output, step) == bundle(both, step)
    lines = lines_without_times(both)
    assert lines == lines_without_times(output)
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]
    rates = [line["learning_rate"] / 1e-4 for line in lines]
    assert rates == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])


def test_a_schedule_over_both_phases(world, short):
    """Not given otherwise: the decay ends with the second phase."""
    output = run(
        world,
        "out",
        num_train_steps=3,
        num_warmup_steps=0,
        phase2_input_file=short,
        phase2_num_train_steps=1,
    )
    lines = lines_without_times(output)
    rates = [line["learning_rate"] / 1e-4 for line in lines]
    assert rates == pytest.approx([0.75, 0.5, 0.25, 0])


def test_a_second_phase_that_starts_again(world, short):
    """It is a run of its own from the first one's weights."""
    no_dropout = {"hidden_dropout": 0, "attention_dropout": 0}
    output = run(
        world,
        "out",
        **no_dropout,
        num_train_steps=3,
        num_warmup_steps=2,
        phase2_input_file=short,
        phase2_schedule="restart",
        phase2_learning_rate=4e-4,
        phase2_num_warmup_steps=2,
        phase2_num_train_steps=4,
    )
    lines = lines_without_times(output)
    rates = [line["learning_rate"] / 1e-4 for line in lines]
    assert rates == pytest.approx([1 / 2, 1 / 3, 0, 2, 2, 1, 0])
    own = run(
        world,
        "own",
        **no_dropout,
        input_file=short,
        max_seq_length=SHORT,
        init_checkpoint=output / "model.ckpt-3",
        learning_rate=4e-4,
        num_train_steps=4,
    )
    expected = ner_runs.checkpoint(own, 4)
    found = ner_runs.checkpoint(output, 7)
    assert (expected.pop("global_step"), found.pop("global_step")) == (4, 7)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)

"""Fine-tuning on two replicas is fine-tuning on one, rounding apart."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from foundation.errors import InputError
from tests import tiny_run
from tests.ner_runs import checkpoint, json_lines
from tests.training import replica_runs
from tests.training.tiny_task import TinyTask
from training.batch_source import BatchSource
from training.finetuning import FineTuning
from training.loop import Trainer
from training.metrics_log import MetricsLog
from training.options import BatchOptions
from training.random_numbers import dropout_seed
from training.replicas import Replicas
from training.resume_state import ResumeState
from training.schedules import WarmupPolynomialDecay
from training.step import StepResult

WITHIN = 1e-5


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What `replica_runs` leaves."""
    folder = tmp_path_factory.mktemp("runs")
    command = [sys.executable, "-m", "tests.training.replica_runs", folder]
    done = subprocess.run(
        command, check=False, cwd=tiny_run.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("expected", "name"),
    [
        *((f"{head}1", f"{head}2") for head in replica_runs.HEADS),
        ("tags1", "one_then_two"),
        ("tags1", "two_then_one"),
    ],
)
def test_two_replicas_train_as_one(runs, expected, name):
    """Also where a run goes on on another number of replicas."""
    logged = [json_lines(runs / n / "metrics.jsonl") for n in (expected, name)]
    updates = [[r for r in rows if "loss" in r] for rows in logged]
    assert [r["step"] for r in updates[1]] == list(
        range(1, replica_runs.UPDATES + 1)
    )
    # The norm too: Adam would hide a gradient that is off by a factor.
    for value in ("loss", "gradient_norm", "epoch"):
        series = [[row[value] for row in rows] for rows in updates]
        np.testing.assert_allclose(*series, atol=WITHIN, err_msg=value)
    weights, found = (
        checkpoint(runs / n, replica_runs.UPDATES) for n in (expected, name)
    )
    first = checkpoint(runs / expected, 2)
    assert found.keys() == weights.keys()
    for key, values in weights.items():
        np.testing.assert_allclose(
            found[key], values, atol=WITHIN, rtol=0, err_msg=key
        )
    table = "bert/embeddings/word_embeddings"
    assert np.abs(weights[table] - first[table]).max() > 1e-3


@pytest.mark.slow
def test_the_norm_has_been_clipped(runs):
    """Else the test above says nothing of it."""
    rows = json_lines(runs / "tags2" / "metrics.jsonl")
    assert max(row.get("gradient_norm", 0.0) for row in rows) > 1.0


@pytest.mark.slow
@pytest.mark.parametrize("head", ["tags", "pooler"])
def test_every_row_is_predicted_once_and_in_order(runs, head):
    """Any number of rows and batch size, in groups: as row by row."""
    with np.load(runs / "predictions.npz") as found:
        predictions = dict(found)
    table = replica_runs.table_of(TinyTask(head), replica_runs.MAX_ROWS)
    whole = predictions[
        replica_runs.prediction_name(head, 1, replica_runs.MAX_ROWS, 1)
        + "/values"
    ]
    labels = TinyTask.num_labels
    sizes = table.lengths if head == "tags" else [labels] * len(table)
    for num_rows in range(1, replica_runs.MAX_ROWS + 1):
        expected = whole[: sum(sizes[:num_rows])]
        if head == "pooler":
            assert len(expected) == labels * num_rows
        for replicas in (1, 2):
            for size in replica_runs.BATCH_SIZES:
                name = replica_runs.prediction_name(
                    head, replicas, num_rows, size
                )
                np.testing.assert_array_equal(
                    predictions[f"{name}/lengths"], sizes[:num_rows]
                )
                np.testing.assert_allclose(
                    predictions[f"{name}/values"],
                    expected,
                    atol=WITHIN,
                    rtol=0,
                    err_msg=name,
                )
    # Rows differ by far more, or their order would not show.
    rows = whole.reshape(-1, labels)
    apart = np.abs(rows[:, None] - rows).max(axis=-1) + np.eye(len(rows))
    assert apart.min() > 10 * WITHIN


class _Step:
    """Takes what two replicas are given, and computes nothing."""

    num_replicas = 2

    def __init__(self) -> None:
        self.given: list[tuple] = []

    def __call__(self, batches, seeds, scalars) -> StepResult:
        del scalars
        self.given += zip(batches, seeds, strict=True)
        return StepResult(tf.constant(1.0), tf.constant(1.0), tf.constant(True))


def test_each_replica_has_its_groups_and_its_dropout(tmp_path):
    table = replica_runs.table_of(TinyTask("tags"), 24)
    options = BatchOptions(
        train_batch_size=4, gradient_accumulation_steps=2, max_seq_length=12
    )
    source, step = BatchSource(table, options, seed=3), _Step()
    Trainer(
        step,
        source,
        WarmupPolynomialDecay(1e-3, 10),
        state=ResumeState(),
        log=MetricsLog(str(tmp_path), from_step=0),
        log_every=1,
        scales_loss=False,
    ).train(tf.constant(3))
    plan, seeds = source.plan(), set()
    for index, (batch, seed) in enumerate(step.given):
        micro_batch, replica = divmod(index, 2)
        groups = plan.indices(micro_batch)[replica * 2 : replica * 2 + 2]
        for name, values in source.padded(groups).items():
            np.testing.assert_array_equal(batch[name], values)
        update, micro = divmod(micro_batch, 2)
        expected = dropout_seed(
            3, batch=update, micro_batch=micro, replica=replica
        )
        np.testing.assert_array_equal(seed, expected)
        seeds.add(tuple(seed.numpy()))
    assert len(seeds) == len(step.given) == 3 * 2 * 2


def test_a_batch_that_replicas_cannot_share(tmp_path):
    three = Replicas()
    tuning = replica_runs.tuning_in(tmp_path, TinyTask(), three)
    assert isinstance(tuning, FineTuning)
    three.count = 3
    split = tuning.task.read("train")
    with pytest.raises(InputError) as caught:
        tuning.train(split, None)
    assert "--train_batch_size" in str(caught.value)
    assert "4 records for 3 devices" in str(caught.value)
    assert not list(tmp_path.iterdir())

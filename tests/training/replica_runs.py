"""Fine-tuning on one and on two replicas, in a process of its own.

  python -m tests.training.replica_runs FOLDER

A process divides its CPU once and for all, so the tests read what this one
leaves: the output folder of each run, and predictions.npz.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from inference.forward import Forward
from preprocessing.features import FeatureTable
from tests.tiny_configs import tiny_bert
from tests.training.tiny_model import random_batch
from tests.training.tiny_task import TinyTask
from training.devices import open_replicas
from training.finetuning import FineTuning
from training.interruption import Interrupted
from training.options import (
    BatchOptions,
    FineTuningOptions,
    ModelOptions,
    OptimizerOptions,
    SavingOptions,
    ScheduleOptions,
)
from training.pretraining_options import DeviceOptions
from training.replicas import Replicas

UPDATES = 8
HEADS = {"tags": 1, "pooler": 2, "crf": 1}  # with the micro-batches of each
GROUPS = (1, 3, 2, 1, 1, 4, 2, 1, 1)  # rows of each of the first groups
MAX_ROWS = 33
BATCH_SIZES = (1, 8, None)


def prediction_name(head: str, *place: int | None) -> str:
    """Returns the name of what is predicted: place is replicas, rows, size."""
    return "/".join(map(str, (head, *place)))


def table_of(task: TinyTask, num_rows: int) -> FeatureTable:
    """Returns rows of differing length, in groups of differing size."""
    batch = random_batch(MAX_ROWS, seed=9)
    lengths = batch["input_mask"].sum(axis=1)
    rows = [
        {name: values[row, : lengths[row]] for name, values in batch.items()}
        for row in range(num_rows)
    ]
    return FeatureTable(task.feature_specs, rows, list(_groups(num_rows)))


def _groups(num_rows: int) -> Iterator[int]:
    for size in (*GROUPS, *[1] * MAX_ROWS):
        if num_rows:
            yield min(size, num_rows)
            num_rows -= min(size, num_rows)


def tuning_in(
    folder: Path, task: TinyTask, replicas: Replicas, *, micro_batches: int = 1
) -> FineTuning:
    task.head_dropout = 0.0
    return FineTuning(
        task,
        FineTuningOptions(
            output_dir=str(folder),
            model=ModelOptions(
                config=tiny_bert(
                    num_hidden_layers=1,
                    initializer_range=0.2,  # logits that differ
                    hidden_dropout_prob=0.0,
                    attention_probs_dropout_prob=0.0,
                ),
                gelu_form="erf",
                init_checkpoint=None,
            ),
            batches=BatchOptions(
                train_batch_size=4,
                max_seq_length=12,
                gradient_accumulation_steps=micro_batches,
            ),
            schedule=ScheduleOptions(
                learning_rate=1e-3, num_train_steps=UPDATES
            ),
            saving=SavingOptions(
                save_checkpoints_steps=2, eval_every_steps=2, log_every_steps=1
            ),
            # So that clipping is at work: by the norm with rows unsummed.
            optimizer=OptimizerOptions(clip_norm=0.5),
            seed=1,
        ),
        replicas,
    )


def _train(tuning: FineTuning, *, dev: bool = False) -> None:
    split = tuning.task.read("train")
    whole = dataclasses.replace(split, table=table_of(tuning.task, 24))
    tuning.train(whole, tuning.task.read("dev") if dev else None)


def _train_in_two(folder: Path, first: Replicas, second: Replicas) -> None:
    """Trains on some replicas until a signal comes, then on others."""
    scored = []

    def stop() -> None:
        scored.append(1)
        if len(scored) == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    with contextlib.suppress(Interrupted):
        _train(
            tuning_in(folder, TinyTask("tags", at_score=stop), first), dev=True
        )
        raise AssertionError("the signal did not stop the run")
    _train(tuning_in(folder, TinyTask("tags"), second))


def _predict(
    folder: Path, head: str, replicas: Replicas
) -> Iterator[tuple[str, np.ndarray]]:
    """Yields the logits of all rows, end to end, and the number of each."""
    task = TinyTask(head)
    tuning = tuning_in(folder, task, replicas)
    forward = Forward(
        tuning.model, per_piece=not task.uses_pooler, run=tuning.run_batch
    )
    for num_rows in range(1, MAX_ROWS + 1):
        for size in BATCH_SIZES:
            logits = forward.logits(
                table_of(task, num_rows),
                max_seq_length=12,
                batch_size=size,
                what=None,
            )
            name = prediction_name(head, replicas.count, num_rows, size)
            yield f"{name}/values", np.concatenate(logits)
            yield f"{name}/lengths", np.array([len(row) for row in logits])


def main(folder: Path) -> None:
    """Trains and predicts on one replica and on two."""
    two = open_replicas(DeviceOptions(strategy="mirrored", logical_cpus=2))
    one = Replicas()
    assert two.count == 2
    for head, micro_batches in HEADS.items():
        for replicas in (one, two):
            _train(
                tuning_in(
                    folder / f"{head}{replicas.count}",
                    TinyTask(head),
                    replicas,
                    micro_batches=micro_batches,
                )
            )
    _train_in_two(folder / "one_then_two", one, two)
    _train_in_two(folder / "two_then_one", two, one)
    predictions = {
        name: values
        for head in ("tags", "pooler")
        for replicas in (one, two)
        for name, values in _predict(folder / "none", head, replicas)
    }
    np.savez(folder / "predictions.npz", **predictions)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

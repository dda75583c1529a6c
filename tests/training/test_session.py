"""When a run evaluates, saves and stops; signals and the log on the way."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import types

import pytest

from preprocessing.features import FeatureSpec, FeatureTable
from tests.training.tiny_model import SPECS, TinyTagger, random_batch
from training.batch_source import BatchSource
from training.checkpoints import CheckpointFolder
from training.finetuning import FineTuning
from training.interruption import Interrupted, SignalGuard
from training.metrics_log import MetricsLog
from training.optimizers import Optimizer, OptimizerOptions
from training.options import (
    BatchOptions,
    FineTuningOptions,
    ModelOptions,
    SavingOptions,
    ScheduleOptions,
)
from training.resume_state import ResumeState
from training.session import TrainingSession


def _model(tagger: TinyTagger) -> types.SimpleNamespace:
    """What a session asks of a TaskModel, around a tiny tagger."""
    task = types.SimpleNamespace(
        sums_loss=False,
        headline="f1",
        feature_specs=[FeatureSpec(name) for name in SPECS],
    )
    return types.SimpleNamespace(
        task=task,
        variables=tagger.variables,
        loss=tagger.loss,
    )


def _table() -> FeatureTable:
    batch = random_batch(16)
    return FeatureTable(
        [FeatureSpec(n, padding=-1 if "label" in n else 0) for n in SPECS],
        [{n: v[row] for n, v in batch.items()} for row in range(16)],
    )


def _session(folder, state=None, *, steps=20, **saving):
    options = FineTuningOptions(
        output_dir=str(folder),
        model=ModelOptions(config=None, gelu_form="erf", init_checkpoint=None),
        batches=BatchOptions(train_batch_size=4, max_seq_length=12),
        schedule=ScheduleOptions(),
        saving=SavingOptions(log_every_steps=1, **saving),
        optimizer=OptimizerOptions(),
        seed=1,
    )
    tagger = TinyTagger()
    return TrainingSession(
        _model(tagger),
        Optimizer(tagger.variables, options.optimizer),
        BatchSource(_table(), options.batches, 1),
        options=options,
        state=state or ResumeState(seed=1),
        num_train_steps=steps,
    )


def _scores(values):
    """Returns a function that gives one score after the other."""
    iterator = iter(values)
    return lambda: {"f1": next(iterator)}


def _steps(folder) -> list[int]:
    names = [n for n in os.listdir(folder) if n.endswith(".index")]
    return sorted(int(n.split("-")[1].split(".")[0]) for n in names)


def test_the_best_checkpoint_outlives_the_newest(tmp_path):
    folder = CheckpointFolder(str(tmp_path), keep=2)
    session = _session(tmp_path, eval_every_steps=2)
    scores = [0.1, 0.6, 0.3, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]
    state = session.run(folder, score_dev=_scores(scores))
    assert (state.best_step, state.best_score) == (4, 0.6)  # the first of two
    assert state.evaluations_since_best == 8
    assert state.finished
    assert state.global_step == 20
    assert _steps(tmp_path) == [4, 18, 20]
    found = folder.latest()[1]
    assert dataclasses.replace(found, bundle_sha256="") == state


def test_patience_stops_at_best_plus_patience(tmp_path):
    folder = CheckpointFolder(str(tmp_path), keep=1)
    session = _session(tmp_path, eval_every_steps=2, patience=3)
    scores = [0.1, 0.6, 0.3, 0.5, 0.59, 0.9]
    state = session.run(folder, score_dev=_scores(scores))
    assert (state.best_step, state.global_step) == (4, 10)
    assert state.finished
    assert _steps(tmp_path) == [4, 10]


@pytest.mark.parametrize(
    ("step", "waited", "patience", "expected"),
    [
        (20, 5, 0, True),
        (20, 5, 3, True),
        (12, 3, 3, True),  # out of patience
        (12, 3, 5, False),  # which was raised
        (12, 2, 0, False),  # was long enough, but epochs were raised
        (12, 0, 0, False),
    ],
)
def test_what_counts_as_a_complete_run(step, waited, patience, expected):
    tuning = object.__new__(FineTuning)
    saving = SavingOptions(patience=patience, eval_every_steps=1)
    tuning._options = types.SimpleNamespace(saving=saving)
    state = ResumeState(
        global_step=step, evaluations_since_best=waited, finished=True
    )
    assert tuning._is_complete(state, 20) == expected


def test_epochs_between_evaluations(tmp_path):
    folder = CheckpointFolder(str(tmp_path), keep=9)
    session = _session(tmp_path, eval_every_epochs=1.5, steps=14)
    session.run(folder, score_dev=_scores([0.1, 0.2, 0.3]))
    assert _steps(tmp_path) == [6, 12, 14]  # 4 updates an epoch; and the end


def test_without_evaluation_the_last_one_counts(tmp_path):
    folder = CheckpointFolder(str(tmp_path))
    session = _session(tmp_path, save_checkpoints_steps=8)
    state = session.run(folder, score_dev=None)
    assert _steps(tmp_path) == [8, 16, 20]
    assert state.best_step is None
    assert state.finished


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("at", [4, 20])
def test_a_signal_in_an_evaluation_loses_nothing(tmp_path, number, at):
    # The evaluation that is due at the step is done, saved, then all stops:
    # a resumed run would not come back to it.
    folder = CheckpointFolder(str(tmp_path))
    session = _session(tmp_path, eval_every_steps=4)

    def score():
        if session.step == at:
            os.kill(os.getpid(), number)
        return {"f1": session.step / 100}

    with pytest.raises(Interrupted) as stop:
        session.run(folder, score_dev=score)
    assert stop.value.number == number
    state = folder.latest()[1]
    assert (state.global_step, state.best_step) == (at, at)
    assert state.finished == (at == 20)


def test_a_signal_in_the_last_piece_before_an_evaluation(tmp_path):
    folder = CheckpointFolder(str(tmp_path))
    session = _session(tmp_path, eval_every_steps=4)
    write = session._log.write

    def write_and_signal(step, values):
        write(step, values)
        if step == 8 and "loss" in values:
            os.kill(os.getpid(), signal.SIGTERM)

    session._log.write = write_and_signal
    with pytest.raises(Interrupted):
        session.run(folder, score_dev=_scores([0.1, 0.2, 0.3]))
    state = folder.latest()[1]
    assert (state.global_step, state.best_step) == (8, 8)


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with SignalGuard() as guard:
        assert guard.received is None
        os.kill(os.getpid(), signal.SIGTERM)
        assert guard.received == signal.SIGTERM
    after = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    assert after == before


def test_a_second_ctrl_c_ends_at_once():
    with SignalGuard() as guard:
        os.kill(os.getpid(), signal.SIGINT)
        assert guard.received == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def _logged(folder) -> list[int]:
    text = (folder / "metrics.jsonl").read_text()
    return [json.loads(line)["step"] for line in text.splitlines()]


def test_the_log_has_each_step_once(tmp_path):
    log = MetricsLog(str(tmp_path), from_step=0)
    for step in range(1, 8):
        log.write(step, {"loss": 1.0 / step})
    # The run is killed in a write; its newest checkpoint is of step 5.
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 8, "lo')
    log = MetricsLog(str(tmp_path), from_step=5)
    assert _logged(tmp_path) == [1, 2, 3, 4, 5]
    for step in (6, 7):
        log.write(step, {"loss": 1.0 / step})
    assert _logged(tmp_path) == [1, 2, 3, 4, 5, 6, 7]
    MetricsLog(str(tmp_path), from_step=0)
    assert _logged(tmp_path) == []


def test_a_log_without_its_last_line_end(tmp_path):
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n7\n{"step": 2}')
    MetricsLog(str(tmp_path), from_step=4).write(5, {"loss": 1.0})
    assert _logged(tmp_path) == [1, 2, 5]

"""Runs that freeze layers, start some anew, or differ in their rates."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import signal

import numpy as np
import pytest
from absl import logging

from foundation.errors import InputError
from modeling.encoder import build_encoder
from modeling.weights import tf1
from tests.tiny_configs import tiny_albert, tiny_bert
from tests.training.tiny_task import TinyTask
from training import finetuning
from training.checkpoints import CheckpointFolder
from training.finetuning import FineTuning
from training.interruption import Interrupted
from training.options import (
    BatchOptions,
    FineTuningOptions,
    ModelOptions,
    OptimizerOptions,
    SavingOptions,
    ScheduleOptions,
    TransferOptions,
)

CONFIG = tiny_bert(num_hidden_layers=3)
UPDATES_AN_EPOCH = 4


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory) -> str:
    """A checkpoint of a tiny BERT without a head."""
    prefix = str(tmp_path_factory.mktemp("pretrained") / "model.ckpt-9")
    encoder = build_encoder(CONFIG, gelu_form="erf", seed=77)
    tf1.write_bundle(prefix, encoder.named)
    return prefix


def _tuning(
    folder,
    transfer=None,
    *,
    init_checkpoint=None,
    task=None,
    config=CONFIG,
    epochs=4.0,
    **options,
) -> FineTuning:
    return FineTuning(
        task or TinyTask(),
        FineTuningOptions(
            output_dir=str(folder),
            model=ModelOptions(
                config=config, gelu_form="erf", init_checkpoint=init_checkpoint
            ),
            batches=BatchOptions(train_batch_size=4, max_seq_length=12),
            schedule=ScheduleOptions(
                learning_rate=1e-3, num_train_epochs=epochs
            ),
            saving=SavingOptions(eval_every_steps=4, log_every_steps=1),
            optimizer=OptimizerOptions(),
            seed=options.pop("seed", 1),
            transfer=transfer or TransferOptions(),
            **options,
        ),
    )


def _train(tuning: FineTuning, *, dev: bool = False) -> dict[str, np.ndarray]:
    split = tuning.task.read("train")
    tuning.train(split, tuning.task.read("dev") if dev else None)
    return _values(tuning)


def _values(tuning: FineTuning) -> dict[str, np.ndarray]:
    return {n: v.numpy() for n, v in tuning.model.variables.items()}


def _bundle(folder) -> tf1.Tf1Bundle:
    return tf1.Tf1Bundle(CheckpointFolder(str(folder)).latest()[0])


def _changed(values, source: tf1.Tf1Bundle) -> set[str]:
    """Returns what is no longer as in the source, bit by bit."""
    return {
        name
        for name in values.keys() & source.shapes.keys()
        if values[name].tobytes() != source.read(name).tobytes()
    }


@pytest.mark.parametrize(
    ("freeze", "trained"),
    [
        ("embeddings,0-1", ("bert/encoder/layer_2/",)),
        ("1", ("bert/embeddings/", "layer_0/", "layer_2/")),
        ("all", ()),
    ],
)
def test_frozen_weights_are_bit_equal_after_50_steps(
    tmp_path, pretrained, freeze, trained
):
    tuning = _tuning(
        tmp_path,
        TransferOptions(freeze=freeze),
        init_checkpoint=pretrained,
        epochs=50 / UPDATES_AN_EPOCH,
    )
    values, source = _train(tuning), tf1.Tf1Bundle(pretrained)
    assert tuning.step == 50
    moving = {n for n in source.shapes if any(part in n for part in trained)}
    # The table of segments has a row that no batch uses, but decay moves it.
    assert _changed(values, source) == moving
    saved = _bundle(tmp_path)
    slots = {n.rpartition("/")[0] for n in saved.shapes if "/adam_" in n}
    assert slots == moving | {"output_weights", "output_bias"}
    # All weights are in the checkpoint, frozen ones too.
    assert set(values) == {
        n for n in saved.shapes if "/adam_" not in n and n != "global_step"
    }
    assert _changed(values, saved) == set()


def test_frozen_layers_of_an_albert(tmp_path):
    config = tiny_albert(num_hidden_layers=4, num_hidden_groups=2)
    tuning = _tuning(
        tmp_path, TransferOptions(freeze="embeddings,0-1"), config=config
    )
    before = _values(tuning)
    values = _train(tuning)
    changed = {n for n in values if (values[n] != before[n]).any()}
    scopes = {"/".join(name.split("/")[:4]) for name in changed}
    assert scopes == {
        "bert/encoder/transformer/group_1",
        "output_weights",
        "output_bias",
    }


@pytest.mark.parametrize("head", ["tags", "pooler"])
def test_the_top_starts_anew(tmp_path, pretrained, head):
    started = []
    for folder, seed, layers in (
        ("a", 1, 2),
        ("b", 1, 2),
        ("c", 2, 2),
        ("none", 1, 0),
    ):
        tuning = _tuning(
            tmp_path / folder,
            TransferOptions(reinit_layers=layers),
            init_checkpoint=pretrained,
            task=TinyTask(head),
            seed=seed,
        )
        tuning._load_start(tuning._make_optimizer())
        started.append(_values(tuning))
    first, again, other_seed, none = started
    source = tf1.Tf1Bundle(pretrained)
    assert _changed(none, source) == set()
    tops = ["bert/encoder/layer_1/", "bert/encoder/layer_2/"]
    if head == "pooler":  # what is not trained is not thrown away either
        tops.append("bert/pooler/")
    top = {n for n in source.shapes if n.startswith(tuple(tops))}
    kernels = {n for n in top if n.endswith("kernel")}
    # Biases and layer norms start alike, in the checkpoint and anew.
    assert _changed(first, source) == kernels
    for name, values in first.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)
        differs = (other_seed[name] != values).any()
        assert differs == (name in kernels | {"output_weights"}), name
    for name in kernels:
        assert 0.01 < first[name].std() < 0.02  # cut off at 2 of 0.02


def test_a_checkpoint_without_what_starts_anew_is_of_another_model(
    tmp_path, pretrained
):
    deeper = dataclasses.replace(CONFIG, num_hidden_layers=4)
    tuning = _tuning(
        tmp_path,
        TransferOptions(reinit_layers=1),
        init_checkpoint=pretrained,
        config=deeper,
    )
    with pytest.raises(InputError, match="lacks bert/encoder/layer_3"):
        _train(tuning)


ALL_OPTIONS = TransferOptions(
    layerwise_lr_decay=0.8,
    freeze="embeddings,0",
    reinit_layers=1,
    crf_learning_rate=0.02,
)
BALANCED = {"class_weights": "balanced"}


@pytest.mark.parametrize("head", ["crf", "pooler"])
def test_a_resumed_run_ends_alike_with_all_options(tmp_path, pretrained, head):
    files = {}
    for name in ("whole", "halves"):
        scored = []

        def stop_at_second_score(name=name, scored=scored):
            scored.append(1)
            if name == "halves" and len(scored) == 2:
                os.kill(os.getpid(), signal.SIGTERM)

        def start(name=name, at_score=stop_at_second_score):
            return _tuning(
                tmp_path / name,
                ALL_OPTIONS,
                init_checkpoint=pretrained,
                task=TinyTask(head, at_score=at_score),
                loss_options=BALANCED,
            )

        if name == "halves":
            with pytest.raises(Interrupted):
                _train(start(), dev=True)
            stopped = CheckpointFolder(str(tmp_path / name)).latest()[1]
            assert 0 < stopped.global_step < 16
        _train(start(), dev=True)
        files[name] = {
            path.name: path.read_bytes()
            for path in (tmp_path / name).glob("model.ckpt-16.*")
        }
    assert len(files["whole"]) == 3
    assert files["halves"] == files["whole"]


def test_a_crf_has_a_rate_of_its_own(tmp_path):
    moved = {}
    for rate in (1e-3, 0.02):
        tuning = _tuning(
            tmp_path / str(rate),
            TransferOptions(crf_learning_rate=rate, layerwise_lr_decay=0.5),
            task=TinyTask("crf"),
        )
        before = _values(tuning)["output_weights"]
        values = _train(tuning)
        moved[rate] = [
            np.abs(values["crf/transitions"]).max(),
            np.abs(values["output_weights"] - before).max(),
        ]
    (slow, slow_head), (fast, fast_head) = moved.values()
    assert 10 < fast / slow < 30  # 20 times the rate
    assert 0.5 < fast_head / slow_head < 2  # of the run's rate both times
    assert 0.5 < slow / slow_head < 2


@pytest.fixture(scope="module")
def all_options_dir(tmp_path_factory) -> pathlib.Path:
    """What a run with all options left; the runs below are refused there."""
    folder = tmp_path_factory.mktemp("all_options") / "out"
    _train(_tuning(folder, ALL_OPTIONS, loss_options=BALANCED))
    return folder


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"freeze": "embeddings"}, "freeze differs"),
        ({"freeze": "none"}, "got none, expected embeddings,0"),
        ({"reinit_layers": 2}, "reinit_layers differs"),
        ({"layerwise_lr_decay": 0.9}, "got 0.9, expected 0.8"),
        ({"crf_learning_rate": 0.01}, "crf_learning_rate differs"),
        ({"class_weights": "none"}, "got none, expected balanced"),
    ],
)
def test_what_must_not_change_when_a_run_goes_on(
    all_options_dir, tmp_path, changes, words
):
    folder = shutil.copytree(all_options_dir, tmp_path / "out")
    loss_options = {n: v for n, v in changes.items() if n in BALANCED}
    transfer = {n: v for n, v in changes.items() if n not in BALANCED}
    tuning = _tuning(
        folder,
        dataclasses.replace(ALL_OPTIONS, **transfer),
        epochs=8,
        loss_options=BALANCED | loss_options,
    )
    with pytest.raises(InputError, match=words):
        _train(tuning)


def test_freeze_may_be_spelt_otherwise_when_a_run_goes_on(tmp_path):
    _train(_tuning(tmp_path, TransferOptions(freeze="embeddings,0-1")))
    tuning = _tuning(
        tmp_path, TransferOptions(freeze="1, 0,embeddings"), epochs=8
    )
    _train(tuning)
    assert tuning.step == 32


@pytest.fixture
def loads(monkeypatch) -> list[str]:
    """The checkpoints that weights are read from."""
    paths: list[str] = []
    load = finetuning.matching.load

    def counted(source, variables, **options):
        paths.append(os.path.basename(source.path))
        return load(source, variables, **options)

    monkeypatch.setattr(finetuning.matching, "load", counted)
    return paths


def test_a_complete_run_is_loaded_once(tmp_path, loads, monkeypatch):
    values = _train(_tuning(tmp_path), dev=True)
    assert loads == []
    best = CheckpointFolder(str(tmp_path)).latest()[1].best_step
    read = []
    tensor = tf1.Tf1Bundle.read
    monkeypatch.setattr(
        tf1.Tf1Bundle,
        "read",
        lambda bundle, name: read.append(name) or tensor(bundle, name),
    )
    again = _tuning(tmp_path)
    assert again.already_trained(again.task.read("train"))
    _train(again, dev=True)
    assert again.load_best() == best == again.step
    assert loads == [f"model.ckpt-{best}"]
    assert sorted(read) == sorted(values)  # no slots
    expected = tf1.Tf1Bundle(str(tmp_path / f"model.ckpt-{best}"))
    for name, value in _values(again).items():
        np.testing.assert_array_equal(value, tensor(expected, name))


def test_the_log_says_what_trains(tmp_path, monkeypatch):
    lines: list[str] = []
    monkeypatch.setattr(
        logging, "info", lambda text, *args: lines.append(text % args)
    )
    _tuning(tmp_path, ALL_OPTIONS)._make_optimizer()
    assert "--freeze=embeddings,0: 34 of 55 tensors train." in lines
    assert (
        "Highest learning rates: head 0.001, layer 2 0.00064, layer 0 "
        "0.00041, embeddings 0.000328." in lines
    )

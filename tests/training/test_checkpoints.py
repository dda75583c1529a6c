"""A folder of checkpoints stays usable through kills and damage."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from absl import logging

from foundation.errors import InputError
from modeling.weights import tf1
from training import checkpoints
from training.checkpoints import CheckpointFolder
from training.resume_state import ResumeState, check_same_options

DATA, INDEX = ".data-00000-of-00001", ".index"


def _tensors(step: int) -> dict[str, tf.Tensor]:
    values = np.arange(12, dtype=np.float32).reshape(3, 4) + 100 * step
    return {
        "bert/pooler/dense/kernel": tf.constant(values),
        "bert/pooler/dense/kernel/adam_m": tf.constant(values / 7),
        "bert/pooler/dense/kernel/adam_v": tf.constant(values**2),
        "output_bias": tf.constant([0.5, step], tf.float32),
        "global_step": tf.constant(step, tf.int64),
    }


def _state(step: int, **values) -> ResumeState:
    return ResumeState(
        global_step=step,
        batches_seen=step + 1,
        seed=7,
        loss_scale=256.0,
        good_steps=3,
        best_score=0.25,
        evaluations_since_best=2,
        options={"train_batch_size": 32, "training data": ["abc"]},
        **values,
    )


def _save(folder: Path, *steps: int, keep: int = 5, **values) -> None:
    for step in steps:
        CheckpointFolder(str(folder), keep=keep).save(
            _tensors(step), _state(step, **values)
        )


def _check_sound(prefix: str, step: int) -> None:
    bundle = tf1.Tf1Bundle(prefix)
    expected = _tensors(step)
    assert set(bundle.shapes) == set(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(bundle.read(name), values.numpy())


def _latest_step(folder: Path) -> int | None:
    """Returns the newest step after a look at every byte of it."""
    found = CheckpointFolder(str(folder)).latest()
    if found is None:
        return None
    prefix, state = found
    step = state.global_step
    assert prefix == str(folder / f"model.ckpt-{step}")
    _check_sound(prefix, step)
    assert (state.batches_seen, state.seed) == (step + 1, 7)
    return step


@pytest.fixture
def warnings(monkeypatch) -> list[str]:
    """What the log would show as warnings."""
    lines: list[str] = []
    monkeypatch.setattr(
        logging, "warning", lambda text, *args: lines.append(text % args)
    )
    return lines


def test_round_trip(tmp_path):
    state = _state(10, best_step=4, finished=True)
    folder = CheckpointFolder(str(tmp_path / "new"))
    assert folder.latest() is None
    assert folder.save(_tensors(10), state) == folder.prefix(10)
    prefix, found = folder.latest()
    _check_sound(prefix, 10)
    assert found.bundle_sha256
    assert found == checkpoints.dataclasses.replace(
        state, bundle_sha256=found.bundle_sha256
    )
    assert sorted(os.listdir(tmp_path / "new")) == [
        "checkpoint",
        "model.ckpt-10.data-00000-of-00001",
        "model.ckpt-10.index",
        "model.ckpt-10.resume.json",
    ]


def test_an_empty_folder_has_no_checkpoint(tmp_path):
    assert CheckpointFolder(str(tmp_path)).latest() is None
    (tmp_path / "label_map.json").write_text("{}")
    assert CheckpointFolder(str(tmp_path)).latest() is None


def test_pointer_is_the_text_that_tensorflow_reads(tmp_path):
    _save(tmp_path, 2, 10)
    assert (tmp_path / "checkpoint").read_text() == (
        'model_checkpoint_path: "model.ckpt-10"\n'
        'all_model_checkpoint_paths: "model.ckpt-2"\n'
        'all_model_checkpoint_paths: "model.ckpt-10"\n'
    )
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(
        tmp_path / "model.ckpt-10"
    )


def _steps(folder: Path) -> list[int]:
    names = [n for n in os.listdir(folder) if n.startswith("model.ckpt-")]
    steps = {int(n.split("-")[1].split(".")[0]) for n in names}
    assert len(names) == 3 * len(steps)  # nothing left of the others
    return sorted(steps)


def test_keeps_the_newest_and_the_best(tmp_path):
    _save(tmp_path, *range(1, 7), keep=3)
    assert _steps(tmp_path) == [4, 5, 6]
    _save(tmp_path, 7, 8, 9, 10, keep=3, best_step=5)
    assert _steps(tmp_path) == [5, 8, 9, 10]
    _save(tmp_path, 11, keep=1, best_step=11)
    assert _steps(tmp_path) == [11]


def test_partial_files_are_removed_and_nothing_else(tmp_path):
    _save(tmp_path, 4)
    for name in (
        ".partial-model.ckpt-8.index",
        ".partial-model.ckpt-8.data-00000-of-00001.tempstate123",
        "checkpoint.tmp-4711",
        "model.ckpt-8.resume.json.tmp-1",
        "notes.tmp-draft.txt",
    ):
        (tmp_path / name).write_text("x")
    before = set(os.listdir(tmp_path))
    assert _latest_step(tmp_path) == 4
    assert set(os.listdir(tmp_path)) == before  # a reader removes nothing
    CheckpointFolder(str(tmp_path)).clean()
    left = set(os.listdir(tmp_path)) - {"checkpoint", "notes.tmp-draft.txt"}
    assert all(name.startswith("model.ckpt-4.") for name in left)
    assert (tmp_path / "notes.tmp-draft.txt").exists()


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[str], object]] = {
    "truncated data": lambda p: _truncate(Path(p + DATA)),
    "flipped byte in data": lambda p: _flip(Path(p + DATA)),
    "missing data": lambda p: os.remove(p + DATA),
    "empty data": lambda p: Path(p + DATA).write_bytes(b""),
    "truncated index": lambda p: _truncate(Path(p + INDEX)),
    "flipped byte in index": lambda p: _flip(Path(p + INDEX)),
    "missing index": lambda p: os.remove(p + INDEX),
    "truncated resume.json": lambda p: _truncate(Path(p + ".resume.json")),
    "not an object": lambda p: Path(p + ".resume.json").write_text("[1]"),
    "unknown key": lambda p: Path(p + ".resume.json").write_text('{"a": 1}'),
    "another step's": lambda p: shutil.copy(
        Path(p).parent / "model.ckpt-2.resume.json", p + ".resume.json"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_one_before_a_damaged_one_is_used(tmp_path, warnings, damage):
    _save(tmp_path, 2, 4, 6)
    DAMAGES[damage](str(tmp_path / "model.ckpt-6"))
    assert _latest_step(tmp_path) == 4
    (line,) = warnings
    assert "model.ckpt-6 is damaged" in line
    # The run goes on from there and the damaged one is written again.
    _save(tmp_path, 6)
    assert _latest_step(tmp_path) == 6
    assert len(warnings) == 1


@pytest.mark.parametrize("damage", DAMAGES)
def test_all_damaged_is_an_error(tmp_path, warnings, damage):
    _save(tmp_path, 2)
    _save(tmp_path, 4)
    os.remove(tmp_path / f"model.ckpt-2{DATA}")
    DAMAGES[damage](str(tmp_path / "model.ckpt-4"))
    with pytest.raises(InputError, match="--overwrite_output_dir") as error:
        CheckpointFolder(str(tmp_path)).latest()
    assert error.value.got == "2 damaged"
    assert len(warnings) == 2


def test_missing_sidecar_of_a_sound_bundle(tmp_path):
    # What an original Estimator leaves: it counts updates only.
    _save(tmp_path, 4)
    os.remove(tmp_path / "model.ckpt-4.resume.json")
    _, state = CheckpointFolder(str(tmp_path)).latest()
    assert state == ResumeState(global_step=4, batches_seen=4)


@pytest.mark.parametrize("damage", ["truncated data", "flipped byte in data"])
def test_damage_is_found_without_a_sidecar(tmp_path, warnings, damage):
    _save(tmp_path, 2, 4)
    os.remove(tmp_path / "model.ckpt-4.resume.json")
    DAMAGES[damage](str(tmp_path / "model.ckpt-4"))
    assert _latest_step(tmp_path) == 2
    assert len(warnings) == 1


@pytest.mark.shared
def test_a_run_of_the_original_is_taken_over(shared_dir, tmp_path):
    source = shared_dir / "golden" / "bert_tiny" / "halfway"
    for path in source.glob("model.ckpt-10.*"):
        shutil.copy(path, tmp_path)
    folder = CheckpointFolder(str(tmp_path))
    prefix, state = folder.latest()
    assert state == ResumeState(global_step=10, batches_seen=10)
    bundle = tf1.Tf1Bundle(prefix)
    tensors = {n: tf.constant(bundle.read(n)) for n in bundle.shapes}
    before = {p.name: p.read_bytes() for p in tmp_path.glob("*.ckpt-10.*")}
    # A save at that very step must not touch what was handed over.
    del tensors["bert/pooler/dense/bias"]
    folder.save(tensors, ResumeState(global_step=10, batches_seen=10, seed=3))
    after = {name: (tmp_path / name).read_bytes() for name in before}
    assert after == before
    assert folder.latest()[1].seed == 3


def test_changed_options_show_both_values():
    state = _state(4)
    check_same_options(state, {"train_batch_size": 32, "new": 1}, folder="out")
    with pytest.raises(InputError, match="train_batch_size") as error:
        check_same_options(state, {"train_batch_size": 16}, folder="out")
    assert (error.value.got, error.value.expected) == (16, 32)


class _Watch:
    """Notes the folder's files before every change to the file system."""

    def __init__(self, folder: Path, copies: Path) -> None:
        self.folder, self.copies = folder, copies
        self.count = 0
        self.fail_at: int | None = None

    def before(self, function: Callable) -> Callable:
        def call(*args, **kwargs):
            self.note()
            if self.fail_at == self.count:
                raise OSError(5, "Input/output error")
            result = function(*args, **kwargs)
            self.note()
            return result

        return call

    def note(self) -> None:
        self.count += 1
        shutil.copytree(
            self.folder, self.copies / str(self.count), dirs_exist_ok=True
        )


@pytest.fixture
def watch(tmp_path) -> _Watch:
    folder, copies = tmp_path / "run", tmp_path / "copies"
    folder.mkdir()
    return _Watch(folder, copies)


def _start_watching(watch: _Watch, monkeypatch) -> None:
    for module, name in (
        (os, "replace"),
        (os, "remove"),
        (os, "fsync"),
        (tf1, "write_bundle"),
    ):
        monkeypatch.setattr(module, name, watch.before(getattr(module, name)))


# (steps there before, what happens to them, step saved, checkpoints kept)
SITUATIONS = {
    "first": ((), None, 2, 5),
    "next": ((2, 4), None, 6, 5),
    "next, an old one goes": ((2, 4), None, 6, 2),
    "only one is kept": ((2,), None, 4, 1),
    "same step again": ((2, 4), None, 4, 5),
    "same step again, the only one": ((4,), None, 4, 1),
    "same step, the newest was damaged": ((2, 4), "flipped byte in data", 4, 5),
    "same step, its index was lost": ((2, 4), "missing index", 4, 5),
    "after damage, one is kept": ((2, 4), "truncated data", 6, 1),
    "cut short before": ((2, 4), "pointer at 2", 4, 5),
    "cut short before, other step": ((2, 4), "pointer at 2", 6, 1),
}


def _prepare(folder: Path, steps: tuple[int, ...], event: str | None) -> None:
    _save(folder, *steps)
    newest = str(folder / f"model.ckpt-{steps[-1]}") if steps else ""
    if event == "pointer at 2":
        (folder / "checkpoint").write_text(
            'model_checkpoint_path: "model.ckpt-2"\n'
        )
    elif event:
        DAMAGES[event](newest)


@pytest.mark.usefixtures("warnings")
@pytest.mark.parametrize("situation", SITUATIONS)
def test_killed_at_any_moment(watch, monkeypatch, situation):
    steps, event, saved, keep = SITUATIONS[situation]
    _prepare(watch.folder, steps, event)
    before = _latest_step(watch.folder)
    _start_watching(watch, monkeypatch)
    _save(watch.folder, saved, keep=keep)
    monkeypatch.undo()
    assert watch.count >= 10
    seen = []
    for number in range(1, watch.count + 1):
        copy = watch.copies / str(number)
        seen.append(_latest_step(copy))
        # The same save again, and one more, as a restarted run does.
        _save(copy, saved, saved + 2, keep=keep)
        assert _latest_step(copy) == saved + 2
        assert max(_steps(copy)) == saved + 2
    assert set(seen) <= {before, saved}
    # First the old one, from some moment on the new one.
    assert seen == sorted(seen, key=lambda step: step == saved)
    assert _latest_step(watch.folder) == saved


@pytest.mark.usefixtures("warnings")
@pytest.mark.parametrize("situation", SITUATIONS)
def test_failing_at_any_step(tmp_path, monkeypatch, situation):
    steps, event, saved, keep = SITUATIONS[situation]
    number, failures = 0, 0
    while True:
        number += 1
        folder = tmp_path / str(number) / "run"
        folder.mkdir(parents=True)
        _prepare(folder, steps, event)
        before = _latest_step(folder)
        watch = _Watch(folder, folder.parent / "copies")
        watch.fail_at = number
        with monkeypatch.context() as patch:
            _start_watching(watch, patch)
            try:
                _save(folder, saved, keep=keep)
            except OSError:
                failures += 1
        if watch.count < number:
            break
        assert _latest_step(folder) in {before, saved}
        assert not list(folder.glob(".partial-*"))
        _save(folder, saved, keep=keep)  # the disk works again
        assert _latest_step(folder) == saved
    assert failures >= 5


def test_a_full_disk_is_one_line_and_leaves_no_parts(tmp_path, monkeypatch):
    _save(tmp_path, 2)

    def full(**_):
        (tmp_path / f".partial-model.ckpt-4{DATA}").write_bytes(b"half")
        raise tf.errors.ResourceExhaustedError(None, None, "no space")

    monkeypatch.setattr(tf.raw_ops, "SaveV2", full)
    with pytest.raises(InputError, match="cannot be written"):
        _save(tmp_path, 4)
    assert not list(tmp_path.glob(".partial-*"))
    assert _latest_step(tmp_path) == 2


def test_resume_json_is_plain(tmp_path):
    _save(tmp_path, 2, best_step=2)
    values = json.loads((tmp_path / "model.ckpt-2.resume.json").read_text())
    assert values["global_step"] == 2
    assert values["options"] == {
        "train_batch_size": 32,
        "training data": ["abc"],
    }

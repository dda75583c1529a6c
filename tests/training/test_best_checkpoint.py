"""model.ckpt-best is a whole checkpoint, the best one, or none."""

from __future__ import annotations

import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf

from foundation.errors import InputError
from modeling.weights import tf1
from tests import lm_runs
from training import best_checkpoint
from training.checkpoints import CheckpointFolder
from training.resume_state import ResumeState

DATA, INDEX = ".data-00000-of-00001", ".index"


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    """Holds the checkpoints of two steps."""
    kept = CheckpointFolder(str(tmp_path))
    for step in (1, 2):
        kept.save(
            {"bert/kernel": tf.fill([3, 5], float(step))},
            ResumeState(global_step=step),
        )
    return tmp_path


def _bytes(folder: pathlib.Path, name: object) -> list[bytes]:
    return [
        (folder / f"model.ckpt-{name}{suffix}").read_bytes()
        for suffix in (DATA, INDEX)
    ]


def test_it_is_a_checkpoint_of_its_own(folder):
    best_checkpoint.copy_best(str(folder), 1)
    bundle = tf1.Tf1Bundle(str(folder / best_checkpoint.BEST_NAME))
    bundle.check()
    np.testing.assert_array_equal(
        bundle.read("bert/kernel"), np.ones([3, 5], np.float32)
    )
    # Neither a step to resume from nor one to be removed.
    found, state = CheckpointFolder(str(folder)).latest()
    assert (pathlib.Path(found).name, state.global_step) == ("model.ckpt-2", 2)


def test_a_better_one_takes_its_place(folder):
    for step in (1, 2):
        best_checkpoint.copy_best(str(folder), step)
        assert _bytes(folder, "best") == _bytes(folder, step)


@pytest.mark.parametrize("copied_before", [0, 1])
def test_cut_short_it_is_no_checkpoint(folder, monkeypatch, copied_before):
    """Never one step's index beside another one's data."""
    best_checkpoint.copy_best(str(folder), 1)
    copy, copied = shutil.copyfileobj, []

    def copy_some(old, new):
        if len(copied) == copied_before:
            new.write(old.read(10))
            raise OSError(28, "No space left on device")
        copied.append(old)
        copy(old, new)

    monkeypatch.setattr(shutil, "copyfileobj", copy_some)
    with pytest.raises(InputError, match="No space left"):
        best_checkpoint.copy_best(str(folder), 2)
    monkeypatch.undo()
    assert not (folder / f"{best_checkpoint.BEST_NAME}{INDEX}").exists()
    assert CheckpointFolder(str(folder)).latest()[1].global_step == 2
    best_checkpoint.copy_best(str(folder), 2)
    assert _bytes(folder, "best") == _bytes(folder, 2)


@pytest.mark.parametrize("best", [None, 1])
def test_a_copy_that_is_not_the_best_is_made_anew(folder, best):
    if best:
        best_checkpoint.copy_best(str(folder), best)
    best_checkpoint.restore_best(str(folder), 2)
    assert _bytes(folder, "best") == _bytes(folder, 2)


def test_the_best_is_not_copied_again(folder, monkeypatch):
    best_checkpoint.copy_best(str(folder), 2)
    monkeypatch.delattr(best_checkpoint, "copy_best")
    best_checkpoint.restore_best(str(folder), 2)
    best_checkpoint.restore_best(str(folder), 3)  # gone, as a copy may be


@pytest.mark.slow
def test_the_next_start_copies_what_a_kill_has_prevented(tmp_path, monkeypatch):
    from training import pretraining

    runs = lm_runs.make_saving_runs(
        tmp_path, "albert", num_train_steps=2, eval_every_steps=0
    )

    def kill(*_args) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pretraining, "copy_best", kill)
    with pytest.raises(OSError, match="No space left"):
        runs.run("killed")
    monkeypatch.undo()
    out = tmp_path / "killed" / "out"
    assert (out / f"model.ckpt-2{INDEX}").exists()
    assert not (out / f"model.ckpt-best{INDEX}").exists()
    runs.run("killed")  # has made all its updates
    assert _bytes(out, "best") == _bytes(out, 2)

"""Checkpoints written in the background are those of the moment asked for."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import tensorflow as tf

from modeling.weights import tf1
from training.background_saving import BackgroundSaver
from training.checkpoints import CheckpointFolder
from training.optimizers import Optimizer, OptimizerOptions
from training.resume_state import ResumeState

SHAPE = (50, 7)


class SlowFolder(CheckpointFolder):
    """Writes when the test lets it; fails at the steps it is told."""

    def __init__(self, folder: str, *, fails_at: tuple[int, ...] = ()) -> None:
        super().__init__(folder)
        self.go_on = threading.Event()
        self.begun: list[int] = []
        self._fails_at = fails_at

    def save(self, tensors, state):
        self.begun.append(state.global_step)
        assert self.go_on.wait(60)
        if state.global_step in self._fails_at:
            raise OSError(28, "No space left on device")
        return super().save(tensors, state)


@pytest.fixture
def folder(tmp_path) -> SlowFolder:
    return SlowFolder(str(tmp_path), fails_at=(3,))


@pytest.fixture
def saver(folder):
    saver = BackgroundSaver(folder)
    yield saver
    folder.go_on.set()
    saver.close()


def _state(step: int) -> ResumeState:
    return ResumeState(global_step=step)


def _variables() -> dict[str, tf.Variable]:
    values = np.arange(350, dtype=np.float32).reshape(SHAPE) / 100
    return {
        "bert/kernel": tf.Variable(values),
        "bert/bias": tf.Variable(values[0]),
        "global_step": tf.Variable(1, dtype=tf.int64),
    }


def _updates(kind: str, variables: dict[str, tf.Variable]):
    """Returns an update as training makes it, and all that it changes."""
    trained = {n: v for n, v in variables.items() if n != "global_step"}
    optimizer = Optimizer(trained, OptimizerOptions(kind=kind))

    def update() -> None:
        optimizer.apply(
            [tf.ones_like(v) for v in trained.values()],
            learning_rate=tf.constant(0.1),
            step=tf.constant(1, tf.int64),
        )
        variables["global_step"].assign_add(1)

    return update, {**variables, **optimizer.slots}


@pytest.mark.parametrize("kind", ["adamw", "lamb"])
@pytest.mark.parametrize("use_xla", [False, True])
def test_what_is_written_is_of_the_moment_of_the_call(
    saver, folder, kind, use_xla
):
    update, everything = _updates(kind, _variables())
    compiled = tf.function(update, autograph=False, jit_compile=use_xla)
    compiled()  # slots are no longer 0
    before = {name: v.numpy().copy() for name, v in everything.items()}
    saver.save(everything, _state(1))
    for _ in range(3):
        compiled()
    now = {name: v.numpy() for name, v in everything.items()}
    assert all((now[name] != before[name]).any() for name in before)
    folder.go_on.set()
    saver.wait()
    bundle = tf1.Tf1Bundle(folder.prefix(1))
    assert set(bundle.shapes) == set(before)
    for name, value in before.items():
        np.testing.assert_array_equal(bundle.read(name), value, name)


def test_training_goes_on_meanwhile(saver, folder):
    done: list[int] = []
    saver.save(_variables(), _state(1), then=lambda: done.append(1))
    assert not done
    folder.go_on.set()
    saver.wait()
    assert done == [1]
    assert folder.latest()[1].global_step == 1


def test_one_at_a_time_in_order(saver, folder):
    saver.save(_variables(), _state(1))
    second = threading.Thread(
        target=saver.save, args=(_variables(), _state(2)), daemon=True
    )
    second.start()
    second.join(0.2)
    assert second.is_alive()  # it waits for the first
    assert folder.begun == [1]
    folder.go_on.set()
    second.join(60)
    saver.wait()
    assert folder.begun == [1, 2]
    assert folder.latest()[1].global_step == 2


def test_an_error_is_raised_where_somebody_waits(saver, folder):
    done: list[int] = []
    folder.go_on.set()
    saver.save(_variables(), _state(3), then=lambda: done.append(3))
    with pytest.raises(OSError, match="No space left"):
        saver.wait()
    assert not done
    saver.wait()  # told once
    saver.save(_variables(), _state(4))
    saver.wait()
    assert folder.latest()[1].global_step == 4


def test_an_error_is_raised_by_the_next_save(saver, folder):
    folder.go_on.set()
    saver.save(_variables(), _state(3))
    with pytest.raises(OSError, match="No space left"):
        saver.save(_variables(), _state(4))
    assert folder.begun == [3]


def test_an_error_after_writing_is_raised_too(saver, folder):
    def fail() -> None:
        raise OSError(28, "No space left on device")

    folder.go_on.set()
    saver.save(_variables(), _state(1), then=fail)
    with pytest.raises(OSError, match="No space left"):
        saver.wait()
    assert folder.latest()[1].global_step == 1


def test_close_waits(folder):
    saver = BackgroundSaver(folder)
    saver.save(_variables(), _state(1))
    threading.Timer(0.1, folder.go_on.set).start()
    saver.close()
    assert folder.latest()[1].global_step == 1

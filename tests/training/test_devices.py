"""Which devices a run takes, on machines with GPUs that this one has not."""

from __future__ import annotations

import json
import types

import pytest
import tensorflow as tf

from training import devices
from training.pretraining_options import DeviceOptions

CLUSTER = {"cluster": {"worker": ["a:2222", "b:2222"]}}


@pytest.fixture
def taken(monkeypatch):
    """Returns the devices that a strategy is made of; None = no strategy."""

    def take(*, num_gpus=0, num_cpus=1, cluster=False, **options):
        monkeypatch.setenv("TF_CONFIG", json.dumps(CLUSTER if cluster else {}))
        numbers = {"GPU": num_gpus, "CPU": num_cpus}
        monkeypatch.setattr(
            tf.config,
            "list_logical_devices",
            lambda kind: [
                types.SimpleNamespace(name=f"{kind}:{i}")
                for i in range(numbers[kind])
            ],
        )
        monkeypatch.setattr(tf.distribute, "MirroredStrategy", list)
        monkeypatch.setattr(
            tf.distribute, "MultiWorkerMirroredStrategy", lambda: "workers"
        )
        return devices._make_strategy(DeviceOptions(**options), num_gpus)

    return take


@pytest.mark.parametrize("strategy", ["auto", "one_machine", "mirrored"])
def test_all_gpus_where_there_are_several(taken, strategy):
    assert taken(strategy=strategy, num_gpus=2) == ["GPU:0", "GPU:1"]
    assert taken(strategy=strategy, num_gpus=1) is None
    assert taken(strategy=strategy) is None
    split = taken(strategy=strategy, num_cpus=2, logical_cpus=2)
    assert split == ["CPU:0", "CPU:1"]


def test_one_device_is_one(taken):
    assert taken(strategy="one_device", num_gpus=2) is None
    assert taken(strategy="one_device", num_cpus=2, logical_cpus=2) is None


def test_workers_are_for_auto_alone(taken):
    assert taken(strategy="auto", num_gpus=2, cluster=True) == "workers"
    # Without names TensorFlow would take the workers' devices.
    for strategy in ("one_machine", "mirrored"):
        found = taken(strategy=strategy, num_gpus=2, cluster=True)
        assert found == ["GPU:0", "GPU:1"]

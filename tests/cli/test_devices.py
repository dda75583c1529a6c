import json

import pytest
from absl import flags

import run_classifier
import run_ner
import run_qa
import run_re
from cli import devices, tpu
from foundation.errors import InputError
from tests import lm_world
from training.pretraining_options import DeviceOptions

WORKERS = {"worker": ["a:2222", "b:2222"]}
REMOTE = tuple(f"--{name}=gs://bucket/x" for name in tpu.PATH_FLAGS)


@pytest.fixture(autouse=True)
def cluster(monkeypatch):
    """Sets TF_CONFIG; without a call there is none."""
    monkeypatch.delenv(devices.CLUSTER, raising=False)

    def set_cluster(value):
        text = value if isinstance(value, str) else json.dumps(value)
        monkeypatch.setenv(devices.CLUSTER, text)

    return set_cluster


def read(*arguments):
    fv = lm_world.parsed(*arguments)
    devices.check(fv)
    return devices.read(fv)


def refusal(*arguments):
    with pytest.raises(InputError) as caught:
        read(*arguments)
    return str(caught.value)


def test_defaults():
    assert read() == DeviceOptions()


def test_what_is_given():
    assert read(
        *("--distribution_strategy=mirrored", "--use_xla", "--recompute"),
        *("--deterministic", "--logical_cpus=2"),
    ) == DeviceOptions(
        strategy="mirrored",
        use_xla=True,
        recompute=True,
        deterministic=True,
        logical_cpus=2,
    )
    assert read("--require_gpu").require_gpu


# --- workers


def test_auto_is_multi_worker_where_there_are_several(cluster):
    cluster({"cluster": WORKERS, "task": {"type": "worker", "index": 1}})
    assert read().strategy == "multi_worker"
    found = devices.read_cluster(lm_world.parsed())
    assert (found.num_workers, found.is_chief) == (2, False)


@pytest.mark.parametrize(
    ("jobs", "task", "is_chief"),
    [
        (WORKERS, {"type": "worker", "index": 0}, True),
        (WORKERS, {"type": "worker", "index": "1"}, False),
        ({"chief": ["c:1"], **WORKERS}, {"type": "chief", "index": 0}, True),
        ({"chief": ["c:1"], **WORKERS}, {"type": "worker", "index": 0}, False),
    ],
)
def test_the_chief(cluster, jobs, task, is_chief):
    cluster({"cluster": jobs, "task": task})
    assert devices.read_cluster(lm_world.parsed()).is_chief == is_chief


def test_a_cluster_of_one_is_no_reason(cluster):
    cluster(
        {
            "cluster": {"worker": ["a:1"]},
            "task": {"type": "worker", "index": 0},
        }
    )
    assert read().strategy == "auto"
    cluster("{}")
    assert read().strategy == "auto"


@pytest.mark.parametrize(
    "value",
    [
        "worker a:2222",
        "[1]",
        {"cluster": []},
        {"cluster": {"worker": []}},
        {"cluster": {"worker": "a:2222"}},
        {"cluster": {"worker": ["a"]}},
        {"cluster": {"ps": ["a:1"], **WORKERS}},
        {"cluster": {"chief": ["a:1", "b:1"]}},
        {"cluster": WORKERS},
        {"cluster": WORKERS, "task": {"type": "worker"}},
        {"cluster": WORKERS, "task": {"type": "worker", "index": 2}},
        {"cluster": WORKERS, "task": {"type": "worker", "index": -1}},
        {"cluster": WORKERS, "task": {"type": "chief", "index": 0}},
    ],
)
def test_a_malformed_cluster(cluster, value):
    cluster(value)
    for strategy in ("auto", "multi_worker"):
        text = refusal(f"--distribution_strategy={strategy}")
        assert "TF_CONFIG does not say which workers" in text
    assert read("--distribution_strategy=one_device").strategy == "one_device"


def test_workers_without_a_cluster():
    text = refusal("--distribution_strategy=multi_worker")
    assert "got no TF_CONFIG" in text


# --- TPU


def test_a_tpu():
    assert read(
        *REMOTE,
        *("--use_tpu", "--tpu_name=t", "--tpu_zone=z", "--gcp_project=p"),
    ) == DeviceOptions(
        strategy="tpu",
        tpu_name="t",
        tpu_zone="z",
        gcp_project="p",
        iterations_per_loop=1000,
    )
    assert read(*REMOTE, "--use_tpu", "--master=grpc://x").tpu_name == (
        "grpc://x"
    )


def test_tpu_flags_are_inert_without_use_tpu():
    assert (
        read(
            "--tpu_name=t",
            "--tpu_zone=z",
            "--gcp_project=p",
            "--master=m",
            "--num_tpu_cores=0",
            "--iterations_per_loop=7",
        )
        == DeviceOptions()
    )


@pytest.mark.parametrize("name", tpu.PATH_FLAGS)
def test_each_local_path_is_named(name):
    local = f"--{name}=/data/x"
    text = refusal("--use_tpu", *REMOTE, local)
    assert f"got {local}, expected remote paths" in text


def test_all_local_paths_are_named_at_once():
    local = [f"--{name}=here/{name}" for name in tpu.PATH_FLAGS]
    text = refusal("--use_tpu", *local)
    assert all(path in text for path in local)
    mixed = "--input_file=gs://b/a.tfrecord,/data/b.tfrecord"
    text = refusal("--use_tpu", *REMOTE, mixed)
    assert "got --input_file=/data/b.tfrecord, expected" in text


@pytest.mark.parametrize(
    ("given", "facts"),
    [
        ("--precision=float16", ["float16", "bfloat16"]),
        ("--logical_cpus=2", ["--logical_cpus=2", "--use_tpu"]),
        ("--require_gpu", ["--require_gpu", "--use_tpu"]),
        ("--distribution_strategy=mirrored", ["mirrored", "--use_tpu"]),
        ("--num_tpu_cores=0", ["--num_tpu_cores", "got 0"]),
        ("--iterations_per_loop=0", ["--iterations_per_loop", "got 0"]),
        ("--master=other", ["--tpu_name=t", "--master=other"]),
    ],
)
def test_what_a_tpu_cannot_have(given, facts):
    text = refusal("--use_tpu", "--tpu_name=t", *REMOTE, given)
    assert all(fact in text for fact in facts)


@pytest.mark.parametrize(
    "name", ["train_batch_size", "phase2_train_batch_size"]
)
def test_each_core_gets_as_many_records(name):
    fv = lm_world.parsed("--use_tpu", *REMOTE, f"--{name}=12")
    with pytest.raises(InputError) as caught:
        tpu.check_batches(fv)
    assert f"--{name}" in str(caught.value)
    assert "12 records for --num_tpu_cores=8" in str(caught.value)
    fv.num_tpu_cores = 4
    tpu.check_batches(fv)
    tpu.check_batches(lm_world.parsed(f"--{name}=12"))


def test_other_strategies():
    assert "--use_tpu" in refusal("--distribution_strategy=tpu")
    text = refusal("--require_gpu", "--logical_cpus=2")
    assert "--require_gpu and --logical_cpus=2" in text


# --- fine-tuning


@pytest.mark.parametrize("script", [run_classifier, run_ner, run_qa, run_re])
def test_fine_tuning_is_on_one_machine(script, cluster):
    def read_flags(*arguments):
        fv = flags.FlagValues()
        script.define_flags(fv)
        fv(["script.py", *arguments])
        return devices.read_fine_tuning(fv)

    cluster({"cluster": WORKERS, "task": {"type": "worker", "index": 1}})
    assert read_flags() == DeviceOptions(strategy="one_machine")
    assert read_flags(
        *("--distribution_strategy=mirrored", "--logical_cpus=2"),
        "--deterministic",
    ) == DeviceOptions(strategy="mirrored", logical_cpus=2, deterministic=True)
    for strategy in ("multi_worker", "tpu"):
        with pytest.raises(flags.IllegalFlagValueError, match="one_device"):
            read_flags(f"--distribution_strategy={strategy}")

"""One device, two of them, two machines, XLA: the same training.

Weights after 20 updates at a learning rate of 5e-5, without dropout unless
said otherwise: each replica draws masks of its own.
"""

from __future__ import annotations

import json
import pathlib
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import pytest

from foundation.errors import InputError
from tests import lm_runs, tiny_run

pytestmark = pytest.mark.slow
NUM_WORKERS = 2
STOP_AFTER = 2  # updates: the processes are stopped within the next few


class Workers(NamedTuple):
    """How two workers ended: stopped in between, then the same again."""

    stopped_with: list[int]
    stopped_at: int
    ended_with: list[int]


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> lm_runs.Runs:
    return lm_runs.make_runs(tmp_path_factory.mktemp("runs"), dropout=0.0)


@pytest.fixture(scope="module", autouse=True)
def workers(runs) -> Iterator[Future[Workers]]:
    """Processes that run while this one does the other tests."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(_stop_one_and_go_on, runs)


def _stop_one_and_go_on(runs: lm_runs.Runs) -> Workers:
    folder = runs.folder / "workers"
    chief, other = _start_workers(runs)
    _terminate_after(other, folder / "out/metrics.jsonl")
    codes = [chief.wait(), other.wait()]
    step = tiny_run.pointed_step(folder)
    again = _start_workers(runs)
    return Workers(codes, step, [process.wait() for process in again])


def _terminate_after(
    process: subprocess.Popen[bytes], log: pathlib.Path
) -> None:
    """Sends SIGTERM once so many updates are logged.

    Another process looks: this one's threads wait for each other while it
    traces graphs, and the updates to come take half a second.
    """
    watch = """
        until [ "$(cat "$0" 2>/dev/null | wc -l)" -ge "$1" ]; do
            sleep 0.01
        done
        kill -TERM "$2"
    """
    words = [watch, log, STOP_AFTER, process.pid]
    subprocess.run(["bash", "-c", *map(str, words)], check=True, timeout=300)


def _start_workers(runs: lm_runs.Runs) -> list[subprocess.Popen[bytes]]:
    addresses = [f"localhost:{port}" for port in _free_ports(NUM_WORKERS)]
    return [
        runs.start(
            "workers",
            log=f"log{index}",
            environment={
                "TF_CONFIG": json.dumps(
                    {
                        "cluster": {"worker": addresses},
                        "task": {"type": "worker", "index": index},
                    }
                )
            },
        )
        for index in range(NUM_WORKERS)
    ]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="module", autouse=True)
def two_cpus(runs) -> subprocess.Popen[bytes]:
    """Two logical CPUs: a process divides its CPU once and for all."""
    return runs.start("two_cpus", logical_cpus=2)


@pytest.fixture(scope="module")
def one(runs) -> pathlib.Path:
    """A run on one device, which the others are compared with."""
    return runs.run("one")


def _check_same(expected, folder, *, within):
    """Also gradients: Adam moves as far by their half."""
    assert lm_runs.largest_difference(expected, folder) <= within
    for name in ("loss", "gradient_norm", "masked_lm_accuracy"):
        values = pytest.approx(lm_runs.values(expected, name), rel=1e-4)
        assert lm_runs.values(folder, name) == values
    for name in ("step", "learning_rate", "epoch"):
        values = lm_runs.values(expected, name)
        assert lm_runs.values(folder, name) == values


def test_xla(runs, one):
    _check_same(one, runs.run("xla", use_xla=True), within=1e-5)


def test_micro_batches_equal_one_batch(runs):
    """Records have 1 to 10 predictions: each one weighs the same."""
    whole = runs.run("whole", train_batch_size=32)
    parts = runs.run("parts", gradient_accumulation_steps=4)
    _check_same(whole, parts, within=1e-6)


@pytest.mark.parametrize("family", ["bert", "albert"])
def test_forgotten_activations_are_computed_again(tmp_path, family):
    runs = lm_runs.make_runs(tmp_path, family, dropout=0.1, num_train_steps=10)
    kept = runs.run("kept")
    again = runs.run("again", recompute=True)
    assert lm_runs.largest_difference(kept, again) <= 1e-6


def test_a_batch_that_cannot_be_divided(runs, monkeypatch):
    from training import devices, replicas

    two = replicas.Replicas()
    two.count = 2
    monkeypatch.setattr(devices, "open_replicas", lambda _: two)
    with pytest.raises(InputError, match="train_batch_size") as error:
        runs.run("uneven", train_batch_size=7)
    assert "7 records for 2 devices" in str(error.value.got)
    assert "a multiple of 2" in str(error.value.expected)


def test_two_logical_cpus(runs, one, two_cpus):
    folder = runs.folder / "two_cpus"
    tiny_run.finish(two_cpus, folder)
    assert "2 replicas" in (folder / "log").read_text()
    _check_same(one, folder, within=1e-5)


def test_sigterm_to_one_worker_stops_both(workers):
    ended = workers.result()
    assert ended.stopped_with == [128 + signal.SIGTERM] * NUM_WORKERS
    assert STOP_AFTER <= ended.stopped_at < lm_runs.NUM_STEPS


def test_two_workers_that_were_stopped_in_between(runs, one, workers):
    assert workers.result().ended_with == [0] * NUM_WORKERS
    _check_same(one, runs.folder / "workers", within=1e-5)

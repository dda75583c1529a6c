"""Runs on devices: their environment, their end, their time."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import pytest

from cli import reproduction_process
from cli.reproduction_attempts import made, seconds_of
from cli.reproduction_process import (
    LOG,
    Device,
    Runner,
    check_gpus,
    devices_of,
    gpus_present,
    is_success,
)
from foundation.errors import InputError
from tests.script_entry import ROOT
from training.interruption import Interrupted


@dataclass(frozen=True)
class Program:
    """What `Runner` needs of a run."""

    folder: str
    code: str

    def command(self):
        return [sys.executable, "-c", self.code]


def run_all(runs, devices):
    ended = []
    Runner(devices).run_all(runs, lambda run, code: ended.append((run, code)))
    return ended


def programs(tmp_path, *codes):
    return [
        Program(str(tmp_path / str(i)), code) for i, code in enumerate(codes)
    ]


def test_each_run_ends_with_its_code(tmp_path):
    runs = programs(tmp_path, "", "raise SystemExit(3)", "raise SystemExit(2)")
    ended = run_all(runs, [Device(None, 1)])
    assert [(run, code) for run, code in ended] == list(
        zip(runs, (0, 3, 2), strict=True)
    )
    assert [is_success(code) for _, code in ended] == [True, True, False]


def test_a_run_sees_its_device_alone(tmp_path):
    shows = (
        "import os; print(os.environ['CUDA_VISIBLE_DEVICES'], "
        "os.environ['TF_NUM_INTRAOP_THREADS'])"
    )
    devices = [Device("3", 2), Device("5", 2)]
    runs = programs(tmp_path, shows, shows, shows)
    ended = run_all(runs, devices)
    for run, _ in ended:
        (attempt,) = made(run.folder)
        name = attempt["processor"]["device"].split()[1]  # "GPU 3 (...)"
        assert name in {"3", "5"}
        with open(os.path.join(run.folder, LOG), encoding="utf-8") as file:
            assert file.read() == f"{name} 2\n"


def test_devices_are_used_side_by_side(tmp_path):
    meet = (
        "import pathlib, time\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n"
        "(here / 'at{0}').touch()\n"
        "end = time.monotonic() + 20\n"
        "while not (here / 'at{1}').exists():\n"
        "    assert time.monotonic() < end\n"
        "    time.sleep(0.01)\n"
    )
    runs = programs(tmp_path, meet.format(0, 1), meet.format(1, 0))
    ended = run_all(runs, [Device("0", 1), Device("1", 1)])
    assert [code for _, code in ended] == [0, 0]


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_runs_save_and_starts_no_more(tmp_path, kind):
    saves = (
        "import pathlib, signal, sys, time\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n"
        "def stop(*_):\n"
        "    (here / 'saved').touch()\n"
        "    sys.exit(143)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "signal.signal(signal.SIGINT, stop)\n"
        "(here / 'ready').touch()\n"
        "time.sleep(60)\n"
    )
    runs = programs(tmp_path, saves, "raise SystemExit(9)")

    def interrupt():
        wait_for(tmp_path / "ready")
        os.kill(os.getpid(), kind)

    before = signal.getsignal(kind)
    threading.Thread(target=interrupt).start()
    with pytest.raises(Interrupted) as caught:
        run_all(runs, [Device(None, 1)])
    assert caught.value.number == kind
    assert (tmp_path / "saved").exists()
    assert not (tmp_path / "1").exists()
    assert signal.getsignal(kind) == before


def test_the_time_of_all_attempts_counts(tmp_path):
    (run,) = programs(tmp_path, "import time; time.sleep(0.2)")
    run_all([run], [Device(None, 1)])
    first = seconds_of(run.folder)
    assert first >= 0.2
    run_all([run], [Device(None, 1)])
    assert seconds_of(run.folder) >= first + 0.15  # it counts in tenths


def test_the_time_of_an_attempt_that_is_killed_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(reproduction_process, "_COUNT_EVERY", 0.1)
    path = tmp_path / "0" / "seconds.txt"
    looks = (
        "import pathlib, time; time.sleep(0.5); "
        f"assert float(pathlib.Path({str(path)!r}).read_text()) > 0"
    )
    ((_, code),) = run_all(programs(tmp_path, looks), [Device(None, 1)])
    assert code == 0
    assert 0.5 <= float(path.read_text()) < 5


def test_devices_are_those_asked_for_or_all(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,2")
    assert gpus_present() == ["0", "2"]
    assert devices_of([], threads=8) == [Device("0", 4), Device("2", 4)]
    assert devices_of(["cpu"], threads=8) == [Device(None, 8)]
    assert devices_of(["1"], threads=8) == [Device("1", 8)]
    assert devices_of(["cpu", "cpu"], threads=8) == [Device(None, 4)] * 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-8932f937, MIG-1/2/3,x")
    assert gpus_present() == ["GPU-8932f937", "MIG-1/2/3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert devices_of([], threads=8) == [Device(None, 8)]


def test_a_gpu_that_tensorflow_does_not_see_is_refused(monkeypatch):
    # It would compute on the CPU, and the ledger would say GPU.
    devices = [Device("0", 1), Device("1", 1), Device("1", 1)]
    monkeypatch.setattr(reproduction_process, "_COUNT_GPUS", "print(1)")
    with pytest.raises(InputError, match="1 of 2: 0, 1"):
        check_gpus(devices)
    monkeypatch.setattr(reproduction_process, "_COUNT_GPUS", "print(2)")
    check_gpus(devices)
    monkeypatch.setattr(reproduction_process, "_COUNT_GPUS", "no Python")
    check_gpus([Device(None, 4)])
    with pytest.raises(InputError, match="0 of 1"):
        check_gpus([Device("0", 4)])


def test_a_run_ends_with_a_caller_that_is_killed(tmp_path):
    """And until it has, nobody else trains in its folder."""
    run_code = (
        "import pathlib, signal, sys, time\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n"
        "def stop(*_):\n"
        "    time.sleep(1)\n"
        "    (here / 'saved').touch()\n"
        "    sys.exit(143)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "(here / 'ready').touch()\n"
        "time.sleep(60)\n"
    )
    caller = (
        "from cli.reproduction_process import Device, Runner\n"
        "from tests.cli.test_reproduction_process import programs\n"
        "import pathlib\n"
        f"runs = programs(pathlib.Path({str(tmp_path)!r}), {run_code!r})\n"
        "Runner([Device(None, 1)]).run_all(runs, print)\n"
    )
    with subprocess.Popen([sys.executable, "-c", caller], cwd=ROOT) as process:
        wait_for(tmp_path / "ready")
        process.kill()
    (run,) = programs(tmp_path, "")
    ((_, code),) = run_all([run], [Device(None, 1)])
    assert (tmp_path / "saved").exists()
    assert code == 0


def wait_for(path):
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end, path
        time.sleep(0.01)

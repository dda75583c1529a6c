"""Command lines to finished runs: one at a time, or one on each device."""

from __future__ import annotations

import contextlib
import glob
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from cli import entry, reproduction_attempts
from cli.reproduction_plan import ROOT, Run
from foundation import files, folder_lock
from foundation.errors import InputError
from training.interruption import Interrupted

LOG = "run.log"
_COUNT_EVERY = 60.0  # seconds
_CPU = "cpu"
_COUNT_GPUS = (
    "import tensorflow as tf; "
    "print(len(tf.config.list_physical_devices('GPU')))"
)
_GPU_NAME = re.compile(r"\d+|(GPU|MIG)-.+")  # as CUDA has them
# Within an op. How many ops go at a time is the run's affair, and no score's.
_THREADS = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class Device:
    """Where a run computes.

    Attributes:
      gpu: its number; None for the CPU.
      threads: of TensorFlow.
    """

    gpu: str | None
    threads: int

    def environment(self) -> dict[str, str]:
        """Returns the environment of a run there."""
        environment = dict(os.environ)
        environment.update(dict.fromkeys(_THREADS, str(self.threads)))
        # No GPU is seen but this one.
        environment["CUDA_VISIBLE_DEVICES"] = self.gpu or "-1"
        return environment


def gpus_present() -> list[str]:
    """Returns the numbers of the GPUs that may be used."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        names = [name.strip() for name in visible.split(",")]
        return [name for name in names if _GPU_NAME.fullmatch(name)]
    found = glob.glob("/dev/nvidia[0-9]*")
    return sorted(path.removeprefix("/dev/nvidia") for path in found)


class Runner:
    """Runs command lines on devices; stops all of them on a signal."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices: queue.Queue[Device] = queue.Queue()
        for device in devices:
            self._devices.put(device)
        self._shares_terminal = len(devices) == 1
        self._count = len(devices)
        self._children: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._signal: int | None = None

    def run_all(
        self,
        runs: Sequence[Run],
        finished: Callable[[Run, int], None],
    ) -> None:
        """Runs all; calls back, one at a time, as each one ends.

        Args:
          runs: in order of their start.
          finished: takes the run and its exit code.

        Raises:
          Interrupted: by SIGINT or SIGTERM, when all runs have saved.
        """
        with (
            self._forwarding_signals(),
            ThreadPoolExecutor(self._count) as pool,
        ):
            for future in [pool.submit(self._one, r, finished) for r in runs]:
                future.result()
        if self._signal is not None:
            raise Interrupted(self._signal, "All runs saved")

    def _one(self, run: Run, finished: Callable[[Run, int], None]) -> None:
        device = self._devices.get()
        try:
            if self._signal is not None:
                return
            code = self._wait_for(run, device)
            if self._signal is None:
                with self._lock:
                    finished(run, code)
        finally:
            self._devices.put(device)

    def _wait_for(self, run: Run, device: Device) -> int:
        files.make_directory(run.folder)
        with (
            folder_lock.held(
                run.folder, next_step="an earlier call's run is ending: wait"
            ) as lock,
            self._log(run.folder) as log,
        ):
            reproduction_attempts.begin(
                run.folder, threads=device.threads, gpu=device.gpu
            )
            child = subprocess.Popen(
                [*_ending_with_parent(), *run.command()],
                cwd=ROOT,
                env=device.environment(),
                stdout=log,
                stderr=log,
                pass_fds=lock,
                start_new_session=True,  # a signal reaches it through us alone
            )
            self._children.add(child)
            code = _wait_and_count(child, run.folder)
            self._children.discard(child)
        return code

    def _log(self, folder: str) -> contextlib.AbstractContextManager[Any]:
        """Returns where a run's words go: the terminal, if it has it alone."""
        if self._shares_terminal:
            return contextlib.nullcontext()
        return files.open_file(files.join(folder, LOG), "ab")

    @contextmanager
    def _forwarding_signals(self) -> Iterator[None]:
        def forward(number: int, _: FrameType | None) -> None:
            self._signal = number
            for child in list(self._children):
                child.send_signal(number)

        kinds = (signal.SIGINT, signal.SIGTERM)
        old = {kind: signal.signal(kind, forward) for kind in kinds}
        try:
            yield
        finally:
            for kind, handler in old.items():
                signal.signal(kind, handler)


def _wait_and_count(child: subprocess.Popen[bytes], folder: str) -> int:
    """Waits for a run; its time counts though this process is killed."""
    code, last = None, time.monotonic()
    while code is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = child.wait(timeout=_COUNT_EVERY)
        now = time.monotonic()
        reproduction_attempts.add_seconds(folder, now - last)
        last = now
    return code


def _ending_with_parent() -> list[str]:
    """Returns words before a command: killed, we let it save and stop.

    Where util-linux is missing, the run goes on and keeps its folder.
    """
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "SIGTERM"] if program else []


def is_success(code: int) -> bool:
    """Whether a run ended well, or had nothing left to do."""
    return code in (0, entry.EXIT_NOTHING_DONE)


def devices_of(asked: Sequence[str], *, threads: int) -> list[Device]:
    """Returns the devices: those asked for, or all GPUs, or the CPU."""
    numbers = list(asked) or gpus_present() or [_CPU]
    share = max(1, threads // len(numbers))
    return [Device(None if n == _CPU else n, share) for n in numbers]


def check_gpus(devices: Sequence[Device]) -> None:
    """Refuses GPUs that TensorFlow does not see: it would take the CPU.

    Raises:
      InputError: there are fewer than asked for.
    """
    wanted = list(dict.fromkeys(d.gpu for d in devices if d.gpu is not None))
    if not wanted:
        return
    seen = _num_gpus_seen(wanted)
    if seen < len(wanted):
        raise InputError(
            "TensorFlow does not see the GPUs",
            got=f"{seen} of {len(wanted)}: {', '.join(wanted)}",
            expected="a CUDA driver, TensorFlow with CUDA, numbers from 0 on",
            next_step="mend that, or give --devices=cpu",
        )


def _num_gpus_seen(numbers: Sequence[str]) -> int:
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ",".join(numbers)}
    done = subprocess.run(
        [sys.executable, "-c", _COUNT_GPUS],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    last = done.stdout.strip().rpartition("\n")[2]
    return int(last) if last.isdecimal() else 0

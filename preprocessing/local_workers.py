"""Units of a corpus -> record files, by several processes of this machine."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection

from foundation.errors import InputError
from preprocessing import record_making
from preprocessing.corpus_units import Unit
from preprocessing.unit_records import UnitJob, UnitResult, run_unit


def run_units(
    units: Sequence[Unit],
    job: UnitJob,
    *,
    num_workers: int,
    meanwhile: Callable[[], object] = lambda: None,
) -> Generator[UnitResult, None, None]:
    """Makes the records of all units; yields what became of each when it is.

    Closing the iterator stops the workers at once; so does the end of this
    process, also by a kill. A unit that is not finished leaves nothing under a
    final name, and the same call goes on.

    Args:
      units: of the corpus.
      job: how.
      num_workers: processes; 1 = this one.
      meanwhile: done here while the others start, before any unit is begun.

    Raises:
      InputError: that of the first unit that fails, or a worker was killed.
    """
    if num_workers == 1:
        meanwhile()
        for unit in units:
            yield run_unit(unit, job)
        return
    # Not fork: threads of this process (progress bars) would be copied in the
    # middle of what they do.
    context = multiprocessing.get_context("spawn")
    alive, here = context.Pipe(duplex=False)
    num_workers = min(num_workers, len(units))
    pool = concurrent.futures.ProcessPoolExecutor(
        num_workers,
        mp_context=context,
        initializer=_end_with,
        initargs=(alive,),
    )
    try:
        with _ctrl_c_is_ignored():  # which new processes inherit
            for _ in range(num_workers):
                pool.submit(_get_ready, job)
        meanwhile()
        waiting = [pool.submit(run_unit, unit, job) for unit in units]
        for done in concurrent.futures.as_completed(waiting):
            yield done.result()
    except BrokenProcessPool as error:
        raise _killed(num_workers) from error
    finally:
        here.close()
        pool.shutdown(cancel_futures=True)


def _get_ready(job: UnitJob) -> None:
    """Loads what a worker needs for its first unit."""
    record_making.encoder_of(job.records.tokenizer)


@contextlib.contextmanager
def _ctrl_c_is_ignored() -> Iterator[None]:
    """Ctrl-C reaches all processes of a terminal; the first one decides."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say so
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_with(alive: Connection) -> None:
    """Ends this worker when the other end of a pipe is closed.

    Which is when who started it wants no more, or is gone: a killed process
    cannot say so, and its workers would wait for work forever.
    """

    def watch() -> None:
        alive.poll(None)  # nothing is ever sent
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _killed(num_workers: int) -> InputError:
    return InputError(
        "a worker was killed",
        got="a process that ended without a word, perhaps for a lack of memory",
        expected=f"memory for {num_workers} workers",
        next_step="give the same command again, which goes on where it "
        "stopped; a smaller --num_workers, --unit_megabytes or "
        "--memory_budget needs less",
    )

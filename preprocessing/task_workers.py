"""Tasks done by several processes of this machine.

For text tools and records; nothing heavy is imported here, so that a worker
starts at once.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import TypeVar

from foundation.errors import InputError

Task = TypeVar("Task")
Result = TypeVar("Result")

_WAITING = 2  # tasks for each worker, done or waiting: none is idle


def run_tasks(
    run: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    num_workers: int,
    get_ready: Callable[[], object] = int,
    meanwhile: Callable[[], object] = int,
) -> Generator[Result, None, None]:
    """Yields `run(task)` of every task, in the order in which they end.

    Closing the iterator stops the workers at once; so does the end of this
    process, also by a kill. Tasks that are made one after the other are not
    all in memory: two for each worker are.

    Args:
      run: what is done with a task; it and all it returns can be sent to
        another process (a function of a module, or a partial of one).
      tasks: what there is to do.
      num_workers: processes; 1 = this one.
      get_ready: done in each worker before its first task (the default does
        nothing).
      meanwhile: done here while the workers start, before any task is begun.

    Raises:
      InputError: that of the first task that fails, or a worker was killed.
    """
    if num_workers == 1:
        meanwhile()
        yield from map(run, tasks)
        return
    # Not fork: threads of this process (progress bars) would be copied in the
    # middle of what they do.
    context = multiprocessing.get_context("spawn")
    alive, here = context.Pipe(duplex=False)
    if isinstance(tasks, Sized):
        num_workers = max(1, min(num_workers, len(tasks)))
    pool = concurrent.futures.ProcessPoolExecutor(
        num_workers,
        mp_context=context,
        initializer=_end_with,
        initargs=(alive,),
    )
    try:
        with _ctrl_c_is_ignored():  # which new processes inherit
            for _ in range(num_workers):
                pool.submit(get_ready)
        meanwhile()
        jobs = (functools.partial(run, task) for task in tasks)
        yield from _results(pool, jobs, most=_WAITING * num_workers)
    except BrokenProcessPool as error:
        raise _killed(num_workers) from error
    finally:
        here.close()
        pool.shutdown(cancel_futures=True)


def _results(
    pool: concurrent.futures.Executor,
    jobs: Iterable[Callable[[], Result]],
    *,
    most: int,
) -> Iterator[Result]:
    """Yields what jobs return; `most` of them are begun or done at a time."""
    waiting: set[concurrent.futures.Future[Result]] = set()
    for job in jobs:
        if len(waiting) == most:
            done, waiting = concurrent.futures.wait(
                waiting, return_when=concurrent.futures.FIRST_COMPLETED
            )
            yield from (one.result() for one in done)
        waiting.add(pool.submit(job))
    for one in concurrent.futures.as_completed(waiting):
        yield one.result()


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
        "stopped; a smaller --num_workers needs less",
    )

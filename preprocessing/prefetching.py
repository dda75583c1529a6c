"""Values that are made in a thread of their own, a few ahead of their use."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


def prefetched(
    values: Generator[T, None, None], *, ahead: int
) -> Generator[T, None, None]:
    """Yields the values of a generator that runs in a thread.

    The thread starts with the first value asked for, and has ended when this
    generator has been closed. What it raises is raised here, after the values
    before.

    Args:
      values: closed in the end, by the thread that ran it.
      ahead: values that wait at most.
    """
    made: queue.Queue[_Made[T]] = queue.Queue(max(ahead, 1))
    stop = threading.Event()
    thread = threading.Thread(
        target=_work, args=(values, made, stop), name="batches", daemon=True
    )
    thread.start()
    try:
        while True:
            latest = made.get()
            if latest.error is not None:
                raise latest.error
            if latest.ends:
                return
            yield from latest.values
    finally:
        stop.set()
        with contextlib.suppress(queue.Empty):
            while True:
                made.get_nowait()
        thread.join()


@dataclass(frozen=True)
class _Made(Generic[T]):
    values: tuple[T, ...] = ()
    error: BaseException | None = None
    ends: bool = False


def _work(
    values: Generator[T, None, None],
    made: queue.Queue[_Made[T]],
    stop: threading.Event,
) -> None:
    """Puts values until the stop: at most one more once it is set."""
    try:
        with contextlib.closing(values):
            for value in values:
                if stop.is_set():
                    return
                made.put(_Made((value,)))
        last: _Made[T] = _Made(ends=True)
    except BaseException as error:  # noqa: BLE001 - raised by who reads
        last = _Made(error=error)
    if not stop.is_set():
        made.put(last)

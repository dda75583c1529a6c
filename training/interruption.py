"""SIGTERM and Ctrl-C end training at the next update, with a checkpoint."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType


class Interrupted(Exception):  # noqa: N818 - a request, not an error
    """A signal asked the program to stop, and it left things in order.

    Attributes:
      number: of the signal.
    """

    def __init__(self, number: int, did: str = "Saved") -> None:
        super().__init__(f"{did} and stopped: signal {number}")
        self.number = number


class SignalGuard:
    """While open, notes SIGTERM and SIGINT instead of dying from them.

    A second Ctrl-C ends the program at once.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._previous: dict[int, object] = {}

    def __enter__(self) -> SignalGuard:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.received == signal.SIGINT == number:
            raise KeyboardInterrupt
        self.received = number

"""Progress bars: rate and time left on a terminal, silence elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def bar(what: str, total: int, unit: str) -> Iterator[Callable[[int], object]]:
    """Yields what is called with the number of units done since last time."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with open_bar(what, total, unit) as opened:
        yield opened.update


def open_bar(what: str, total: int, unit: str) -> Any:
    """Returns a bar of tqdm's, to be opened with `with`."""
    import tqdm  # deferred: 3 MB, for a terminal alone

    return tqdm.tqdm(
        total=total,
        desc=what,
        unit=unit,
        unit_scale=True,
        disable=None,  # quiet when not a terminal
    )

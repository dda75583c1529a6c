"""Who may read what a run writes: its owner alone, unless the run says so.

Text of notes is in records and predictions, and models remember some of it.
The mask of the process is the one place that reaches every file: those of
TensorFlow, of TensorBoard and of worker processes, too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from absl import logging

_OTHERS = 0o077  # all that is not the owner's
_active: list[bool] = []  # of the runs in this process; True = has warned


@contextlib.contextmanager
def owned() -> Iterator[None]:
    """Lets new files have mode 0600 and new folders 0700, and says so once."""
    before = os.umask(_OTHERS)
    _active.append(False)
    try:
        yield
    finally:
        _active.pop()
        os.umask(before)


def about_to_write() -> None:
    """Warns at the first file that an `owned` run writes."""
    if _active and not _active[-1]:
        warn(
            "What this run writes can be read by you alone (mode 0600), for it "
            "may hold text of notes. `chmod` opens it to others."
        )


def warn(message: str, *values: object) -> None:
    """Logs how private the files of a run are, unless the run has said so."""
    if _active and _active[-1]:
        return
    if _active:
        _active[-1] = True
    logging.warning(message, *values)

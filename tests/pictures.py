"""Runs in tests draw no pictures, but where a test looks at them.

A run draws its curves and a confusion matrix: 1.5 s of processor time, a third
of the whole run of a tiny model.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock


@contextlib.contextmanager
def drawn(wanted: bool) -> Iterator[None]:
    """Leaves pictures out unless they are wanted, as without matplotlib."""
    from reporting import pictures

    if wanted:
        yield
        return
    with mock.patch.object(pictures, "new_figure", return_value=None):
        yield

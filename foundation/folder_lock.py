"""One process at a time in a folder, which a kill lets go of.

Two runs that write different text under the same names would mix it. The lock
is the operating system's, on the folder itself: there is no file to clean up.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator

from foundation import files
from foundation.errors import InputError

_PATIENCE = 3.0  # seconds: a run that was just killed takes a moment to end
_PAUSE = 0.1
_TAKEN = frozenset({errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK})


@contextlib.contextmanager
def held(folder: str, *, next_step: str) -> Iterator[tuple[int, ...]]:
    """Keeps other runs out of a folder that is there.

    Yields what `subprocess.Popen` takes as `pass_fds`: a child that gets them
    holds the folder, too, and goes on doing so when its parent is killed.

    Remote folders, and file systems without locks, are not locked.

    Args:
      folder: what is held.
      next_step: what whoever comes second can do.

    Raises:
      InputError: another run has it.
    """
    if files.is_remote(folder) or os.name != "posix":
        yield ()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Who came first may have removed it at the end.
        if not (_locked(descriptor) and files.is_directory(folder)):
            raise InputError(
                "another run is at work in this folder",
                got="a lock of another process, now or a moment ago",
                expected="one run at a time",
                next_step=next_step,
                path=folder,
            )
        yield (descriptor,)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Waits a moment for a lock; returns whether nobody else has it."""
    import fcntl  # POSIX alone has it

    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _TAKEN:
                return True  # there are no locks here
        else:
            return True
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE)

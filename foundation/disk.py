"""Whether a disk takes what is to be written, and writing line by line."""

from __future__ import annotations

import contextlib
import os

from foundation import files

_PROBE = 1 << 16  # bytes written to see whether a disk has room


def check_writable(folder: str) -> None:
    """Raises InputError unless a small file can be written in `folder`.

    Asked before hours of work: a disk can be full, or mounted read-only, and
    the permissions do not tell.
    """
    path = files.join(folder, f".tmp-{os.getpid()}")
    try:
        with files.open_file(path, "wb") as file:
            file.write(b"\0" * _PROBE)
    except OSError as error:
        raise files.cannot_write(error, folder) from error
    finally:
        with contextlib.suppress(OSError):
            files.remove(path)


def append_text(path: str, text: str) -> None:
    """Adds text at the end of a local file.

    Raises:
      InputError: the disk is full, or the place cannot be written to.
    """
    try:
        with files.open_file(path, "a") as file:
            file.write(text)
    except OSError as error:
        raise files.cannot_write(error, path) from error

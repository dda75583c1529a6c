"""Names of files that are being written, which say by whom.

`<path>.tmp-<digits>`: 8 digits of the machine, 8 of the thread at random, then
the process. Two workers of a cluster may be given the same work while they
share a disk, and their process numbers may be equal.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import secrets
import threading

MARK = ".tmp-"
_DIGITS = 8


def temporary_name(path: str) -> str:
    """Returns a name beside `path` that no other thread writes to."""
    process = os.getpid()
    thread = _of_thread(process, threading.get_ident())
    return f"{path}{MARK}{_machine()}{thread}{process}"


def is_of_this_machine(name: str) -> bool:
    """Returns whether a file of `temporary_name` was begun here."""
    return _digits(name).startswith(_machine())


def is_being_written(name: str) -> bool:
    """Returns whether the process that writes a file lives on this machine.

    Of other machines' processes nothing is known: False.
    """
    process = _digits(name)[2 * _DIGITS :]
    if not process or not is_of_this_machine(name):
        return False
    try:
        os.kill(int(process), 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _has_ended(process)


def _has_ended(process: str) -> bool:
    """Returns whether a process is dead and nobody has asked how it ended.

    A killed program's children may stay so for seconds.
    """
    if not os.path.exists("/proc/self/exe"):  # not Linux: not known
        return False
    try:
        os.readlink(f"/proc/{process}/exe")
    except FileNotFoundError:  # who has ended runs no program
        return True
    except PermissionError:
        return False
    return False


def _digits(name: str) -> str:
    digits = str(name).rpartition(MARK)[2]
    return digits if digits.isdecimal() else ""


@functools.cache
def _of_thread(_process: int, _thread: int) -> str:
    """Returns digits drawn once a thread; a forked process draws its own."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"


@functools.cache
def _machine() -> str:
    """Returns digits of this machine, or of this container of it.

    Containers count their processes separately, and may have the host's name.
    """
    try:
        counting = os.readlink("/proc/self/ns/pid")
    except OSError:  # not Linux
        counting = ""
    seen = f"{platform.node()} {counting}".encode()
    number = int.from_bytes(hashlib.sha256(seen).digest()[:8], "big")
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"

"""Memory that is freed goes back to the system."""

from __future__ import annotations

import ctypes
import functools

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc's malloc.h
_MEGABYTE = 1 << 20


@functools.cache
def give_back_large_arrays() -> None:
    """Gives each large array pages of its own, which go when it does.

    Glibc raises the size from which on it does so, up to 32 MB, with every
    large array that is freed. Then arrays of megabytes lie among small ones,
    holes between them stay, and a process that works on unit after unit grew
    by some 5 MB with each. Does nothing on other systems.
    """
    try:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _MEGABYTE)
    except (AttributeError, OSError, TypeError):
        return

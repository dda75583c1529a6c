"""Memory that is freed goes back to the system."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc's malloc.h
_LARGE = 1 << 17  # bytes: glibc's own, before it raises it


@functools.cache
def give_back_large_arrays() -> None:
    """Gives each large array pages of its own, which go when it does.

    Glibc raises the size from which on it does so, up to 32 MB, with every
    large array that is freed. Then arrays of megabytes lie among small ones,
    holes between them stay, and a process that works on unit after unit grew
    by some 5 MB with each. Does nothing on other systems.
    """
    try:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
    except (AttributeError, OSError, TypeError):
        return


def give_back_freed() -> None:
    """Frees what only refers to itself, and gives back what has been freed.

    A tokenizer is such a thing. On its own glibc gives back only what lies at
    the end of its memory; other systems are left to themselves.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)

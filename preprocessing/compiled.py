"""Compiled functions that are kept between runs, and never stale.

Numba's cache looks at the date of the file that a function is in, not at those
of the functions and constants that it uses: after a change in tries.py the old
tries would go on in what is compiled into wordpiece_lines.py. So each state of
this package has a cache folder of its own, named by a hash of all its files.
It is the user's, for the package may lie where nobody can write.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from typing import Any

import numba
from numba.core import config

from foundation import files

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def compiled(function: Callable[..., Any]) -> Any:
    """Decorates what Python calls: compiled at its first call, then kept.

    What only compiled functions call is `numba.njit`: it is compiled into
    them. Where there is no room for a cache, every run compiles.
    """
    folder = _cache_folder()
    if folder is None:
        return numba.njit(nogil=True)(function)
    others = config.CACHE_DIR
    # Numba reads it as the function is decorated, and never again.
    config.CACHE_DIR = folder
    try:
        return numba.njit(cache=True, nogil=True)(function)
    finally:
        config.CACHE_DIR = others


def cache_key(folder: str) -> str:
    """Returns a name that changes with any Python file of a folder."""
    digest = hashlib.sha256()
    for path in sorted(files.glob(files.join(files.escaped(folder), "*.py"))):
        name = os.path.basename(path)
        digest.update(f"{name} {files.sha256_of(path)}\n".encode())
    return digest.hexdigest()[:16]


@functools.cache
def _cache_folder() -> str | None:
    """Returns a folder that can be written to, or None.

    $NUMBA_CACHE_DIR goes before $XDG_CACHE_HOME and ~/.cache.
    """
    home = os.path.expanduser("~/.cache")
    user = os.environ.get("XDG_CACHE_HOME") or home
    parent = config.CACHE_DIR or os.path.join(user, "biobert-kit")
    folder = os.path.join(parent, cache_key(_PACKAGE))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        # Without it numba would go back to __pycache__, which goes stale.
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None

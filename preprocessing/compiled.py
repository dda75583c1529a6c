"""Compiled functions that are kept between runs, and never stale.

Numba compiles them; but importing it costs each run half a second and 90 MB.
So only a run that finds a function not compiled yet, for arguments of these
types, imports it. What numba compiles there is made a shared library
(native_libraries.py), and that is all that later runs need (native_calls.py).
Where none can be made, they import numba, which has a cache of its own.

Each state of this package has a folder for both, named by a hash of its files
and of what else decides how they are compiled. Numba would look at the date of
the file that a function is in, not at those of the functions and constants
that it uses: after a change in tries.py the old tries would go on in what is
compiled into wordpiece_lines.py. The folder is the user's, for the package may
lie where nobody can write.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import stat
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from foundation import files
from preprocessing import native_calls

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_CPUINFO = "/proc/cpuinfo"
_CPUINFO_CHARS = 1 << 14  # more than one processor of it has
_CPU_LINES = (  # that say what it can do
    *("vendor_id", "cpu family", "model", "flags"),  # Intel's and AMD's
    *("CPU implementer", "CPU part", "Features"),  # Arm's
)


def compiled(function: Callable[..., Any]) -> Any:
    """Decorates what Python calls: compiled at its first call, then kept.

    Arguments are given by position. A function that asks for memory (a new
    array, a slice assigned to another) works, but is no library's: every run
    that calls it imports numba. What only compiled functions call is
    `inlined`. Where there is no room for a cache, every run compiles.
    """
    return _Kept(function, nogil=True)


def inlined(function: Callable[..., Any]) -> Any:
    """Decorates what compiled functions call: compiled into them."""
    return _Deferred(function)


def spliced(function: Callable[..., Any]) -> Any:
    """Decorates what takes the place of its calls before it is compiled."""
    return _Deferred(function, inline="always")


class _Deferred:
    """Stands for what numba makes of a function, until that is asked for."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._options = options

    @functools.cached_property
    def dispatcher(self) -> Any:
        """What numba makes of the function."""
        import numba  # deferred: see the module's docstring

        return numba.njit(**self._options)(self._function)

    def __getattr__(self, name: str) -> Any:
        # Numba knows what compiled functions call by its `_numba_type_`, and
        # asks it for its options and its source.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.dispatcher, name)

    def __call__(self, *arguments: Any) -> Any:
        return self.dispatcher(*arguments)


class _Kept(_Deferred):
    """Calls a function in a library; what is in none yet, numba compiles."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        super().__init__(function, **options)
        self._calls: dict[str, Callable[..., Any]] = {}  # by `types_of`

    @functools.cached_property
    def dispatcher(self) -> Any:
        """What numba makes of the function, and keeps in the folder."""
        folder = _cache_folder()
        if folder is None:
            return super().dispatcher
        import numba
        from numba.core import config

        others = config.CACHE_DIR
        # Numba reads it as the function is decorated, and never again.
        config.CACHE_DIR = folder
        try:
            return numba.njit(cache=True, **self._options)(self._function)
        finally:
            config.CACHE_DIR = others

    def __call__(self, *arguments: Any) -> Any:
        types = native_calls.types_of(arguments)
        call = self._calls.get(types)
        if call is None:
            call = self._calls[types] = self._find(types, arguments)
        return call(*arguments)

    def _find(
        self, types: str, arguments: tuple[Any, ...]
    ) -> Callable[..., Any]:
        """Returns what to call for arguments of these types."""
        folder = _cache_folder()
        found: Callable[..., Any] | None = None
        # The folder's name knows nothing of functions of other packages.
        file = self._function.__globals__.get("__file__", "")
        is_known = os.path.dirname(os.path.abspath(file)) == _PACKAGE
        if folder is not None and is_known and types and _processor():
            digest = hashlib.sha256(types.encode()).hexdigest()[:16]
            name = f"{self.__module__}.{self.__name__}-{digest}.so"
            path = files.join(folder, name)
            found = native_calls.load(path)
            if found is None:
                # Deferred: it is not for runs that find everything.
                from preprocessing import native_libraries

                native_libraries.make(self.dispatcher, arguments, path=path)
                found = native_calls.load(path)
        return found or self.dispatcher


def cache_key(folder: str) -> str:
    """Returns a name that changes with any Python file of a folder.

    It changes with numba's version and settings, with numpy's version, and
    with the processor, too.
    """
    digest = hashlib.sha256()
    for path in sorted(files.glob(files.join(files.escaped(folder), "*.py"))):
        name = os.path.basename(path)
        digest.update(f"{name} {files.sha256_of(path)}\n".encode())
    for package in ("numba", "llvmlite"):
        spec = importlib.util.find_spec(package)  # does not import it
        origin = spec.origin if spec else None
        path = files.join(os.path.dirname(origin or ""), "_version.py")
        digest.update(f"{package} {files.sha256_of(path)}\n".encode())
    settings = sorted(x for x in os.environ.items() if x[0][:6] == "NUMBA_")
    digest.update(f"{settings} {np.__version__} {_processor()}".encode())
    return digest.hexdigest()[:16]


@functools.cache
def _processor() -> str:
    """Returns what code is made for; "" where that is not known.

    It is the processor that numba's settings name, such as an image's that is
    built for many machines. Else what Linux says of the first one here.
    """
    wanted = [os.environ.get(f"NUMBA_CPU_{x}") for x in ("NAME", "FEATURES")]
    # With a name alone numba adds the features of the processor here.
    if wanted[0] and wanted[1] is not None:
        return repr(wanted)
    if not files.exists(_CPUINFO):
        return ""
    with files.open_file(_CPUINFO) as file:
        # Not all of it: with hundreds of processors that takes long.
        first = file.read(_CPUINFO_CHARS).partition("\n\n")[0]
    lines = (line.partition(":") for line in first.split("\n"))
    return repr([x for x in lines if x[0].strip() in _CPU_LINES])


@functools.cache
def _cache_folder() -> str | None:
    """Returns a folder that this user alone can write to, or None.

    $NUMBA_CACHE_DIR goes before $XDG_CACHE_HOME and ~/.cache.
    """
    home = os.path.expanduser("~/.cache")
    user = os.environ.get("XDG_CACHE_HOME") or home
    parent = os.environ.get("NUMBA_CACHE_DIR")
    parent = parent or os.path.join(user, "biobert-kit")
    folder = os.path.join(parent, cache_key(_PACKAGE))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if not _is_ours(os.stat(folder)):
            return None
        # Without it numba would go back to __pycache__, which goes stale.
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


def _is_ours(folder: os.stat_result) -> bool:
    """Returns whether nobody else can put code there that we would run."""
    if os.name != "posix":
        return True
    others = stat.S_IWGRP | stat.S_IWOTH
    return folder.st_uid == os.getuid() and not folder.st_mode & others

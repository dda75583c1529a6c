"""Words that stand for a patient's, and the search for them."""

from __future__ import annotations

import pathlib
import stat
from collections.abc import Callable, Collection

CANARY = "Zqxcanary"
_MARKS = ("zqx", "canary")  # a piece of it is no less a leak
_IN_FILES = "canary"  # three letters are in the bytes of weights by chance


def check_silent(*texts: str) -> None:
    """Raises AssertionError where a canary is in what was said."""
    for text in texts:
        found = [mark for mark in _MARKS if mark in text.lower()]
        assert not found, text[:2000]


def check_files(
    folder: pathlib.Path,
    *,
    inputs: Collection[pathlib.Path] = (),
    declared: Callable[[pathlib.Path], bool] = lambda _: False,
) -> int:
    """Looks for canaries in the names and bytes of all files of a folder.

    Args:
      folder: what a run may have written to.
      inputs: files and folders with canaries that were there before.
      declared: whether a file is an output that holds text by its nature.

    Returns:
      In how many declared files there are some: none would show that the
      search can find none.
    """
    num_found = 0
    given = [path.resolve() for path in inputs]
    for path in sorted(folder.rglob("*")):
        if any(g == path or g in path.parents for g in given):
            continue
        name = str(path.relative_to(folder))
        check_silent(name)
        if not path.is_file():
            continue
        data = path.read_bytes().lower()
        has_some = any(
            _IN_FILES.encode(code) in data for code in ("utf-8", "utf-16-le")
        )
        assert declared(path) or not has_some, name
        num_found += has_some
    return num_found


def check_modes(
    folder: pathlib.Path, *, inputs: Collection[pathlib.Path] = ()
) -> int:
    """Raises unless all files are their owner's alone; returns how many."""
    open_ones = []
    num_files = 0
    given = [path.resolve() for path in inputs]
    for path in sorted(folder.rglob("*")):
        if any(g == path or g in path.parents for g in given):
            continue
        num_files += path.is_file()
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            open_ones.append(str(path.relative_to(folder)))
    assert open_ones == []
    return num_files

"""What a corpus's folder holds, and how its names are shown."""

from __future__ import annotations

from collections.abc import Sequence

from foundation import files
from foundation.errors import InputError

_SHOWN = 12  # names in a message


def names_in(data_dir: str) -> list[str]:
    """Returns the names in a folder.

    Raises:
      InputError: it is a file, or is not there.
    """
    if files.is_directory(data_dir):
        return files.list_directory(data_dir)
    is_file = files.exists(data_dir)
    raise InputError(
        "the data folder is a file"
        if is_file
        else "the data folder is missing",
        got="a file" if is_file else "no such folder",
        expected="a folder with the corpus files",
        next_step="check --data_dir",
        path=data_dir,
    )


def listed(names: Sequence[str]) -> str:
    """Returns names with commas between, the first of many."""
    text = ", ".join(names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{text} and {more} more" if more > 0 else text

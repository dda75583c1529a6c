"""What killed runs left under temporary names, with text in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from absl import logging

from foundation import files
from foundation.temporary_names import (
    MARK,
    is_being_written,
    is_of_this_machine,
)


def remove(paths: Iterable[str]) -> None:
    """Removes what was begun of some files and folders, and says so.

    What a process that lives is writing stays, and what other machines began.

    Args:
      paths: as they are called once they are whole.
    """
    for path in paths:
        for leftover in files.glob(files.escaped(path) + f"{MARK}*"):
            if not is_of_this_machine(leftover) or is_being_written(leftover):
                continue
            if files.is_directory(leftover) and not files.is_remote(leftover):
                shutil.rmtree(leftover)
            else:
                files.remove(leftover)
            logging.info("%s was left by a stopped run; removed.", leftover)

"""The one file that a script writes, checked before work begins."""

from __future__ import annotations

import os
from collections.abc import Iterable

from absl import flags

from foundation import disk, files
from foundation.errors import InputError


def define(fv: flags.FlagValues, help_text: str) -> None:
    """Declares the flags."""
    flags.DEFINE_string("output_file", None, help_text, flag_values=fv)
    flags.DEFINE_boolean(
        "overwrite_output",
        False,
        "Replace --output_file if it is there.",
        flag_values=fv,
    )


def check(fv: flags.FlagValues, *, read: Iterable[str | None]) -> str:
    """Returns the path to write to; its folder is there then.

    Args:
      fv: parsed flags.
      read: paths of files that are read; None = not given.

    Raises:
      InputError: none is named, one is there, is read from, or cannot be
        written.
    """
    path: str = fv.output_file or ""
    if not path or path.endswith("/") or files.is_directory(path):
        raise InputError(
            "there is no file to write to",
            got=f"--output_file={path}" if path else "no --output_file",
            expected="the name of a file",
            next_step="add --output_file=, a folder and a name in it",
        )
    if files.real_path(path) in {files.real_path(p) for p in read if p}:
        raise InputError(
            "what is read would be overwritten",
            got=f"--output_file={path}",
            expected="another file than those that are read",
            next_step="give --output_file another name",
        )
    if files.exists(path) and not fv.overwrite_output:
        raise InputError(
            "the output is there already",
            got=f"{files.size_of(path)} bytes",
            expected="no file of that name",
            next_step="give --output_file another name, or add "
            "--overwrite_output",
            path=path,
        )
    folder = os.path.dirname(path)
    if folder:
        files.make_directory(folder)
    disk.check_writable(folder or ".")
    return path

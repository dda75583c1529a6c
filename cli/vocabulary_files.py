"""Outputs of the scripts that make vocabularies, checked first."""

from __future__ import annotations

import os
from collections.abc import Sequence

from absl import flags

from cli import text_inputs
from foundation import disk, files
from foundation.errors import InputError


def check_outputs(
    fv: flags.FlagValues, flag: str, suffixes: Sequence[str] = ("",)
) -> list[str]:
    """Returns the files to write; their folder is there then.

    Args:
      fv: parsed flags, --overwrite_output among them.
      flag: the name of the flag that names the files.
      suffixes: what is added to it, for each file.

    Raises:
      InputError: none is named, one is there, is read from, or cannot be
        written.
    """
    stem: str = fv[flag].value or ""
    if not stem or stem.endswith("/") or files.is_directory(stem + suffixes[0]):
        raise InputError(
            "there is no file to write to",
            got=f"--{flag}={stem}" if stem else f"no --{flag}",
            expected="the name of a file",
            next_step=f"add --{flag}=, a folder and a name in it",
        )
    paths = [stem + suffix for suffix in suffixes]
    _check_not_read(fv, flag, paths)
    there = [path for path in paths if files.exists(path)]
    if there and not fv.overwrite_output:
        raise InputError(
            "the vocabulary is there already",
            got=f"{files.size_of(there[0])} bytes",
            expected="no file of that name",
            next_step=f"give --{flag} another name, or add --overwrite_output",
            path=there[0],
        )
    folder = os.path.dirname(stem)
    if folder:
        files.make_directory(folder)
    disk.check_writable(folder or ".")
    return paths


def _check_not_read(
    fv: flags.FlagValues, flag: str, paths: Sequence[str]
) -> None:
    """Raises InputError where a file to write is one to read."""
    read = text_inputs.read(fv) if fv.input_file else []
    if "compare_vocab_file" in fv and fv.compare_vocab_file:
        read.append(fv.compare_vocab_file)
    known = set(map(files.real_path, read))
    for path in paths:
        if files.real_path(path) in known:
            raise InputError(
                "what is read would be overwritten",
                got=f"--{flag}={fv[flag].value}",
                expected="another file than those that are read",
                next_step=f"give --{flag} another name",
                path=path,
            )

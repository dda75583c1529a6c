"""Where records go: checked before hours of work are spent on them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from absl import flags

from foundation import disk, files
from foundation.errors import InputError
from preprocessing import manifest
from preprocessing.corpus_files import FilePart


def check(fv: flags.FlagValues, parts: Sequence[FilePart]) -> list[str]:
    """Returns the files of --output_file; their folders are there then.

    Raises:
      InputError: none is named, one is named twice, is a folder, is read
        from, is there already, or cannot be written.
    """
    paths = [p.strip() for p in (fv.output_file or "").split(",") if p.strip()]
    if not paths:
        raise InputError(
            "there is nowhere to write to",
            got="no --output_file",
            expected="one file or more, with commas between",
            next_step="add --output_file=data/records.tfrecord",
        )
    _check_names(paths, inputs={_real(part.path) for part in parts})
    there = [path for path in paths if files.exists(path)]
    if there and not fv.overwrite_output:
        raise InputError(
            "the records are there already",
            got=f"{len(there)} of {len(paths)} output files",
            expected="none",
            next_step="name other files, or add --overwrite_output",
            path=there[0],
        )
    for folder in sorted({manifest.split_path(path)[0] for path in paths}):
        files.make_directory(folder)
        disk.check_writable(folder)
        manifest.find_manifests(folder)  # one that is not ours stops the run
    return paths


def _check_names(paths: Sequence[str], *, inputs: set[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        is_folder = files.is_directory(path) or path.endswith("/")
        problems = {
            "an output file is named twice": _real(path) in seen,
            "the text would be overwritten": _real(path) in inputs,
            "an output file is a folder": is_folder,
        }
        for problem, is_so in problems.items():
            if is_so:
                raise InputError(
                    problem,
                    got=f"--output_file={path}",
                    expected="a file of its own for each part of the records",
                    next_step="name other files in --output_file",
                    path=path,
                )
        seen.add(_real(path))


def _real(path: str) -> str:
    """Returns one spelling of a path."""
    return path if files.is_remote(path) else os.path.realpath(path)

"""Where records go: checked before hours of work are spent on them."""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from foundation import disk, files
from foundation.errors import InputError
from preprocessing import manifest
from preprocessing.record_job import held_out_path, shard_path


def names(fv: flags.FlagValues, *, inputs: Sequence[str]) -> list[str]:
    """Returns the files of --output_file.

    Raises:
      InputError: none is named, one is named twice, is a folder, or is read
        from.
    """
    paths = listed(fv)
    if not paths:
        raise InputError(
            "there is nowhere to write to",
            got="no --output_file",
            expected="one file or more, with commas between",
            next_step="add --output_file=data/records.tfrecord",
        )
    together = list(paths)
    if fv.held_out_fraction > 0:
        together += [held_out_path(path) for path in paths]
    _check_names(together, inputs={files.real_path(path) for path in inputs})
    return paths


def listed(fv: flags.FlagValues) -> list[str]:
    """Returns the names in --output_file."""
    words = (fv.output_file or "").split(",")
    return [word.strip() for word in words if word.strip()]


def check_absent(paths: Sequence[str], *, overwrite: bool) -> None:
    """Raises InputError where one of the files is there, unless it may be."""
    there = [path for path in paths if files.exists(path)]
    if there and not overwrite:
        raise InputError(
            "the records are there already",
            got=f"{len(there)} of {len(paths)} output files",
            expected="none",
            next_step="name other files, or add --overwrite_output",
            path=there[0],
        )


def prepare_folders(paths: Sequence[str]) -> None:
    """Makes the files' folders.

    Raises:
      InputError: one cannot be made or written to, or has a manifest.json of
        another program.
    """
    for folder in sorted({manifest.split_path(path)[0] for path in paths}):
        files.make_directory(folder)
        disk.check_writable(folder)
        manifest.find_manifests(folder)


def check_other_counts(path: str, count: int) -> None:
    """Raises InputError where the text was cut into another number of units.

    Both would be matched by one pattern, and be trained on together.

    Args:
      path: as --output_file has it.
      count: of the units now.
    """
    folder, name = manifest.split_path(shard_path(path, 0, count))
    start, _, end = name.rpartition(f"-00000-of-{count:05d}")
    numbers = "-[0-9][0-9][0-9][0-9][0-9]"
    pattern = f"{files.escaped(start)}{numbers}-of{numbers}"
    others = [
        other
        for other in files.glob(
            files.join(files.escaped(folder), pattern + files.escaped(end))
        )
        if f"-of-{count:05d}" not in other
    ]
    if others:
        raise InputError(
            "records of another cutting of the text are there",
            got=f"{len(others)} files",
            expected=f"none beside the {count} that this command makes",
            next_step="remove them, name another --output_file, or give the "
            "--unit_megabytes and the text that they were made with",
            path=others[0],
        )


def _check_names(paths: Sequence[str], *, inputs: set[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        is_folder = files.is_directory(path) or path.endswith("/")
        problems = {
            "an output file is named twice": files.real_path(path) in seen,
            "the text would be overwritten": files.real_path(path) in inputs,
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
        seen.add(files.real_path(path))

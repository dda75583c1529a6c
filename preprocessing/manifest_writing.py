"""Record files -> their entries in manifest.json."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator, Sequence

from foundation import files
from preprocessing.manifest import (
    NAME,
    ListedFile,
    Manifest,
    find_manifests,
    settings,
    split_path,
    to_json,
)
from preprocessing.tfrecord_writer import RecordFile


def listed(file: RecordFile, *, text_sha256: str = "") -> ListedFile:
    """Returns the entry of a file that has been written."""
    _, name = split_path(file.path)
    return ListedFile(
        name, file.num_records, file.num_bytes, file.sha256, text_sha256
    )


def save_manifest(
    manifest: Manifest, written: Sequence[RecordFile], *, text_sha256: str = ""
) -> None:
    """Enters record files into the manifest.json of their folders.

    Args:
      manifest: of the set; its files are ignored.
      written: the set's files.
      text_sha256: of the text that they were made of, if that is known.

    Raises:
      InputError: a manifest.json that is not ours, or cannot be written.
    """
    by_folder: dict[str, list[ListedFile]] = {}
    for file in written:
        folder, _ = split_path(file.path)
        entry = listed(file, text_sha256=text_sha256)
        by_folder.setdefault(folder, []).append(entry)
    for folder, entries in by_folder.items():
        enter(folder, dataclasses.replace(manifest, files=tuple(entries)))


def enter(folder: str, part: Manifest) -> None:
    """Enters the files of a part of a set into a folder's manifest.json.

    Entries of other files stay. Runs that write into one folder at the same
    time wait for each other.

    Raises:
      InputError: as `save_manifest`.
    """
    with _locked(folder):
        write_sets(
            files.join(folder, NAME), _with(find_manifests(folder), part)
        )


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Holds others off a local folder; a killed process holds nothing."""
    if files.is_remote(folder) or os.name == "nt":
        yield
        return
    import fcntl  # not on Windows

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot; then the last of two wins.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _with(sets: Sequence[Manifest], part: Manifest) -> list[Manifest]:
    """Returns the sets with the part's files in place of those so named."""
    names = {file.name for file in part.files}
    others: list[Manifest] = []
    for old in sets:
        kept = tuple(file for file in old.files if file.name not in names)
        if settings(old) == settings(part):
            part = dataclasses.replace(part, files=(*kept, *part.files))
        elif kept:
            others.append(dataclasses.replace(old, files=kept))
    in_order = sorted(part.files, key=lambda file: file.name)
    return [*others, dataclasses.replace(part, files=tuple(in_order))]


def write_sets(path: str, sets: Sequence[Manifest]) -> None:
    """Writes what `manifest.read_sets` reads, in one step."""
    with files.write_atomically(path) as file:
        json.dump(to_json(sets), file, indent=1, ensure_ascii=False)
        file.write("\n")

"""Receipts: what a run on many units has finished, before all of it is.

Each record file of a unit has a small manifest of its own in the folder
manifest.parts, written before the file gets its name: a file without one is
not ours. When all units are done the receipts become one manifest.json. So
many processes, on many machines, need not wait for each other to say what they
did, and a run that was killed knows what it has.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
from collections.abc import Mapping, Sequence

from foundation import files
from preprocessing import manifest_writing
from preprocessing.manifest import (
    NAME,
    ListedFile,
    Manifest,
    read_sets,
    split_path,
)
from preprocessing.tfrecord_writer import (
    RecordFile,
    remove_leftovers_of_all,
)

FOLDER = "manifest.parts"


def save_receipt(
    manifest: Manifest, file: RecordFile, *, text_sha256: str
) -> None:
    """Writes the receipt of a record file that is whole.

    Raises:
      InputError: it cannot be written.
    """
    path = _receipt_path(file.path)
    files.make_directory(split_path(path)[0])
    entry = manifest_writing.listed(file, text_sha256=text_sha256)
    manifest_writing.write_sets(
        path, [dataclasses.replace(manifest, files=(entry,))]
    )


def find_receipt(record_file: str) -> Manifest | None:
    """Returns the settings and the one entry of a file of a unit.

    From its receipt or, after all units were done, from manifest.json. None
    where there is neither: then the file, if there is one, is not ours.

    Raises:
      InputError: what is there is damaged.
    """
    path = _receipt_path(record_file)
    if files.exists(path):
        (receipt,) = read_sets(path)
        return receipt
    folder, name = split_path(record_file)
    path = files.join(folder, NAME)
    if not files.exists(path):
        return None
    return _entries(path, files.stamp_of(path)).get(name)


@functools.lru_cache(maxsize=2)  # a run has two folders
def _entries(path: str, _stamp: tuple[int, ...]) -> Mapping[str, Manifest]:
    """Returns the settings and the one entry of each file of a manifest.json.

    Kept, since a run asks for each of thousands of files.
    """
    return {
        file.name: dataclasses.replace(manifest, files=(file,))
        for manifest in read_sets(path)
        for file in manifest.files
    }


def gather(manifest: Manifest, record_files: Sequence[str]) -> Manifest:
    """Enters files into their folder's manifest.json; removes the receipts.

    Args:
      manifest: of the set; its files are ignored.
      record_files: all of one folder, each with a receipt.

    Returns:
      The set with these files.

    Raises:
      InputError: manifest.json cannot be written.
    """
    entries: list[ListedFile] = []
    for path in record_files:
        receipt = find_receipt(path)
        assert receipt is not None, path
        entries += receipt.files
    folder, _ = split_path(record_files[0])
    whole = dataclasses.replace(manifest, files=tuple(entries))
    manifest_writing.enter(folder, whole)
    receipts = [_receipt_path(path) for path in record_files]
    for path in receipts:
        files.remove(path)
    remove_leftovers_of_all(receipts)
    if not files.is_remote(folder):
        with contextlib.suppress(OSError):  # another run's are in it
            os.rmdir(files.join(folder, FOLDER))
    return whole


def _receipt_path(record_file: str) -> str:
    folder, name = split_path(record_file)
    return files.join(folder, FOLDER, f"{name}.json")

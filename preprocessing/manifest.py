"""manifest.json: what the record files beside it are, and how to tell.

A TFRecord file says nothing of its lengths, its vocabulary or its end. The
manifest does, for every set of records in its folder; a set is what one run
wrote with one group of settings.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError

NAME = "manifest.json"
_FORMAT = "biobert-kit records, version 1"
_WHAT = "the manifest of the records"
_MAKE_ANEW = "make the records anew with create_pretraining_data.py"


def installed_version() -> str:
    """Returns the version of this kit; "unknown" where it is not installed."""
    try:
        return metadata.version("biobert-kit")
    except metadata.PackageNotFoundError:
        return "unknown"


@dataclasses.dataclass(frozen=True)
class ListedFile:
    """A record file in the manifest's folder.

    Attributes:
      name: without its folder.
      num_records: in it.
      num_bytes: of the file, compressed if it is.
      sha256: of the file's bytes, hexadecimal.
      text_sha256: of the text that it was made of; "" where that is not known.
    """

    name: str
    num_records: int
    num_bytes: int
    sha256: str
    text_sha256: str = ""


# What JSON holds for each field of `ListedFile` and `Manifest`.
_FILE_TYPES: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "num_records": int,
    "num_bytes": int,
    "sha256": str,
}
_SET_TYPES: dict[str, type | tuple[type, ...]] = {
    "family": str,
    "vocab_sha256": str,
    "do_lower_case": bool,
    "max_seq_length": int,
    "max_predictions_per_seq": int,
    "features": dict,
    "padded": bool,
    "gzip": bool,
    "random_seed": (int, type(None)),
    "flags": dict,
    "files": list,
    "tool_version": str,
    # Not fields, but sums over the files.
    "num_records": int,
    "num_bytes": int,
}


@dataclasses.dataclass(frozen=True)
class Manifest:
    """One set of records.

    Attributes:
      family: "bert" or "albert".
      vocab_sha256: of the vocabulary or SentencePiece model.
      do_lower_case: whether the text was lower-cased.
      max_seq_length: values of the features with one for each piece.
      max_predictions_per_seq: values of the masked_lm features; with ALBERT's
        do_permutation twice the flag.
      features: name -> how many values it has (at most, if not padded).
      padded: whether all records have as many.
      gzip: whether the files are compressed.
      random_seed: that the records were made with.
      flags: the command's, as they acted.
      files: sorted by name.
      tool_version: of this kit.
    """

    family: str
    vocab_sha256: str
    do_lower_case: bool
    max_seq_length: int
    max_predictions_per_seq: int
    features: Mapping[str, int]
    padded: bool
    gzip: bool
    random_seed: int | None
    flags: Mapping[str, Any]
    files: tuple[ListedFile, ...] = ()
    tool_version: str = dataclasses.field(default_factory=installed_version)

    @property
    def num_records(self) -> int:
        """In all files."""
        return sum(file.num_records for file in self.files)

    @property
    def num_bytes(self) -> int:
        """Of all files."""
        return sum(file.num_bytes for file in self.files)


def split_path(path: str) -> tuple[str, str]:
    """Returns a file's folder ("." if it has none) and name."""
    folder, name = os.path.split(path)
    return folder or ".", name


def to_json(sets: Sequence[Manifest]) -> dict[str, Any]:
    """Returns what a manifest.json holds."""
    return {
        "format": _FORMAT,
        "record_sets": [
            {
                **dataclasses.asdict(manifest),
                "num_records": manifest.num_records,
                "num_bytes": manifest.num_bytes,
            }
            for manifest in sets
        ],
    }


def settings(manifest: Manifest) -> str:
    """Returns all but the files, to be compared."""
    return json.dumps(
        dataclasses.asdict(dataclasses.replace(manifest, files=())),
        sort_keys=True,
    )


def load_manifest(record_file: str) -> Manifest | None:
    """Returns the manifest of the set that a record file belongs to.

    None where nothing is known of it: the originals wrote no manifests.

    Raises:
      InputError: a manifest.json that cannot be used.
    """
    folder, name = split_path(record_file)
    for manifest in find_manifests(folder):
        if any(file.name == name for file in manifest.files):
            return manifest
    return None


def find_manifests(folder: str) -> list[Manifest]:
    """Returns the sets of records that a folder's manifest.json names.

    Empty without such a file.

    Raises:
      InputError: a manifest.json of another program, or a damaged one.
    """
    path = files.join(folder, NAME)
    return read_sets(path) if files.exists(path) else []


def read_sets(path: str) -> list[Manifest]:
    """Returns the sets of records that a file of `to_json` names.

    Raises:
      InputError: as `find_manifests`.
    """
    value = json_files.read_object(path, what=_WHAT, next_step=_MAKE_ANEW)
    if value.get("format") != _FORMAT:
        raise InputError(
            "this manifest.json is not one of record files",
            got="another format",
            expected=f'"format": "{_FORMAT}"',
            next_step="put the records into a folder of their own",
            path=path,
        )
    sets = value.get("record_sets")
    if not isinstance(sets, list):
        raise _damaged(path, "no list of record_sets")
    return [_manifest(entry, path) for entry in sets]


def _manifest(entry: Any, path: str) -> Manifest:
    _check_types(entry, _SET_TYPES, path)
    for file in entry["files"]:
        _check_types(file, _FILE_TYPES, path)
        if split_path(file["name"])[0] != ".":
            raise _damaged(path, "a file of another folder")
    names = {field.name for field in dataclasses.fields(Manifest)}
    values = {name: entry[name] for name in names - {"files"}}
    listed = tuple(
        ListedFile(
            **{name: file[name] for name in _FILE_TYPES},
            text_sha256=str(file.get("text_sha256", "")),
        )
        for file in entry["files"]
    )
    manifest = Manifest(files=listed, **values)
    for name in ("num_records", "num_bytes"):
        if entry[name] != getattr(manifest, name):
            total = getattr(manifest, name)
            raise _damaged(
                path, f"{name} {entry[name]}, but {total} in its files"
            )
    return manifest


def _check_types(
    entry: Any, types: Mapping[str, type | tuple[type, ...]], path: str
) -> None:
    if not isinstance(entry, dict):
        raise _damaged(path, f"a {type(entry).__name__} where {{...}} belongs")
    for name, kind in types.items():
        if name not in entry:
            raise _damaged(path, f"no {name}")
        if not isinstance(entry[name], kind):
            raise _damaged(path, f"a {type(entry[name]).__name__} as {name}")


def _damaged(path: str, got: str) -> InputError:
    return InputError(
        f"{_WHAT} is damaged",
        got=got,
        expected="a manifest as it was written",
        next_step=_MAKE_ANEW,
        path=path,
    )

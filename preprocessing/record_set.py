"""Names of record files -> one set of records, and what is known of it.

A manifest.json beside the files says it all and no file is read. Files of the
originals have none: their records are counted, and the first ones looked at.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from foundation import files
from foundation.errors import InputError
from preprocessing.manifest import (
    ListedFile,
    Manifest,
    find_manifests,
    split_path,
)
from preprocessing.manifest_checks import check_size
from preprocessing.records import iterate_examples
from preprocessing.tfrecord import (
    HEADER_BYTES,
    check_is_file,
    count_records,
    is_gzip,
)

_PROBED = 16  # records of a file without manifest: a millisecond
_FINGERPRINT_CHARS = 16
# What files of one set may differ in: how they are stored, by which version,
_MAY_DIFFER = frozenset(
    {"padded", "gzip", "random_seed", "flags", "files", "tool_version"}
)
# and the flags that say of which text, how often, and into which files.
_FLAGS_MAY_DIFFER = frozenset(
    {
        "input_file",
        "output_files",
        "random_seed",
        "dupe_factor",
        "short_seq_prob",
        "document_break_at_eof",
        "held_out_fraction",
    }
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class CountedFile:
    """A record file of a set.

    Attributes:
      path: where it is.
      num_records: in it.
      num_bytes: of the file, compressed if it is.
      sha256: of its bytes, hexadecimal; "" without a manifest.
    """

    path: str
    num_records: int
    num_bytes: int
    sha256: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordSet:
    """Record files that one run reads as one.

    Attributes:
      files: in the order that numbers the records: the first record of a file
        comes after the last of the file before.
      features: name -> values of a record; at most, where they are not padded
        (without a manifest: as far as the first records of each file show).
      padded: whether all records have as many.
      gzip: whether any file is compressed.
      manifest: of the set, with all its files; where files of several runs
        are read together, what may differ among them is the first one's.
        None = no file has one.
    """

    files: tuple[CountedFile, ...]
    features: Mapping[str, int]
    padded: bool
    gzip: bool
    manifest: Manifest | None

    @property
    def num_records(self) -> int:
        """In all files."""
        return sum(file.num_records for file in self.files)

    @property
    def fingerprint(self) -> str:
        """A short text that changes with the records and their order.

        Folders do not count: records may be moved between two runs.
        """
        digest = hashlib.sha256()
        for file in self.files:
            name = split_path(file.path)[1]
            known = file.sha256 or f"{file.num_bytes} bytes"
            digest.update(f"{name}\n{file.num_records}\n{known}\n".encode())
        return digest.hexdigest()[:_FINGERPRINT_CHARS]


def open_record_set(paths: Sequence[str]) -> RecordSet:
    """Returns what is known of record files that are read as one.

    Args:
      paths: the files, in the order of their records.

    Raises:
      InputError: no records; a file that is missing, named twice, damaged
        (without a manifest) or of another size than its manifest says; files
        that do not fit each other, with both values.
    """
    _check_paths(paths)
    named = _named_in_manifests(paths)
    facts = [
        _from_manifest(path, *named[path])
        if path in named
        else _from_records(path)
        for path in paths
    ]
    found = tuple(fact.file for fact in facts)
    facts = [fact for fact in facts if fact.file.num_records]
    if not facts:
        raise InputError(
            "there are no records",
            got=f"{len(found)} files with 0 records",
            expected="one record at least",
            next_step="give record files of create_pretraining_data.py",
            path=next(iter(paths), None),
        )
    padded = all(fact.padded for fact in facts)
    return RecordSet(
        files=found,
        features=_common_features(facts, padded=padded),
        padded=padded,
        gzip=any(fact.gzip for fact in facts),
        manifest=_common_manifest(named),
    )


def _check_paths(paths: Sequence[str]) -> None:
    spelled = Counter(map(files.real_path, paths))
    for path in paths:
        if spelled[files.real_path(path)] > 1:
            raise InputError(
                "a record file is named twice",
                got=f"{len(paths)} files, {len(spelled)} different ones",
                expected="each file once: its records would count double",
                next_step="look which patterns both match it",
                path=path,
            )
        check_is_file(path)


def _named_in_manifests(
    paths: Sequence[str],
) -> dict[str, tuple[Manifest, ListedFile]]:
    """Returns the set and the entry of each path that a manifest names."""
    by_folder = {
        folder: {
            file.name: (manifest, file)
            for manifest in find_manifests(folder)
            for file in manifest.files
        }
        for folder in dict.fromkeys(split_path(path)[0] for path in paths)
    }
    named = {}
    for path in paths:
        folder, name = split_path(path)
        if name in by_folder[folder]:
            named[path] = by_folder[folder][name]
    return named


@dataclasses.dataclass(frozen=True)
class _Facts:
    file: CountedFile
    features: Mapping[str, int]
    padded: bool
    gzip: bool


def _from_manifest(path: str, manifest: Manifest, listed: ListedFile) -> _Facts:
    check_size(listed, split_path(path)[0])
    file = CountedFile(
        path=path,
        num_records=listed.num_records,
        num_bytes=listed.num_bytes,
        sha256=listed.sha256,
    )
    return _Facts(file, manifest.features, manifest.padded, manifest.gzip)


def _from_records(path: str) -> _Facts:
    with files.open_file(path, "rb") as raw:
        gzip = is_gzip(raw.read(HEADER_BYTES))
    num_records = count_records(path, check_contents=False)
    lengths: dict[str, set[int]] = {}
    for example in itertools.islice(iterate_examples(path), _PROBED):
        for name, values in example.items():
            lengths.setdefault(name, set()).add(len(values))
    return _Facts(
        CountedFile(
            path=path, num_records=num_records, num_bytes=files.size_of(path)
        ),
        {name: max(found) for name, found in lengths.items()},
        all(len(found) == 1 for found in lengths.values()),
        gzip,
    )


def _common_features(
    facts: Sequence[_Facts], *, padded: bool
) -> dict[str, int]:
    """Returns how many values each feature has, at most.

    Raises:
      InputError: a file's records have other features, or, padded, more or
        fewer values than the first one's.
    """
    first = facts[0]
    common = dict(first.features)
    for fact in facts[1:]:
        found = fact.features
        if found.keys() != common.keys() or (padded and found != common):
            raise _differs(
                fact.file.path,
                got=_listed(found),
                expected=f"{_listed(common)}, as in {first.file.path}",
            )
        common = {name: max(common[name], found[name]) for name in common}
    return common


def _listed(lengths: Mapping[str, int]) -> str:
    return ", ".join(f"{name} [{lengths[name]}]" for name in sorted(lengths))


def _common_manifest(
    named: Mapping[str, tuple[Manifest, ListedFile]],
) -> Manifest | None:
    """Returns the manifest of all files that have one.

    Raises:
      InputError: they were made with settings that do not go together.
    """
    if not named:
        return None
    (first_path, (first, _)), *others = named.items()
    wanted = _settings(first)
    for path, (manifest, _) in others:
        found = _settings(manifest) if manifest is not first else wanted
        names = [
            name
            for name in sorted(wanted.keys() | found.keys())
            if wanted.get(name) != found.get(name)
        ]
        if names:
            raise _differs(
                path,
                got=", ".join(f"{n} {found.get(n)}" for n in names),
                expected=", ".join(f"{n} {wanted.get(n)}" for n in names)
                + f", as of {first_path}",
            )
    return dataclasses.replace(
        first, files=tuple(listed for _, listed in named.values())
    )


def _settings(manifest: Manifest) -> dict[str, Any]:
    """Returns what must be the same in all files, by name."""
    flags = {
        f"--{name}": value
        for name, value in manifest.flags.items()
        if name not in _FLAGS_MAY_DIFFER
    }
    names = {field.name for field in dataclasses.fields(manifest)}
    fields = {name: getattr(manifest, name) for name in names - _MAY_DIFFER}
    return {**fields, **flags}


def _differs(path: str, *, got: str, expected: str) -> InputError:
    return InputError(
        "the record files do not go together",
        got=got,
        expected=expected,
        next_step="train on one after the other, or make them anew with the "
        "same flags",
        path=path,
    )

"""Do record files hold what their manifest says, and what a run wants?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from foundation import files
from foundation.errors import InputError
from preprocessing.manifest import NAME, ListedFile, Manifest
from preprocessing.tfrecord import count_records

_SHOWN = 12  # characters of a hash in a message


def check_against(
    manifest: Manifest, expected: Mapping[str, Any], *, folder: str
) -> None:
    """Raises InputError unless the records were made with these settings.

    Args:
      manifest: of the records.
      expected: name of a `Manifest` attribute -> the value a run needs.
      folder: of the manifest, for the message.
    """
    found = {name: getattr(manifest, name) for name in expected}
    wrong = [name for name in expected if found[name] != expected[name]]
    if not wrong:
        return
    raise InputError(
        "the records do not fit the run",
        got=_named({name: found[name] for name in wrong}),
        expected=_named({name: expected[name] for name in wrong}),
        next_step="give the flags and the vocabulary that the records were "
        "made with, or make the records anew",
        path=files.join(folder, NAME),
    )


def _named(values: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {str(value)[:_SHOWN] if 'sha256' in name else value}"
        for name, value in values.items()
    )


def verify(manifest: Manifest, folder: str) -> None:
    """Reads all files of a set and checks them.

    Args:
      manifest: of the set.
      folder: that it is in.

    Raises:
      InputError: the first file that is missing or differs; for a damaged
        one, the first record that cannot be read.
    """
    for listed in manifest.files:
        verify_file(listed, folder)


def verify_file(listed: ListedFile, folder: str) -> None:
    """Reads a file and checks its records, length and hash.

    Raises:
      InputError: as `verify`.
    """
    path = files.join(folder, listed.name)
    # First, since it says where: the rest says only that.
    num_records = count_records(path)
    if num_records != listed.num_records:
        # A cut between two records leaves no other trace.
        raise _differs(
            path, f"{num_records} records", f"{listed.num_records} records"
        )
    check_size(listed, folder)
    sha256 = files.sha256_of(path)
    if sha256 != listed.sha256:
        raise _differs(
            path,
            f"sha256 {sha256[:_SHOWN]}",
            f"sha256 {listed.sha256[:_SHOWN]}",
        )


def check_size(listed: ListedFile, folder: str) -> None:
    """Raises InputError for a file of another size; does not read it."""
    path = files.join(folder, listed.name)
    size = files.size_of(path) if files.exists(path) else 0
    if size != listed.num_bytes:
        raise _differs(path, f"{size} bytes", f"{listed.num_bytes} bytes")


def _differs(path: str, got: str, expected: str) -> InputError:
    return InputError(
        "the file is not the one that its manifest describes",
        got=got,
        expected=expected,
        next_step="copy the file again from where it was made, or make the "
        "records anew with create_pretraining_data.py",
        path=path,
    )

"""What a run's folder keeps of its attempts: which code, where, how long.

A run may be stopped and taken up again, hours later, by other code or on
another processor: the ledger's line says what computed its score, and warns
where that was not one thing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from foundation import files, json_files
from reporting import provenance

ATTEMPTS = "attempts.json"
_SECONDS = "seconds.txt"
_COMPARED = ("processor", "packages")


def begin(folder: str, *, threads: int, gpu: str | None) -> None:
    """Adds what an attempt is made with, if the last one had others."""
    attempt = {
        "code": provenance.code_version(),
        "processor": provenance.processor(threads=threads, gpu=gpu),
        "packages": provenance.packages(),
    }
    attempts = made(folder)
    if attempts and not _differences(attempts[-1], attempt):
        return
    with files.write_atomically(files.join(folder, ATTEMPTS)) as file:
        json.dump({"attempts": [*attempts, attempt]}, file, indent=1)


def made(folder: str) -> list[dict[str, Any]]:
    """Returns "code", "processor" and "packages" of each attempt, in order.

    Raises:
      InputError: the file is damaged.
    """
    path = files.join(folder, ATTEMPTS)
    if not files.exists(path):
        return []
    found = json_files.read_object(
        path, what="a run's attempts", next_step="remove the run's folder"
    )
    attempts: list[dict[str, Any]] = found["attempts"]
    return attempts


def mixed(attempts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns a warning for each thing that was not the same throughout."""
    *earlier, last = attempts
    differ = {what for one in earlier for what in _differences(one, last)}
    return [
        f"begun with another {what}, then stopped and taken up again"
        for what in sorted(differ)
    ]


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    code = [one["code"]["sources"], other["code"]["sources"]]
    differ = ["code"] if code[0] != code[1] else []
    return differ + [what for what in _COMPARED if one[what] != other[what]]


def add_seconds(folder: str, seconds: float) -> None:
    """Adds up the time of a run that was stopped and taken up again."""
    total = seconds_of(folder) + seconds
    with files.write_atomically(files.join(folder, _SECONDS)) as file:
        file.write(f"{total:.1f}\n")


def seconds_of(folder: str) -> float:
    """Returns the time that a run has taken, over all its attempts."""
    path = files.join(folder, _SECONDS)
    return float(files.read_bytes(path)) if files.exists(path) else 0.0

"""All files of papers -> their documents; one text file for each.

Done by several processes. The same call goes on where it was stopped, and
gives the same text whatever the number of processes is.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from foundation import files, folder_lock
from foundation.errors import InputError
from preprocessing.literature.duplicates import documents_to_drop
from preprocessing.literature.paper_file import (
    Job,
    Receipt,
    drop_documents,
    read_keys,
    read_receipt,
    writer,
)
from preprocessing.manifest import installed_version
from preprocessing.task_workers import run_tasks
from preprocessing.tfrecord_writer import remove_leftovers_of_all

# Not manifest.json, which is the name of that of records.
MANIFEST = "documents.json"


def write_all(
    paths: Sequence[str],
    job: Job,
    *,
    num_workers: int = 1,
    overwrite: bool = False,
    done: Callable[[int], object] = int,
) -> list[Receipt]:
    """Writes the documents of all files and documents.json.

    Args:
      paths: the files; of two records of one paper the later one counts.
      job: what is done with each.
      num_workers: processes.
      overwrite: whether text of other files or flags is replaced.
      done: called with the number of files that have become ready.

    Returns:
      What became of each file, in order.

    Raises:
      InputError: two files would have one name, text is there that this
        command did not write, a file is damaged, or another run is at work
        in the folder: it may have other flags.
    """
    _check_names(paths, job)
    files.make_directory(job.receipts)
    with folder_lock.held(
        job.receipts, next_step="wait for it, or choose another --output_dir"
    ):
        return _write_all(
            paths, job, num_workers=num_workers, overwrite=overwrite, done=done
        )


def _write_all(
    paths: Sequence[str],
    job: Job,
    *,
    num_workers: int,
    overwrite: bool,
    done: Callable[[int], object],
) -> list[Receipt]:
    receipts = _kept(paths, job, overwrite=overwrite)
    done(len(receipts))
    todo = [path for path in paths if path not in receipts]
    # No more processes than tasks: none at all, perhaps.
    workers = max(1, min(num_workers, len(todo)))
    for receipt in run_tasks(writer(job), todo, num_workers=workers):
        receipts[receipt.input] = receipt
        done(1)
    drops = documents_to_drop([read_keys(job, path) for path in paths])
    again = [
        (path, drop)
        for path, drop in zip(paths, drops, strict=True)
        if receipts[path].dropped != tuple(sorted(drop))
    ]
    run = functools.partial(drop_documents, job=job)
    workers = max(1, min(num_workers, len(again)))
    for receipt in run_tasks(run, again, num_workers=workers):
        receipts[receipt.input] = receipt
    ordered = [receipts[path] for path in paths]
    _write_manifest(ordered, job)
    remove_leftovers_of_all(_written(paths, job))
    return ordered


def _written(paths: Sequence[str], job: Job) -> Iterator[str]:
    """Yields all files that are there now."""
    yield files.join(job.output_dir, MANIFEST)
    for path in paths:
        yield job.text_path(path)
        yield job.receipt_path(path)
        yield job.receipt_path(path, "npy")


def _check_names(paths: Sequence[str], job: Job) -> None:
    seen: dict[str, str] = {}
    for path in paths:
        text = job.text_path(path)
        if text in seen:
            raise InputError(
                "two files of papers have the same name",
                got=f"{seen[text]} and {path}",
                expected="names that differ before their ending",
                next_step="format each folder into an --output_dir of its own",
            )
        seen[text] = path


def _kept(
    paths: Sequence[str], job: Job, *, overwrite: bool
) -> dict[str, Receipt]:
    """Returns the receipts of files that are ready.

    Raises:
      InputError: text of another command is there, and is not to be replaced.
    """
    kept: dict[str, Receipt] = {}
    for path in paths:
        text, receipt_path = job.text_path(path), job.receipt_path(path)
        receipt = read_receipt(job, path)
        if receipt is not None and receipt.made_of == job.made_of(path):
            kept[path] = receipt
            continue
        is_begun = receipt is None and files.exists(receipt_path)
        if not files.exists(text) or is_begun:
            continue
        if not overwrite:
            raise InputError(
                "the text is there already, of another file or other flags",
                got=f"{files.size_of(text)} bytes",
                expected="no text, or that of the same command",
                next_step="choose another --output_dir, or add "
                "--overwrite_output",
                path=text,
            )
        for old in (text, receipt_path):
            files.remove(old)
    return kept


def totals(receipts: Sequence[Receipt]) -> dict[str, Any]:
    """Returns the sums over all files."""
    skipped: collections.Counter[str] = collections.Counter()
    for receipt in receipts:
        skipped.update(receipt.skipped)
    names = (
        *("records", "documents", "sentences"),
        *("truncated", "deletions", "num_bytes"),
    )
    sums: Mapping[str, int] = {
        name: sum(getattr(receipt, name) for receipt in receipts)
        for name in names
    }
    return {**sums, "skipped": dict(sorted(skipped.items()))}


def _write_manifest(receipts: Sequence[Receipt], job: Job) -> None:
    value = {
        "tool_version": installed_version(),
        "selection": dataclasses.asdict(job.selection),
        **totals(receipts),
        "files": [
            {
                "name": job.text_path(receipt.input).rpartition("/")[2],
                **dataclasses.asdict(receipt),
                "dropped": len(receipt.dropped),
            }
            for receipt in receipts
        ],
    }
    with files.write_atomically(files.join(job.output_dir, MANIFEST)) as file:
        json.dump(value, file, indent=1, ensure_ascii=False)
        file.write("\n")

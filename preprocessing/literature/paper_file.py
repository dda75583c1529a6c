"""One file of papers -> one file of documents, and the receipt of it.

The text appears under its name once it is whole, its receipt just before, so
a file of text without a receipt of the same command is somebody else's.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np

from foundation import files, json_files
from foundation.errors import InputError
from preprocessing.literature.duplicates import DELETED, ENTRY, SKIPPED
from preprocessing.literature.selection import (
    Selection,
    document_lines,
    reason_to_skip,
)
from preprocessing.literature.sources import (
    Deletion,
    Unusable,
    output_stem,
    read_papers,
)

_FORMAT = 1  # counted up when the same flags give another text
_RECEIPTS = "receipts"


@dataclass(frozen=True)
class Job:
    """What is done with every file.

    Attributes:
      output_dir: where the text goes.
      selection: what is wanted.
      skip_damaged: whether damaged files are counted and left out.
    """

    output_dir: str
    selection: Selection
    skip_damaged: bool = False

    def text_path(self, path: str) -> str:
        """Returns where the documents of a file go."""
        return files.join(self.output_dir, f"{output_stem(path)}.txt")

    @property
    def receipts(self) -> str:
        """The folder of all receipts."""
        return files.join(self.output_dir, _RECEIPTS)

    def receipt_path(self, path: str, ending: str = "json") -> str:
        """Returns where the receipt of a file is, or its table of keys."""
        return files.join(self.receipts, f"{output_stem(path)}.{ending}")

    def made_of(self, path: str) -> str:
        """Returns a hash of a file's state and of all that acts on it."""
        facts = [
            *(_FORMAT, path, files.stamp_of(path)),
            *(dataclasses.asdict(self.selection), self.skip_damaged),
        ]
        return hashlib.sha256(repr(facts).encode()).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """What became of a file.

    Attributes:
      input: the file.
      made_of: `Job.made_of` it.
      records: papers in it, and what should have been some.
      documents: that were written.
      sentences: in them.
      skipped: reason -> papers; with `documents` all records.
      truncated: documents whose abstract PubMed had cut.
      deletions: PMIDs that the file says are deleted.
      dropped: documents left out since later files have them: their numbers.
      num_bytes: of the text.
      sha256: of the text.
    """

    input: str
    made_of: str
    records: int
    documents: int
    sentences: int
    skipped: Mapping[str, int]
    truncated: int
    deletions: int
    dropped: tuple[int, ...]
    num_bytes: int
    sha256: str


def read_receipt(job: Job, path: str) -> Receipt | None:
    """Returns a file's receipt if its text is there and whole.

    Raises:
      InputError: a receipt that cannot be read.
    """
    text, receipt = job.text_path(path), job.receipt_path(path)
    if not (files.exists(receipt) and files.exists(text)):
        return None
    value = json_files.read_object(
        receipt, what="the receipt", next_step="add --overwrite_output"
    )
    names = {f.name for f in dataclasses.fields(Receipt)}
    if set(value) != names:
        return None
    found = Receipt(**{**value, "dropped": tuple(value["dropped"])})
    return found if found.num_bytes == files.size_of(text) else None


def read_keys(job: Job, path: str) -> np.ndarray:
    """Returns the table of a file's papers: `duplicates.ENTRY` [records]."""
    data = files.read_bytes(job.receipt_path(path, "npy"))
    table: np.ndarray = np.load(io.BytesIO(data), allow_pickle=False)
    return table


def write_documents(
    path: str, job: Job, *, drop: Mapping[int, str] | None = None
) -> Receipt:
    """Reads a file of papers, writes its documents, returns the receipt.

    Args:
      path: the file.
      job: what to do.
      drop: numbers of documents to leave out, and why.

    Raises:
      InputError: the file is damaged and `job.skip_damaged` is off, or the
        folder cannot be written to.
    """
    counts = _Counts(dict(drop or {}))
    made_of = job.made_of(path)
    files.make_directory(job.receipts)
    with files.write_atomically(job.text_path(path), "wb") as file:
        for lines in counts.documents(path, job):
            counts.write(file, lines)
        table = np.array(counts.entries, dtype=ENTRY)
        with files.write_atomically(job.receipt_path(path, "npy"), "wb") as out:
            np.save(out, table, allow_pickle=False)
        receipt = counts.receipt(path, made_of)
        with files.write_atomically(job.receipt_path(path)) as out:
            out.write(json_files.line_of(dataclasses.asdict(receipt)) + "\n")
    return receipt


@dataclass
class _Counts:
    """What has been seen and written of a file."""

    drop: Mapping[int, str]
    entries: list[tuple[int, int]] = field(default_factory=list)
    skipped: collections.Counter[str] = field(
        default_factory=collections.Counter
    )
    records: int = 0
    made: int = 0  # documents, dropped ones too
    truncated: int = 0
    sentences: int = 0
    num_bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def documents(self, path: str, job: Job) -> Iterator[list[str]]:
        """Yields the sentences of each document, and counts everything."""
        on_damaged = _say_nothing if job.skip_damaged else None
        for found in read_papers(path, on_damaged=on_damaged):
            if isinstance(found, Deletion):
                self.entries.append((found.key, DELETED))
                continue
            self.records += 1
            if isinstance(found, Unusable):
                self.skipped[found.reason] += 1
                continue
            reason = reason_to_skip(found, job.selection)
            if reason is not None:
                self.skipped[reason] += 1
                self.entries.append((found.key, SKIPPED))
                continue
            self.entries.append((found.key, self.made))
            self.made += 1
            if self.made - 1 in self.drop:
                self.skipped[self.drop[self.made - 1]] += 1
                continue
            self.truncated += found.is_truncated
            yield document_lines(found, job.selection)

    def write(self, file: IO[bytes], lines: Collection[str]) -> None:
        """Writes a document."""
        text = ("\n".join(lines) + "\n\n").encode()
        file.write(text)
        self.digest.update(text)
        self.num_bytes += len(text)
        self.sentences += len(lines)

    def receipt(self, path: str, made_of: str) -> Receipt:
        """Returns what became of the file."""
        return Receipt(
            input=path,
            made_of=made_of,
            records=self.records,
            documents=self.made - len(self.drop),
            sentences=self.sentences,
            skipped=dict(sorted(self.skipped.items())),
            truncated=self.truncated,
            deletions=sum(number == DELETED for _, number in self.entries),
            dropped=tuple(sorted(self.drop)),
            num_bytes=self.num_bytes,
            sha256=self.digest.hexdigest(),
        )


def _say_nothing(_: InputError) -> None:
    """Damaged files are counted in the receipt."""


def drop_documents(task: tuple[str, Mapping[int, str]], *, job: Job) -> Receipt:
    """Does a file again without documents that later files replace."""
    path, drop = task
    return write_documents(path, job, drop=drop)


def writer(job: Job) -> Callable[[str], Receipt]:
    """Returns `write_documents` of a job, for workers."""
    return functools.partial(write_documents, job=job)

"""Chunks of notes -> the files to train on, with nothing unaccounted for.

A file for each category, or one for all; notes of held-out patients in a
folder of their own. What repeats other notes is left out where that is wanted.
Each note ends with a blank line, as create_pretraining_data.py wants it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np

from foundation import files, json_files
from preprocessing.clinical import categories, copied_notes, note_text
from preprocessing.clinical.note_arrays import ChunkTable
from preprocessing.clinical.note_chunks import ChunkJob, read_table
from preprocessing.record_job import HELD_OUT_FOLDER

ALL_NOTES = "all_notes"
# Beside the numbers of note_text: what is left out on request.
DUPLICATE, COPIED = 100, 101
_FATES = {
    note_text.WRITTEN: "written",
    note_text.EMPTY: "empty",
    **dict.fromkeys(note_text.PROBLEMS, "failed"),
    DUPLICATE: "duplicates_dropped",
    COPIED: "copied_dropped",
}
_SHARES = (0.5, 0.7, 0.9, 1.0)  # least shares of copied lines, reported


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """What is written where.

    Attributes:
      folder: for all files.
      combine: whether all categories go to one file.
      drop_duplicates: whether of equal notes only the first is written.
      drop_copied: least share of copied lines from which on a note is left
        out; 0 = none is.
    """

    folder: str
    combine: bool = False
    drop_duplicates: bool = False
    drop_copied: float = 0.0

    def path(self, category: str, *, held_out: bool) -> str:
        """Returns the text file of a category's notes."""
        stem = ALL_NOTES if self.combine else categories.file_stem(category)
        folders = (HELD_OUT_FOLDER,) if held_out else ()
        return files.join(self.folder, *folders, f"{stem}.txt")


def sections_path(text_path: str) -> str:
    """Returns the file of the headings beside a text file."""
    return text_path.removesuffix("txt") + "sections.jsonl"


@dataclass
class Outputs:
    """What was written.

    Attributes:
      counts: of notes by what became of them ("written", "empty", ...), and
        of "held_out" ones among the written.
      by_category: number of written notes.
      failures: row, its id ("" = none that is a number), the reason; of all.
      repeats: what was found to be repeated, dropped or not.
      files: facts of each file by its path in the folder.
    """

    counts: Counter[str] = field(default_factory=Counter)
    by_category: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str, str]] = field(default_factory=list)
    repeats: Mapping[str, Any] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)


def write_outputs(
    num_chunks: int,
    job: ChunkJob,
    options: OutputOptions,
    *,
    done: Callable[[int], object] = lambda _count: None,
) -> Outputs:
    """Writes the notes of all chunks; files that are there are replaced.

    Args:
      num_chunks: all of which are made.
      job: that they were made by.
      options: what goes where.
      done: hears how many more chunks are written.

    Raises:
      InputError: the folder cannot be written to.
    """
    numbers = range(num_chunks)
    fates, repeats = _decide(
        lambda: (read_table(index, job) for index in numbers), options
    )
    outputs = Outputs(repeats=repeats)
    with contextlib.ExitStack() as stack:
        writer = _Writer(options, stack, job.with_sections)
        first = 0
        for index in numbers:
            table = read_table(index, job)
            fate = fates[first : first + len(table.row)]
            first += len(table.row)
            _write_chunk(writer, job, index=index, table=table, fate=fate)
            _count(outputs, table, fate)
            done(1)
        outputs.files = writer.facts()
    return outputs


def _decide(
    tables: copied_notes.Tables, options: OutputOptions
) -> tuple[np.ndarray, dict[str, Any]]:
    """Returns each note's fate, and what repeats others."""
    parts = [
        (table.status, table.num_sentences, table.time) for table in tables()
    ]
    if not parts:
        return np.zeros(0, np.uint8), {}
    fates, num_sentences, time = map(np.concatenate, zip(*parts, strict=True))
    is_duplicate = copied_notes.find_duplicates(tables)
    shares = copied_notes.copied_shares(tables)
    with_text = fates == note_text.WRITTEN
    is_other = with_text & ~is_duplicate
    repeats = {
        "duplicates": int(is_duplicate.sum()),
        "copied_forward": {
            f"{share:g}": int((is_other & (shares >= share)).sum())
            for share in _SHARES
        },
        "mean_share_copied": round(
            float(shares[is_other].mean()) if is_other.any() else 0.0, 4
        ),
        # Taken in the table's order, before all that have one.
        "time_not_known": int((with_text & (time == 0)).sum()),
        "num_sentences": int(num_sentences[with_text].sum()),
    }
    if options.drop_copied:
        # float32 of 0.9 is less than 0.9.
        is_copied = with_text & (shares >= np.float32(options.drop_copied))
        fates[is_copied] = COPIED
    if options.drop_duplicates:
        fates[is_duplicate] = DUPLICATE
    return fates, repeats


class _Writer:
    """Text files that are opened when their first note comes."""

    def __init__(
        self,
        options: OutputOptions,
        stack: contextlib.ExitStack,
        with_sections: bool,
    ) -> None:
        self._options = options
        self._stack = stack
        self._with_sections = with_sections
        self._files: dict[str, IO[bytes]] = {}
        self._facts: dict[str, dict[str, Any]] = {}
        self._digests: dict[str, Any] = {}

    def write(
        self, category: str, *, held_out: bool, text: bytes, section: bytes
    ) -> None:
        """Adds a note to its file, and its headings to theirs."""
        path = self._options.path(category, held_out=held_out)
        number = self._add(path, text + b"\n")
        if self._with_sections:
            facts = {"document": number, **json.loads(section)}
            line = json_files.line_of(facts) + "\n"
            self._add(sections_path(path), line.encode())

    def _add(self, path: str, data: bytes) -> int:
        """Writes to a file; returns how many notes were in it."""
        if path not in self._files:
            folder = path.rpartition("/")[0]
            files.make_directory(folder)
            self._files[path] = self._stack.enter_context(
                files.write_atomically(path, "wb", private=True)
            )
            self._digests[path] = hashlib.sha256()
            self._facts[path] = {"num_notes": 0, "num_bytes": 0}
        self._files[path].write(data)
        self._digests[path].update(data)
        facts = self._facts[path]
        facts["num_bytes"] += len(data)
        facts["num_notes"] += 1
        return int(facts["num_notes"]) - 1

    def facts(self) -> dict[str, dict[str, Any]]:
        """Returns notes, bytes and SHA-256 of each file, by name."""
        start = len(self._options.folder.rstrip("/")) + 1
        return {
            path[start:]: {**facts, "sha256": self._digests[path].hexdigest()}
            for path, facts in sorted(self._facts.items())
        }


def _write_chunk(
    writer: _Writer,
    job: ChunkJob,
    *,
    index: int,
    table: ChunkTable,
    fate: np.ndarray,
) -> None:
    text = files.read_bytes(job.path(index, "txt"))
    sections: Sequence[bytes] = ()
    if job.with_sections:
        sections = files.read_bytes(job.path(index, "jsonl")).split(b"\n")
    starts = table.starts.tolist()
    for i in np.flatnonzero(fate == note_text.WRITTEN).tolist():
        writer.write(
            categories.ALL[table.category[i]],
            held_out=bool(table.held_out[i]),
            text=text[starts[i] : starts[i + 1]],
            section=sections[i] if sections else b"",
        )


def _count(outputs: Outputs, table: ChunkTable, fate: np.ndarray) -> None:
    outputs.counts.update(_FATES[one] for one in fate.tolist())
    is_written = fate == note_text.WRITTEN
    outputs.counts["held_out"] += int((is_written & table.held_out).sum())
    outputs.by_category.update(
        categories.ALL[one] for one in table.category[is_written].tolist()
    )
    for i, one in enumerate(fate.tolist()):
        if one in note_text.PROBLEMS:
            outputs.failures.append(
                (
                    int(table.row[i]),
                    str(table.row_id[i]),
                    note_text.PROBLEMS[one],
                )
            )

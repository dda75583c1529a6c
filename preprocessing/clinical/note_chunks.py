"""Some notes -> a chunk: files that a run that was killed goes on from.

A chunk's text depends on its notes and the options alone. Beside it stands
what is to be decided over all notes, as arrays without text: which are equal,
which lines a patient's earlier notes have. A receipt, written last, says that
the files are whole and what of; without one the chunk is made anew.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from foundation import files, json_files
from preprocessing.clinical import note_arrays, note_text
from preprocessing.clinical.note_arrays import ChunkTable
from preprocessing.clinical.note_tables import Note
from preprocessing.clinical.sentences import SentenceSplitter, find_splitter

_MAX_BYTES = 1 << 25  # of text in a chunk, which a worker has in memory


@dataclass(frozen=True)
class ChunkJob:
    """How chunks are made.

    Attributes:
      folder: for their files.
      options: how notes become lines.
      settings: all that chunks depend on beside their notes; another one's
        receipts do not count.
      with_sections: whether headings are kept, in a file of their own.
    """

    folder: str
    options: note_text.NoteOptions
    settings: str
    with_sections: bool = False

    def path(self, index: int, end: str) -> str:
        """Returns one of a chunk's files: txt, npz, jsonl, or its receipt."""
        return files.join(self.folder, f"chunk-{index:06d}.{end}")


@dataclass(frozen=True)
class Chunk:
    """Notes that follow each other in the tables.

    Attributes:
      index: of the chunk, from 0.
      notes: its notes.
    """

    index: int
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class ChunkResult:
    """What became of a chunk.

    Attributes:
      index: of the chunk.
      was_there: its files were there, and sound.
    """

    index: int
    was_there: bool = False


def chunks_of(notes: Iterable[Note], num_notes: int) -> Iterator[Chunk]:
    """Yields notes in chunks of `num_notes`, or of less where they are long."""
    waiting: list[Note] = []
    num_bytes = index = 0
    for note in notes:
        waiting.append(note)
        num_bytes += len(note.text)
        if len(waiting) == num_notes or num_bytes >= _MAX_BYTES:
            yield Chunk(index, tuple(waiting))
            waiting, num_bytes = [], 0
            index += 1
    if waiting:
        yield Chunk(index, tuple(waiting))


def make_chunk(chunk: Chunk, job: ChunkJob) -> ChunkResult:
    """Writes a chunk's files, unless they are there.

    Raises:
      InputError: the folder cannot be written to, or the splitter's library
        is not installed.
    """
    stamp = _stamp(chunk, job)
    found = _find_receipt(chunk.index, job)
    if found is not None and found["stamp"] == stamp and _is_whole(found, job):
        return ChunkResult(chunk.index, was_there=True)
    splitter = _splitter(job.options.sentence_splitter)
    made = [
        note_text.lines_of(note, job.options, splitter) for note in chunk.notes
    ]
    texts = [
        "".join(f"{line}\n" for line in note.lines).encode() for note in made
    ]
    table = note_arrays.table_of(
        chunk.notes, made, texts=texts, options=job.options
    )
    _write(chunk, job, (made, texts, table))
    receipt = {
        "index": chunk.index,
        "stamp": stamp,
        "sha256": {
            end: files.sha256_of(job.path(chunk.index, end))
            for end in _ends(job)
        },
    }
    path = job.path(chunk.index, "json")
    with files.write_atomically(path, private=True) as file:
        file.write(json_files.line_of(receipt) + "\n")
    return ChunkResult(chunk.index)


@functools.cache
def _splitter(name: str) -> SentenceSplitter:
    return find_splitter(name)  # some load a model


def _find_receipt(index: int, job: ChunkJob) -> dict[str, Any] | None:
    """Returns what a chunk's receipt says; None = there is none."""
    path = job.path(index, "json")
    if not files.exists(path):
        return None
    return json_files.read_object(
        path,
        what="the receipt of a chunk",
        next_step="delete it, and give the same command again",
    )


def read_table(index: int, job: ChunkJob) -> ChunkTable:
    """Returns what is known of the notes of a chunk that is made."""
    with (
        files.open_file(job.path(index, "npz"), "rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        return ChunkTable(**{name: arrays[name] for name in arrays.files})


def _ends(job: ChunkJob) -> tuple[str, ...]:
    return ("txt", "npz", *(("jsonl",) if job.with_sections else ()))


def _is_whole(receipt: dict[str, Any], job: ChunkJob) -> bool:
    index = receipt["index"]
    for end in _ends(job):
        path = job.path(index, end)
        if not files.exists(path):
            return False
        if files.sha256_of(path) != receipt["sha256"].get(end):
            return False
    return True


def _stamp(chunk: Chunk, job: ChunkJob) -> str:
    """Returns a hash of all that a chunk's files depend on."""
    digest = hashlib.sha256(job.settings.encode())
    for note in chunk.notes:
        seen = json.dumps(dataclasses.astuple(note))  # in ASCII, whatever it is
        digest.update(seen.encode())
    return digest.hexdigest()


def _write(
    chunk: Chunk,
    job: ChunkJob,
    made: tuple[Sequence[note_text.NoteLines], Sequence[bytes], ChunkTable],
) -> None:
    notes, texts, table = made

    def new_file(end: str, mode: str = "wb") -> AbstractContextManager[IO[Any]]:
        path = job.path(chunk.index, end)
        return files.write_atomically(path, mode, private=True)

    with new_file("txt") as file:
        file.writelines(texts)
    with new_file("npz") as file:
        np.savez(file, **vars(table))
    if not job.with_sections:
        return
    with new_file("jsonl", "w") as file:
        for note, lines in zip(chunk.notes, notes, strict=True):
            line = json_files.line_of(
                {
                    "row": note.row,
                    "row_id": note.row_id,
                    "sections": [list(one) for one in lines.sections],
                }
            )
            file.write(line + "\n")


def remove_all(job: ChunkJob) -> None:
    """Removes the folder of chunks, with what killed runs left there."""
    for name in files.list_directory(job.folder):
        if name.startswith("chunk-"):
            files.remove(files.join(job.folder, name))
    if not files.is_remote(job.folder):
        os.rmdir(job.folder)

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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundation import files, json_files
from preprocessing.clinical import categories, note_text
from preprocessing.clinical.note_tables import Note
from preprocessing.clinical.sentences import SentenceSplitter, find_splitter
from preprocessing.held_out import hashes_of_lines

_MAX_BYTES = 1 << 25  # of text in a chunk, which a worker has in memory
# Shorter lines, such as headings, are alike by chance.
MIN_LINE_BYTES = 20


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
      num_notes: in it.
      num_sentences: of all its notes.
      was_there: its files were there, and sound.
    """

    index: int
    num_notes: int
    num_sentences: int
    was_there: bool = False


@dataclass(frozen=True)
class ChunkTable:
    """What is known of a chunk's notes, without their text; [notes] each.

    Attributes:
      row: int64, numbers of their rows.
      row_id: str, see `Note`.
      status: uint8, see note_text.
      category: uint8, index into `categories.ALL`.
      held_out: bool, whether they are kept out of training.
      starts: int64 [notes + 1], where their text begins in the chunk's file.
      num_sentences: int32.
      text_hash: uint64 [notes, 2], of the text as it is in the table.
      patient: uint64, a hash; 0 = not known.
      time: int64, see `Note`.
      num_lines: int32, lines of MIN_LINE_BYTES bytes and more.
      line_hashes: uint64 [sum of num_lines].
    """

    row: np.ndarray
    row_id: np.ndarray
    status: np.ndarray
    category: np.ndarray
    held_out: np.ndarray
    starts: np.ndarray
    num_sentences: np.ndarray
    text_hash: np.ndarray
    patient: np.ndarray
    time: np.ndarray
    num_lines: np.ndarray
    line_hashes: np.ndarray


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
    found = find_receipt(chunk.index, job)
    if found is not None and found["stamp"] == stamp and _is_whole(found, job):
        return ChunkResult(
            chunk.index, len(chunk.notes), found["num_sentences"], True
        )
    splitter = _splitter(job.options.sentence_splitter)
    made = [
        note_text.lines_of(note, job.options, splitter) for note in chunk.notes
    ]
    texts = [
        "".join(f"{line}\n" for line in note.lines).encode() for note in made
    ]
    table = _table(chunk.notes, made, texts=texts, options=job.options)
    _write(chunk, job, (made, texts, table))
    num_sentences = int(table.num_sentences.sum())
    receipt = {
        "index": chunk.index,
        "stamp": stamp,
        "num_sentences": num_sentences,
        "sha256": {
            end: files.sha256_of(job.path(chunk.index, end))
            for end in _ends(job)
        },
    }
    with files.write_atomically(
        job.path(chunk.index, "json"), private=True
    ) as file:
        file.write(json_files.line_of(receipt) + "\n")
    return ChunkResult(chunk.index, len(chunk.notes), num_sentences)


@functools.cache
def _splitter(name: str) -> SentenceSplitter:
    return find_splitter(name)  # some load a model


def find_receipt(index: int, job: ChunkJob) -> dict[str, Any] | None:
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


def _table(
    notes: Sequence[Note],
    made: Sequence[note_text.NoteLines],
    *,
    texts: Sequence[bytes],
    options: note_text.NoteOptions,
) -> ChunkTable:
    num_lines = np.array([len(note.lines) for note in made], np.int32)
    text = b"".join(texts)
    hashes = hashes_of_lines(text, int(num_lines.sum()))
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    is_long = np.diff(ends, prepend=-1) > MIN_LINE_BYTES
    of_note = np.repeat(np.arange(len(notes)), num_lines)
    return ChunkTable(
        row=np.array([note.row for note in notes], np.int64),
        row_id=np.array([note.row_id for note in notes], np.str_),
        status=np.array([note.status for note in made], np.uint8),
        category=np.array([_category(note) for note in notes], np.uint8),
        held_out=np.array(
            [note_text.is_held_out(note, options) for note in notes], bool
        ),
        starts=np.cumsum([0, *map(len, texts)], dtype=np.int64),
        num_sentences=num_lines,
        text_hash=np.frombuffer(
            b"".join(note_text.hash_of(note.text) for note in notes), "<u8"
        ).reshape(-1, 2),
        patient=np.array(
            [
                note_text.patient_hash(note.patient) if note.patient else 0
                for note in notes
            ],
            np.uint64,
        ),
        time=np.array([note.time for note in notes], np.int64),
        num_lines=np.bincount(of_note[is_long], minlength=len(notes)).astype(
            np.int32
        ),
        line_hashes=hashes[is_long],
    )


def _category(note: Note) -> int:
    name = categories.find_category(note.category) or categories.OTHER
    return categories.ALL.index(name)


def _write(
    chunk: Chunk,
    job: ChunkJob,
    made: tuple[Sequence[note_text.NoteLines], Sequence[bytes], ChunkTable],
) -> None:
    notes, texts, table = made
    text_path, table_path, sections_path = (
        job.path(chunk.index, end) for end in ("txt", "npz", "jsonl")
    )
    with files.write_atomically(text_path, "wb", private=True) as file:
        file.writelines(texts)
    with files.write_atomically(table_path, "wb", private=True) as file:
        np.savez(file, **vars(table))
    if not job.with_sections:
        return
    with files.write_atomically(sections_path, private=True) as file:
        for note, lines in zip(chunk.notes, notes, strict=True):
            line = json_files.line_of(
                {
                    "row": note.row,
                    "row_id": note.row_id,
                    "sections": [list(one) for one in lines.sections],
                }
            )
            file.write(line + "\n")

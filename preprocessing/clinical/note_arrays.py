"""What is known of many notes without their text, as arrays.

Made by those who have the text, for what is decided over all notes: which are
equal, which lines a patient's earlier notes have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from preprocessing.clinical import categories, note_text
from preprocessing.clinical.note_tables import Note
from preprocessing.held_out import hashes_of_lines

# Shorter lines, such as headings, are alike by chance.
MIN_LINE_BYTES = 20


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
      num_lines: int64, lines of MIN_LINE_BYTES bytes and more.
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


def table_of(
    notes: Sequence[Note],
    made: Sequence[note_text.NoteLines],
    *,
    texts: Sequence[bytes],
    options: note_text.NoteOptions,
) -> ChunkTable:
    """Returns what is to be known of a chunk's notes.

    Args:
      notes: of the chunk.
      made: what became of each.
      texts: the lines of each, UTF-8, every one with its line feed.
      options: how they were made.
    """
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
        num_lines=np.bincount(of_note[is_long], minlength=len(notes)),
        line_hashes=hashes[is_long],
    )


def _category(note: Note) -> int:
    name = categories.find_category(note.category) or categories.OTHER
    return categories.ALL.index(name)

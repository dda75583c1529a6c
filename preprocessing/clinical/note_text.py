"""A note -> the lines that create_pretraining_data.py reads.

One sentence a line. Segments (sections.py) end sentences; a note is one
document, as clinicalBERT had it. Each row of blanks and line ends is one blank,
so that no line is blank but the one between notes: the original wrote some
"sentences" of nothing but blanks, which ended documents in their middle.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from preprocessing.clinical import deid_marks, sections
from preprocessing.clinical.note_tables import Note
from preprocessing.clinical.sentences import SentenceSplitter

# Why a note is not written, by number.
WRITTEN, EMPTY, BAD_ROW, NOT_UTF8, NO_SECTIONS = range(5)
PROBLEMS = {
    BAD_ROW: "another number of columns than the header",
    NOT_UTF8: "not UTF-8",
    NO_SECTIONS: "the published section splitter fails on it",
}


@dataclass(frozen=True, kw_only=True)
class NoteOptions:
    """How notes become lines.

    Attributes:
      section_splitter: one of `sections.SPLITTERS`.
      sentence_splitter: a name that `sentences.find_splitter` knows.
      deid: one of `deid_marks.POLICIES`.
      seed: of the surrogates.
      held_out_fraction: of the patients, whose notes go to files of their own.
    """

    section_splitter: str = "fixed"
    sentence_splitter: str = "rules"
    deid: str = "keep"
    seed: int = 12345  # as the original scripts' --random_seed
    held_out_fraction: float = 0.0


@dataclass(frozen=True)
class NoteLines:
    """What became of a note.

    Attributes:
      status: WRITTEN, EMPTY, or a key of PROBLEMS.
      lines: its sentences.
      sections: name of a heading, the first of its lines (from 0), their
        number; for each heading in the note's order.
    """

    status: int
    lines: tuple[str, ...] = ()
    sections: tuple[tuple[str, int, int], ...] = ()


def lines_of(
    note: Note, options: NoteOptions, splitter: SentenceSplitter
) -> NoteLines:
    """Returns a note's sentences, or why there are none.

    Args:
      note: the note.
      options: how.
      splitter: that of `options`.
    """
    if note.num_missing:
        return NoteLines(BAD_ROW)
    if not note.text.isascii() and not _is_utf8(note.text):
        return NoteLines(NOT_UTF8)
    text = deid_marks.replace(note.text, options.deid, key=_key(note, options))
    if not text.strip():
        return NoteLines(EMPTY)
    try:
        segments = sections.split(text, options.section_splitter)
    except ValueError:
        return NoteLines(NO_SECTIONS)
    lines: list[str] = []
    found: list[tuple[str, int, int]] = []
    for segment in segments:
        first = len(lines)
        for start, end in splitter(segment.text):
            lines.append(" ".join(segment.text[start:end].split()))
        count = len(lines) - first
        if found and found[-1][0] == segment.name:
            _, first, before = found.pop()
            count += before
        found.append((segment.name, first, count))
    return NoteLines(WRITTEN if lines else EMPTY, tuple(lines), tuple(found))


def is_held_out(note: Note, options: NoteOptions) -> bool:
    """Returns whether a note is kept out of training.

    That depends on its patient alone: all notes of one, of whatever category
    or table, are on the same side in every run. Notes without a patient are
    never held out.
    """
    if not (options.held_out_fraction and note.patient):
        return False
    share = patient_hash(note.patient) >> 32
    return share < options.held_out_fraction * 2**32


def patient_hash(patient: str) -> int:
    """Returns 64 bits that stand for a patient."""
    return int.from_bytes(hash_of(patient, num_bytes=8), "big")


def hash_of(text: str, *, num_bytes: int = 16) -> bytes:
    """Returns a hash of a text, whatever is in it."""
    seen = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(seen, digest_size=num_bytes).digest()


def _key(note: Note, options: NoteOptions) -> str:
    who = note.patient or f"row {note.row}"
    return f"{options.seed}\0{who}"


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

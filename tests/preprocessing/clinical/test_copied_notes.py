"""Equal notes and copied-forward ones, against a plain count."""

import random

import numpy as np
import pytest

from preprocessing.clinical import copied_notes, note_arrays, note_text
from preprocessing.clinical.note_tables import Note
from preprocessing.clinical.note_text import NoteOptions


def tables_of(notes, chunk=3):
    """Returns a reader of the tables of notes whose lines are sentences."""
    found = []
    for first in range(0, len(notes), chunk):
        some = notes[first : first + chunk]
        made = [
            note_text.NoteLines(
                note_text.WRITTEN if note.text else note_text.EMPTY,
                tuple(note.text.splitlines()),
            )
            for note in some
        ]
        texts = [
            "".join(f"{line}\n" for line in one.lines).encode() for one in made
        ]
        found.append(
            note_arrays.table_of(some, made, texts=texts, options=NoteOptions())
        )
    return lambda: iter(found)


def note(row, text, patient="1", time=0):
    return Note(row, "", patient, "Echo", time, text)


def lines(*numbers):
    return "\n".join(f"This is a sentence, number {n}." for n in numbers)


def test_equal_notes_are_found_but_for_the_first_and_empty_ones():
    rows = ["a", "b", "", "a", "", "a", "c"]
    notes = [note(i, text, str(i)) for i, text in enumerate(rows, 1)]
    found = copied_notes.find_duplicates(tables_of(notes))
    assert found.tolist() == [False] * 3 + [True, False, True, False]


def test_shares_of_lines_that_an_earlier_note_has():
    notes = [
        note(1, lines(1, 2, 3, 4, 5), time=20),
        note(2, lines(1, 2, 3, 4, 6), time=10),  # written before the first
        note(3, lines(1, 2, 3, 4, 6), patient="2", time=30),
        note(4, lines(1, 5, 6, 7, 8, 9, 10, 11), time=30),
        note(5, lines(1, 2, 3), time=40),  # too short to say
        note(6, lines(1, 2, 3, 4, 5), patient="", time=40),
    ]
    found = copied_notes.copied_shares(tables_of(notes))
    assert found.tolist() == pytest.approx([0.8, 0, 0, 3 / 8, 0, 0])


@pytest.mark.parametrize("lines_at_once", [7, 1 << 21])
def test_shares_equal_a_plain_count(monkeypatch, lines_at_once):
    monkeypatch.setattr(copied_notes, "_LINES_AT_ONCE", lines_at_once)
    rng = random.Random(3)
    notes = [
        note(
            i,
            lines(*rng.choices(range(60), k=rng.randrange(12))),
            patient=str(rng.randrange(4)),
            time=rng.randrange(3),
        )
        for i in range(80)
    ]
    expected = np.zeros(len(notes))
    seen = {}
    for i in sorted(range(len(notes)), key=lambda i: (notes[i].time, i)):
        own = notes[i].text.splitlines()
        before = seen.setdefault(notes[i].patient, set())
        if len(own) >= copied_notes.MIN_LINES:
            expected[i] = sum(line in before for line in own) / len(own)
        before.update(own)
    found = copied_notes.copied_shares(tables_of(notes))
    assert found.tolist() == pytest.approx(expected.tolist())
    assert expected.max() > 0.3

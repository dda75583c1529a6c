"""Notes to lines: nothing lost, no blank line, the same patients held out."""

import json
import random

import pytest

from preprocessing.clinical import note_text
from preprocessing.clinical.note_tables import Note
from preprocessing.clinical.note_text import NoteOptions
from preprocessing.clinical.sentences import find_splitter

RULES = find_splitter("rules")


def note(text, patient="1", **values):
    return Note(1, "", patient, "Echo", 0, text, **values)


def lines_of(text, **options):
    return note_text.lines_of(note(text), NoteOptions(**options), RULES)


def visible(text):
    return "".join(text.split())


def test_no_character_is_lost_and_no_line_is_blank(recorded_dir):
    path = recorded_dir / "clinical" / "section_splitter_2.jsonl"
    recorded = path.read_text("utf-8").splitlines()[:60]
    rng = random.Random(6)
    parts = (
        "A. ",
        "Plan:",
        "1. x",
        "\n",
        "\n\n",
        " ",
        "\x85",
        "b?",
        "[**",
        "é",
    )
    texts = [json.loads(line)["note"] for line in recorded]
    texts += ["".join(rng.choices(parts, k=20)) for _ in range(300)]
    for text in texts:
        found = lines_of(text)
        assert visible("".join(found.lines)) == visible(text)
        assert all(line == " ".join(line.split()) for line in found.lines)
        assert all(found.lines)
        counts = [count for _, _, count in found.sections]
        assert sum(counts) == len(found.lines)


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (note(" \n\t "), note_text.EMPTY),
        (note("", num_missing=2), note_text.BAD_ROW),
        (note("caf\udce9"), note_text.NOT_UTF8),
        (note("café"), note_text.WRITTEN),
    ],
)
def test_what_becomes_of_odd_notes(made, status):
    found = note_text.lines_of(made, NoteOptions(), RULES)
    assert found.status == status
    assert bool(found.lines) == (status == note_text.WRITTEN)


def test_a_share_of_the_patients_is_held_out():
    options = NoteOptions(held_out_fraction=0.2)
    sides = [
        note_text.is_held_out(note("x", str(patient)), options)
        for patient in range(2000)
    ]
    assert 340 < sum(sides) < 460  # 400, and 3 standard deviations
    more = NoteOptions(held_out_fraction=0.4)
    assert all(
        note_text.is_held_out(note("x", str(patient)), more)
        for patient, is_out in enumerate(sides)
        if is_out
    )
    assert not note_text.is_held_out(
        note("x", ""), NoteOptions(held_out_fraction=1.0)
    )

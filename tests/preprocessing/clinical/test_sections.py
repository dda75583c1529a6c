"""Sections without the published defects: nothing lost, nothing moved."""

import json
import random

import pytest

from preprocessing.clinical import sections


def visible(text):
    return "".join(text.split())


def texts(note):
    return [segment.text for segment in sections.split(note)]


def test_no_character_of_the_recorded_notes_is_lost(recorded_dir):
    for name in ("section_splitter", "section_splitter_2"):
        path = recorded_dir / "clinical" / f"{name}.jsonl"
        for line in path.read_text("utf-8").splitlines():
            note = json.loads(line)["note"]
            assert visible("".join(texts(note))) == visible(note)


def test_no_character_of_random_notes_is_lost():
    rng = random.Random(5)
    parts = (
        *("Plan:", "Q: ", "1. ", "2.5 mg", "10", "___", "-----", "Disp:"),
        *("\n", "\n\n", "   ", "\t", "\r\n", "\x0b", "\x85", "\u2028", "é"),
        *("Sex:   M     ", "[**2101-1-1", "**]", "IMPRESSION", "word", ": "),
    )
    for _ in range(2000):
        note = "".join(rng.choices(parts, k=rng.randrange(25)))
        assert visible("".join(texts(note))) == visible(note), note


def test_the_first_item_below_a_heading_stays():
    note = "Plan:\n1. Rest\n2. Fluids"
    assert texts(note) == ["Plan:", "1. Rest", "2. Fluids"]


def test_a_number_of_a_dose_begins_no_item():
    note = "Plan:\n1. Aspirin\n10 mg daily\n2. Rest\n2.5 mg at night"
    assert texts(note) == [
        "Plan:",
        "1. Aspirin\n10 mg daily",
        "2. Rest\n2.5 mg at night",
    ]


def test_text_behind_the_line_of_dates_stays():
    note = (
        "Admission Date:  [**2101-1-2**]     Discharge Date:  [**2101-1-3**]\n"
        "Service: MEDICINE"
    )
    assert texts(note) == [
        "Admission Date: [**2101-1-2**]",
        "Discharge Date: [**2101-1-3**]",
        "Service: MEDICINE",
    ]


def test_a_list_may_count_wrongly():
    assert texts("Plan:\n3. Rest\n4. Fluids\n4) Sleep\n9. Walk") == [
        "Plan:",
        "3. Rest",
        "4. Fluids\n4) Sleep\n9. Walk",
    ]


def test_underlines_part_only_where_they_fill_a_line():
    note = "Ms. ___ was seen.\nShe is well.\n_____\nPlan: rest"
    assert texts(note) == [
        "Ms. ___ was seen.\nShe is well.",
        "_____",
        "Plan: rest",
    ]


def test_names_are_those_of_the_headings():
    note = "Seen.\n\nPAST HISTORY\n\nNone.\n\nPlan:\n1. Rest\n2. Fluids"
    assert [(s.name, s.text) for s in sections.split(note)] == [
        ("", "Seen."),
        ("PAST HISTORY", "PAST HISTORY None."),
        ("Plan", "Plan:"),
        ("Plan", "1. Rest"),
        ("Plan", "2. Fluids"),
    ]


def test_the_published_splitter_has_names_too():
    note = "Allergies: None\nPlan:\nRest.\nSleep."
    assert sections.split(note, "paper") == [
        sections.Segment("Allergies", "Allergies: None"),
        sections.Segment("Plan", "Plan:"),
        sections.Segment("Plan", "Rest.\nSleep."),
    ]


@pytest.mark.parametrize("note", ["", "\n \n", "x", "Plan:", "-----"])
def test_small_notes(note):
    assert visible("".join(texts(note))) == visible(note)

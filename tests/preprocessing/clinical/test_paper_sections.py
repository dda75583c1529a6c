"""The published section splitter, against what the original program gave."""

import json

import pytest

from preprocessing.clinical import paper_sections


def recorded(folder):
    for name in ("section_splitter", "section_splitter_2"):
        path = folder / "clinical" / f"{name}.jsonl"
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)


def test_segments_equal_the_original(recorded_dir):
    notes = list(recorded(recorded_dir))
    wrong = []
    for i, note in enumerate(notes):
        try:
            segments = paper_sections.split(note["note"])
        except ValueError:
            segments = None
        if segments != note["segments"]:
            wrong.append(i)
    assert len(notes) >= 66
    assert any(note["segments"] is None for note in notes)
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Allergies:", True),
        ("History of Present Illness:", True),
        ("Resp (on RA):", True),
        ("Disp:", False),
        ("Seen today:", False),
        ("Allergies", False),
    ],
)
def test_titles(text, expected):
    assert paper_sections.is_title(text) is expected


def test_the_first_item_below_a_heading_is_dropped():
    segments = paper_sections.split("Plan:\n1. Rest\n2. Fluids")
    assert segments == ["Plan:", "2. Fluids"]

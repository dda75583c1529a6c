import random

import pytest

from inference.brat_format import annotation_of
from inference.entities import FoundEntity
from preprocessing.brat_annotations import annotation_line, read_brat


def entity(surface, start=0, kind="Disease"):
    return FoundEntity("d", start, start + len(surface), surface, kind, 0.5)


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (entity("breast cancer", 7), "T1\tDisease 7 20\tbreast cancer"),
        (entity("New\nYork", 2), "T1\tDisease 2 5;6 10\tNew York"),
        (entity("a \r\n\r\n b  c"), "T1\tDisease 0 1;7 11\ta b  c"),
        (entity("a\tb\u2028c\u0085d"), "T1\tDisease 0 1;2 3;4 5;6 7\ta b c d"),
        (entity("x", kind=None), "T1\tEntity 0 1\tx"),
        (entity("x", kind="Cell line/é"), "T1\tCell_line__ 0 1\tx"),
    ],
)
def test_lines(found, line):
    assert annotation_line(annotation_of(found), 1) == line
    assert line.splitlines() == [line]
    assert line.count("\t") == 2


def test_a_thousand_annotations_come_back(tmp_path):
    drawn = random.Random(9)
    pieces = [*"abé,;\u00a0😀", " ", "\n", "\r\n", "\t", "\u2028", "\x0c", "  "]
    text = "".join(drawn.choices(pieces, k=200_000))
    expected = []
    lines = []
    while len(expected) < 1000:
        start = drawn.randrange(len(text) - 40)
        surface = text[start : start + drawn.randint(1, 40)]
        if surface != surface.strip():
            continue
        kind = drawn.choice(["Disease", "Drug-1", "x_Y"])
        found = entity(surface, start, kind)
        expected.append((kind, found.start, found.end))
        lines.append(annotation_line(annotation_of(found), len(expected)))
    lines[500:500] = ["#1\tAnnotatorNotes T1\tT5", "R1\tCauses Arg1:T1 Arg2:T2"]
    path = tmp_path / "x.ann"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    found = read_brat(str(path)).entities.values()
    assert [
        (a.type, a.fragments[0][0], a.fragments[-1][1]) for a in found
    ] == expected
    for annotation in found:
        parts = [text[start:end] for start, end in annotation.fragments]
        assert " ".join(parts) == annotation.surface
        assert all(part == part.strip() != "" for part in parts)

"""What brat's .ann files hold, and how a bad line is told."""

from __future__ import annotations

import pytest

from foundation.errors import InputError
from preprocessing.brat_annotations import Annotation, BratRelation, read_brat


def written(tmp_path, text):
    path = tmp_path / "x.ann"
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


def test_entities_relations_and_what_is_counted(tmp_path):
    text = (
        "T1\tDrug 0 7\taspirin\r\n"
        "T12\tGene-x 10 13;20 25\tCOX one s\r\n"
        "R1\tInhibits Arg1:T1 Arg2:T12\t\r\n"
        "R2\tCauses Drug:T12 Gene:T1\n"
        "E1\tBinding:T1 Theme:T12\n"
        "#1\tAnnotatorNotes T1\tT5\n"
        "*\tEquiv T1 T12\n\n"
    )
    found = read_brat(written(tmp_path, text))
    assert found.entities == {
        "T1": Annotation("Drug", ((0, 7),), "aspirin"),
        "T12": Annotation("Gene-x", ((10, 13), (20, 25)), "COX one s"),
    }
    assert found.lines == {"T1": 1, "T12": 2}
    assert found.relations == (
        BratRelation("Inhibits", "T1", "T12", 3),
        BratRelation("Causes", "T12", "T1", 4),
    )
    assert found.num_others == 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("T2\tA x 1\tsecret", "not an entity"),
        ("T2 A 0 1 secret", "not an entity"),
        ("R1\tA Arg1:T1 secret", "not a relation"),
        ("T1\tA 3 4\tsecret", "one id"),
    ],
)
def test_a_bad_line_is_named_without_its_text(tmp_path, line, message):
    path = written(tmp_path, f"T1\tA 0 1\tb\n{line}\n")
    with pytest.raises(InputError, match=message) as caught:
        read_brat(path)
    assert caught.value.line == 2
    assert "secret" not in str(caught.value)


def test_an_empty_file_has_none(tmp_path):
    assert read_brat(written(tmp_path, "")).entities == {}
    last = read_brat(written(tmp_path, "T1\tA 0 1\tb"))
    assert last.entities == {"T1": Annotation("A", ((0, 1),), "b")}
    with pytest.raises(InputError, match="missing"):
        read_brat(str(tmp_path / "y.ann"))

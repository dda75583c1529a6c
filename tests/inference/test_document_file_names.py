import random

import pytest

from inference.document_file_names import DocumentFileNames


@pytest.mark.parametrize(
    "name", ["note_1", "a.b-c", "Relatório", "12345", "病历", "x" * 100]
)
def test_names_that_can_be_files_are_kept(name):
    names = DocumentFileNames()
    assert names.name_of(name) == name
    assert names.changed == {}


ODD = [
    *(
        "",
        ".",
        "..",
        "...",
        ".hidden",
        "-rf",
        "../../etc/passwd",
        "a/b",
        "a\\b",
    ),
    *("a:b", "a b", "tab\t", "new\nline", "nul\0", "CON", "nul.txt", "com1"),
    *("x" * 400, "é" * 300, "x" * 399 + "y", "a.", "*", "?", "<x>", "|", '"'),
    *("A", "a", "ＡA", "ß", "ss", "e\u0301", "\u00e9", "\u202eabc", "\u200b"),
]


def test_odd_names_become_safe_and_unique():
    names = DocumentFileNames()
    given = [names.name_of(name) for name in ODD]
    assert len({name.casefold() for name in given}) == len(ODD)
    for name in given:
        assert 0 < len(name.encode()) < 200
        assert not set(name) & set('/\\:*?"<>|\0\n\t ')
        assert name[0] not in ".-"
        assert name[-1] != "."
        assert name.lower().split(".")[0] not in {"con", "nul", "com1"}
    changed = dict(zip(ODD, given, strict=True))
    assert names.changed == {k: v for k, v in changed.items() if k != v}


def test_a_name_that_looks_like_another_changed_one():
    first = DocumentFileNames().name_of("a b")
    names = DocumentFileNames()
    assert names.name_of(first) == first
    assert names.name_of("a b") != first


def test_names_do_not_depend_on_what_came_before():
    drawn = random.Random(8)
    odd = [name for name in ODD if name not in {"A", "a", "ＡA", "ß", "ss"}]
    odd.remove("\u00e9")
    odd.remove("e\u0301")
    expected = {name: DocumentFileNames().name_of(name) for name in odd}
    drawn.shuffle(odd)
    names = DocumentFileNames()
    assert {name: names.name_of(name) for name in odd} == expected


def test_files_of_such_names_can_be_made(tmp_path):
    names = DocumentFileNames()
    for name in ODD:
        (tmp_path / f"{names.name_of(name)}.txt").write_text("x")
    assert len(list(tmp_path.iterdir())) == len(ODD)

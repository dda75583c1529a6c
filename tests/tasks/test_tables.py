"""Tables: headers, columns by name and index, what cannot be read."""

from __future__ import annotations

import pytest

from foundation.errors import InputError
from tasks.tables import check_columns, column_of, read_table


def table_of(tmp_path, text, name="train.tsv", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(str(path), **options)


def cells(table, *columns):
    indices = check_columns(table, columns)
    return [tuple(table.cell(r, i) for i in indices) for r in table.rows]


# The two orders in which MedNLI's files go about (BlueBERT's, and BLUE's own).
@pytest.mark.parametrize(
    "text",
    [
        "label\tindex\tsentence1\tsentence2\nneutral\t7\tA b.\tC d.\n",
        "index\tsentence1\tsentence2\tlabel\n7\tA b.\tC d.\tneutral\n",
    ],
)
def test_names_find_columns_in_any_order(tmp_path, text):
    table = table_of(tmp_path, text)
    names = ("index", "sentence1", "Sentence2", "LABEL")
    assert cells(table, *names) == [("7", "A b.", "C d.", "neutral")]


def test_a_file_without_header_keeps_its_first_row(tmp_path):
    table = table_of(tmp_path, "the @GENE$ is here\t1\nno\t0\n")
    assert table.header is None
    assert cells(table, 0, -1) == [("the @GENE$ is here", "1"), ("no", "0")]
    asked = table_of(tmp_path, "a\tb\nc\td\n", has_header=True)
    assert asked.header == ("a", "b")
    assert cells(asked, "b") == [("d",)]
    kept = table_of(tmp_path, "label\ttext\nc\td\n", has_header=False)
    assert len(kept.rows) == 2


def test_quotes_of_tsv_are_characters(tmp_path):
    table = table_of(tmp_path, '"open\t1\nsay "b"\t0\n')
    assert cells(table, 0) == [('"open',), ('say "b"',)]


def test_what_files_begin_and_end_with(tmp_path):
    text = b"\xef\xbb\xbfsentence\tlabel\r\n\r\na \xc2\x85\xe2\x80\xa8b\t1"
    table = table_of(tmp_path, text)
    assert table.header == ("sentence", "label")
    assert cells(table, "sentence", "label") == [("a \x85\u2028b", "1")]
    assert table.rows[0].line == 3
    old = table_of(tmp_path, b"a\t1\rb\t0\r")
    assert cells(old, 0, 1) == [("a", "1"), ("b", "0")]


def test_csv_has_quotes_and_line_ends_in_cells(tmp_path):
    text = 'id,text,label\n1,"a, ""b""\nc",x\n\n2,d,y\n'
    table = table_of(tmp_path, text, name="train.csv")
    assert cells(table, "text", "label") == [('a, "b"\nc', "x"), ("d", "y")]
    assert [row.line for row in table.rows] == [2, 5]
    bare = table_of(tmp_path, "a\u2028b,x\r\nc,y\r\n", name="dev.csv")
    assert cells(bare, 0, 1) == [("a\u2028b", "x"), ("c", "y")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('"a ""b"" c"', 'a "b" c'),  # as a CSV writer has it
        ('"""b"""', '"b"'),
        ('"a" b "c"', '"a" b "c"'),  # as people have it
        ('"a b"', '"a b"'),
        ('say ""b""', 'say ""b""'),
        ('"a "b" c"', '"a "b" c"'),
        ('"', '"'),
        ('""', '""'),
    ],
)
def test_quotes_of_a_csv_writer_in_a_tsv(tmp_path, cell, text):
    table = table_of(tmp_path, f"x\t1\n{cell}\t0\n")
    assert cells(table, 0) == [("x",), (text,)]


def test_a_tsv_with_quotes_about_every_cell(tmp_path):
    table = table_of(tmp_path, '"text"\t"label"\n"a ""b""\tc"\t"x"\n')
    assert cells(table, "text", "label") == [('a "b"\tc', "x")]
    one_column = table_of(tmp_path, '"a"\n"b"\n')
    assert cells(one_column, 0) == [('"a"',), ('"b"',)]


def test_a_quote_without_end_is_told_with_the_line_it_begins_in(tmp_path):
    text = 'text,label\na,x\n"secret,y\nb,z\n'
    with pytest.raises(InputError, match="a quoted cell has no end") as found:
        table_of(tmp_path, text, name="train.csv")
    assert found.value.line == 3
    assert "secret" not in str(found.value)


def test_a_note_may_be_long(tmp_path):
    note = "word " * 40_000
    table = table_of(tmp_path, f"text,label\n{note},x\n", name="train.csv")
    assert cells(table, "text") == [(note,)]


def test_a_header_has_the_names_that_are_asked_for(tmp_path):
    text = "note\tdiagnosis\na\tb\n"
    assert table_of(tmp_path, text).header is None
    named = table_of(tmp_path, text, names=["Diagnosis"])
    assert named.header == ("note", "diagnosis")


def test_a_short_row_is_named_and_not_shown(tmp_path):
    table = table_of(tmp_path, "secret a\t1\nsecret b\nc\t0\n")
    with pytest.raises(InputError, match="too short") as found:
        check_columns(table, [0, 1])
    assert found.value.line == 2
    assert "secret" not in str(found.value)
    with pytest.raises(InputError, match="at least 3"):
        check_columns(table, [-3])


def test_columns_that_are_not_there(tmp_path):
    table = table_of(tmp_path, "text\tlabel\ta\ta\nb\tc\td\te\n")
    for column, message in (("labels", "not found"), ("A", "two columns")):
        assert not (column == "labels" and table.has(column))
        with pytest.raises(InputError, match=message):
            table.index(column)
    assert table.has("TEXT")
    assert table.has(3)
    assert not table.has(4)
    headless = table_of(tmp_path, "a b\t1\n")
    with pytest.raises(InputError, match="without header"):
        headless.index("label")


@pytest.mark.parametrize("text", ["text\tlabel\n", "\n \n"])
def test_nothing_to_read(tmp_path, text):
    with pytest.raises(InputError, match="without rows"):
        table_of(tmp_path, text)


def test_flags_give_names_or_indices():
    assert [column_of(v) for v in ("2", "-1", "label ")] == [2, -1, "label"]


def test_labels_that_are_called_as_columns_are_no_header(tmp_path):
    """No row is swallowed where "claim" is a label, not a column."""
    text = "we say so\tclaim\nas data show\tevidence\nwe hold\tclaim\n"
    table = table_of(tmp_path, text)
    assert table.header is None
    assert len(table.rows) == 3
    named = table_of(tmp_path, "claim\tlabel\na\tx\nb\tclaim\n")
    assert named.header == ("claim", "label")


def test_a_first_line_that_may_be_data_is_not_shown(tmp_path):
    text = "Jane Doe came in with chest pain on Monday\tscore\nb\tc\n"
    table = table_of(tmp_path, text, has_header=True)
    with pytest.raises(InputError, match="2, whose names may be") as error:
        table.index("note")
    assert "Doe" not in str(error.value)
    usual = table_of(tmp_path, "#1 String\tis_duplicate\nb\tc\n")
    with pytest.raises(InputError, match="one of #1 String, is_duplicate"):
        usual.index("note")

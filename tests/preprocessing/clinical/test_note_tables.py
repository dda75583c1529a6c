"""Tables of notes: which rows they have, and what is wrong with them."""

import csv
import gzip

import pytest

from foundation.errors import InputError
from preprocessing.clinical import note_tables
from preprocessing.clinical.note_tables import Columns

MIMIC3 = "ROW_ID,SUBJECT_ID,CHARTDATE,CHARTTIME,CATEGORY,TEXT\n"


def read(path, **columns):
    return list(note_tables.read_notes([str(path)], Columns(**columns)))


def refused(path, **columns):
    with pytest.raises(InputError) as caught:
        read(path, **columns)
    return str(caught.value)


def test_a_row_of_mimic_3(tmp_path):
    path = tmp_path / "NOTEEVENTS.csv"
    path.write_bytes(
        (
            "\ufeff" + MIMIC3 + '7,12,2155-03-03,,"Physician ","He said\r\n'
            '""no"", twice.\n"\n8,12,2155-03-03,2155-03-03 14:59:00,Echo,x\n'
        ).encode()
    )
    first, second = read(path)
    assert (first.row, first.row_id, first.patient) == (1, "7", "12")
    assert first.category == "Physician"
    assert first.time == 21550303000000
    assert first.text == 'He said\r\n"no", twice.\n'
    assert (second.row, second.time) == (2, 21550303145900)


def test_rows_of_mimic_4_and_of_several_tables(tmp_path):
    header = "note_id,subject_id,hadm_id,note_type,note_seq,charttime,text\n"
    paths = []
    for name, kind in (("discharge", "DS"), ("radiology", "RR")):
        path = tmp_path / f"{name}.csv.gz"
        row = f'100-{kind}-1,100,2,{kind},1,2180-05-07 00:00:00,"a\nb"\n'
        path.write_bytes(gzip.compress((header + row).encode()))
        paths.append(str(path))
    notes = list(note_tables.read_notes(paths, Columns()))
    assert [(n.row, n.row_id, n.category) for n in notes] == [
        (1, "100-DS-1", "DS"),
        (2, "100-RR-1", "RR"),
    ]


def test_columns_of_another_table(tmp_path):
    path = tmp_path / "notas.csv"
    path.write_text("Paciente;x,texto\n5;y,não\n".replace(";", ","), "utf-8")
    (note,) = read(path, text="texto", patient="paciente")
    assert (note.patient, note.text, note.category) == ("5", "não", "")
    assert "--text_column" in refused(path)
    assert "--patient_column" in refused(path, text="texto", patient="who")
    with pytest.raises(InputError, match="--category_column"):
        note_tables.check_columns(
            str(path), Columns(text="texto"), ["category"]
        )


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2155-3-3", 21550303000000),
        ("2155-03-03 4:59", 21550303045900),
        ("2155-03-03T14:59:00.123+01:00", 21550303145900),
        ("2155/03/03", 21550303000000),
        ("21550303", 21550303000000),
        ("21550303 145900", 21550303145900),
        # A day or a month first: which of two such is the earlier one?
        ("03/04/2155 2:59 PM", 0),
        ("3.4.2155", 0),
        ("nan", 0),
    ],
)
def test_times_as_tables_write_them(tmp_path, written, time):
    path = tmp_path / "notes.csv"
    path.write_text(f"charttime,text\n{written},x\n")
    assert [note.time for note in read(path)] == [time]


def test_ids_that_could_be_words_are_not_kept(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("row_id,text\nSMITH,x\n12 Main St,x\n12,x\n")
    assert [note.row_id for note in read(path)] == ["", "", "12"]


def test_a_row_of_another_length_and_one_that_is_not_utf8(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_bytes(b"row_id,text\n1,a,b\n2\n\n3,caf\xe9\n4,ok\n")
    notes = read(path)
    assert [note.num_missing for note in notes] == [-1, 1, 0, 0]
    assert [note.row for note in notes] == [1, 2, 3, 4]
    assert notes[2].text == "caf\udce9"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b'1,"one"\n2,"SECRET never closed\nSECRET\n3,"x"\n', 3),
        (b'1,"one"\n2,"SECRET"SECRET\n', 3),
    ],
)
def test_quotation_marks_that_do_not_close_stop_with_the_line(
    tmp_path, body, line
):
    path = tmp_path / "notes.csv"
    path.write_bytes(b"row_id,text\n" + body)
    message = refused(path)
    assert f"notes.csv:{line}:" in message
    assert "SECRET" not in message


def test_a_file_without_line_ends_is_not_kept_in_memory(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_bytes(b"text\n" + b"a" * (1 << 24) + b"b" * (1 << 19))
    assert "does not close" in refused(path)


def test_a_damaged_gz_is_refused(tmp_path):
    path = tmp_path / "notes.csv.gz"
    whole = gzip.compress((MIMIC3 + "1,2,,,Echo,text\n" * 9000).encode())
    path.write_bytes(whole[:-20])
    assert "damaged" in refused(path)


def test_long_texts_of_odd_characters_come_as_the_csv_module_has_them(
    tmp_path,
):
    path = tmp_path / "notes.csv"
    texts = ['a"b,\n' * 60000, "x\x85y\u2028z\x0b\x1c", "", "é" * 300_000]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "row_id"])
        rows.writerows([text, i] for i, text in enumerate(texts))
    assert [note.text for note in read(path)] == texts

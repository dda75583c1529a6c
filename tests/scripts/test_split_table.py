"""scripts/split_table.py, as a person runs it."""

import json

import pytest

from tests import script_entry

HEADER = "index\tsentence1\tsentence2\tlabel"


def rows(count):
    return [f"{i}\tevidence {i}\tclaim {i % 20}\tyes" for i in range(count)]


def split(path, out, *flags):
    words = ["scripts/split_table.py", f"--input_file={path}"]
    return script_entry.run([*words, f"--output_dir={out}", *flags])


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join([HEADER, *rows(200)]) + "\n", encoding="utf-8")
    return path


def test_lines_are_copied_and_groups_stay_together(table, tmp_path):
    out = tmp_path / "out"
    assert split(table, out, "--group=sentence2") == 0
    parts = {
        name: (out / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        for name in ("train", "dev", "test")
    }
    assert {lines[0] for lines in parts.values()} == {HEADER}
    assert sorted(x for p in parts.values() for x in p[1:]) == sorted(rows(200))
    claims = [{x.split("\t")[2] for x in p[1:]} for p in parts.values()]
    assert sum(map(len, claims)) == len(set.union(*claims)) == 20
    assert [len(p) - 1 for p in parts.values()] == [160, 20, 20]


def test_json_lines_are_cut_by_a_key(tmp_path):
    path = tmp_path / "pairs.jsonl"
    lines = [json.dumps({"pair": i, "note": i % 5}) for i in range(50)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert split(path, tmp_path / "out", "--group=note") == 0
    test = (tmp_path / "out" / "test.jsonl").read_text(encoding="utf-8")
    assert len({json.loads(x)["note"] for x in test.splitlines()}) == 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--group=claim"], "pairs.tsv:1: the table has no such column"),
        (["--shares=0.5,0.5"], "--shares are not those of three parts"),
        (["--shares=0.5,0.5,0.5"], "--shares are not those of three parts"),
    ],
)
def test_what_cannot_be_is_said(table, tmp_path, capsys, flags, said):
    assert split(table, tmp_path / "out", *flags) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_table_from_windows_is_cut_by_its_last_column(tmp_path):
    path = tmp_path / "pairs.tsv"
    lines = ["pair\tclaim", *(f"{i}\t{i % 5}" for i in range(50))]
    path.write_bytes("".join(f"{x}\r\n" for x in lines).encode())
    assert split(path, tmp_path / "out", "--group=claim") == 0
    parts = [
        (tmp_path / "out" / f"{part}.tsv").read_bytes().splitlines()[1:]
        for part in ("train", "dev", "test")
    ]
    claims = [{line.split(b"\t")[1] for line in part} for part in parts]
    assert sum(map(len, claims)) == 5  # none is in two parts


def test_a_torn_row_is_named_without_its_text(table, tmp_path, capsys):
    with open(table, "a", encoding="utf-8") as file:
        file.write("201\tpatient\n")
    assert split(table, tmp_path / "out", "--group=sentence2") == 2
    error = capsys.readouterr().err
    assert "pairs.tsv:202" in error
    assert "patient" not in error


def test_nothing_is_overwritten(table, tmp_path, capsys):
    assert split(table, tmp_path / "out") == 0
    before = (tmp_path / "out" / "test.tsv").read_bytes()
    assert split(table, tmp_path / "out", "--seed=2") == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "out" / "test.tsv").read_bytes() == before

import dataclasses
import json

import pytest

from foundation.errors import InputError
from reporting.ledger import append, read_ledger, units_path
from tests.reporting.ledgers import row


def test_a_line_comes_back_as_it_was(tmp_path):
    path = str(tmp_path / "runs" / "ledger.jsonl")
    first, second = row(seed=1, score=88.123456789), row(seed=2, fold=3)
    append(path, first)
    append(path, second)
    assert [dataclasses.asdict(r) for r in read_ledger(path)] == [
        json.loads(json.dumps(dataclasses.asdict(r))) for r in (first, second)
    ]


def test_no_ledger_is_an_empty_one(tmp_path):
    assert read_ledger(str(tmp_path / "ledger.jsonl")) == []


def test_earlier_lines_stay_byte_for_byte(tmp_path):
    path = tmp_path / "ledger.jsonl"
    append(str(path), row())
    before = path.read_bytes()
    path.write_bytes(before.rstrip(b"\n"))  # as an editor leaves it
    append(str(path), row(seed=2))
    assert path.read_bytes().startswith(before)
    assert len(read_ledger(str(path))) == 2


@pytest.mark.parametrize(
    "line", ["{", '{"schema": 99}', '{"schema": 1}', "[]", "3"]
)
def test_a_line_of_something_else_is_named(tmp_path, line):
    path = tmp_path / "ledger.jsonl"
    append(str(path), row())
    with open(path, "a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(InputError, match=r"ledger\.jsonl:2: a line"):
        read_ledger(str(path))


@pytest.mark.parametrize(
    "edit",
    [
        {"score": "88.1"},
        {"code": None},
        {"code": {"commit": None}},
        {"warnings": "none"},
        {"fold": "1"},
    ],
)
def test_a_line_that_a_person_broke_is_named(tmp_path, edit):
    path = tmp_path / "ledger.jsonl"
    line = {**dataclasses.asdict(row()), **edit}
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"ledger\.jsonl:1: a line"):
        read_ledger(str(path))


def test_counts_lie_beside_the_ledger():
    assert units_path("a/ledger.jsonl", "0f") == "a/units/0f.npz"
    assert units_path("ledger.jsonl", "0f").endswith("units/0f.npz")

"""Gold against predicted, without a text."""

import re

import pytest

from foundation.errors import InputError
from reporting.report_predictions import predictions_of


def write(folder, *lines, name="predictions.tsv"):
    (folder / name).write_text("".join(f"{line}\n" for line in lines))


def cells(text):
    rows = re.findall("<tr>(.*?)</tr>", text, re.S)
    return [
        [re.sub("<[^>]*>", "", c) for c in re.findall("<t[hd].*?</t[hd]>", r)]
        for r in rows
    ]


def show(folder, split="test"):
    return predictions_of(str(folder), split=split, run="seed 1")


def test_classes_are_counted(tmp_path):
    write(
        tmp_path,
        "id\tgold\tprediction\ta\tb",
        *("1\ta\ta\t.9\t.1", "2\ta\tb\t.4\t.6", "3\tb\tb\t.1\t.9"),
        *("4\tb\tb\t.1\t.9",),
    )
    assert cells(show(tmp_path))[1:] == [
        ["a", "1", "1", "2"],
        ["b", "0", "2", "2"],
    ]
    assert show(tmp_path, split="dev") == ""


def test_classes_that_are_whole_numbers_are_classes(tmp_path):
    write(tmp_path, "id\tgold\tprediction\t0\t1", "1\t0\t1\t.4\t.6")
    assert "<svg" not in show(tmp_path)
    assert cells(show(tmp_path))[1:] == [
        ["0", "0", "1", "1"],
        ["1", "0", "0", "0"],
    ]


def test_label_sets_are_counted_by_label(tmp_path):
    write(
        tmp_path,
        "id\tgold\tprediction\ta\tb",
        *("1\ta,b\ta\t.9\t.1", "2\t\tb\t.4\t.6", "3\tb\tb\t.1\t.9"),
    )
    assert cells(show(tmp_path))[1:] == [
        ["a", "1", "1", "1"],
        ["b", "2", "2", "1"],
    ]


def test_numbers_are_dots(tmp_path):
    write(tmp_path, "id\tgold\tprediction", "1\t2.5\t2.75", "2\t4.0\t3.5")
    assert show(tmp_path).count('class="pair"') == 2


def test_without_gold_there_is_nothing(tmp_path):
    write(tmp_path, "id\tprediction\ta\tb", "1\ta\t.9\t.1")
    assert show(tmp_path) == ""


def test_what_looks_like_texts_is_not_shown(tmp_path):
    lines = [f"{i}\ttext {i}\ttext {i}\t1" for i in range(40)]
    write(tmp_path, "id\tgold\tprediction\tx", *lines)
    assert show(tmp_path) == ""


def test_ranks_of_answers_are_counted(tmp_path):
    path = tmp_path / "bioasq_results.json"
    path.write_text(
        '{"questions": [{"id": "q", "rank": 1}, {"id": "r", "rank": 0},'
        ' {"id": "s", "rank": 1}]}'
    )
    assert cells(show(tmp_path))[1] == ["1", "2"]
    assert cells(show(tmp_path))[-1] == ["none of five", "1"]
    path.write_text("{}")
    with pytest.raises(InputError, match="no questions"):
        show(tmp_path)

import json
import os

import pytest

from inference.entity_writers import write_entities
from preprocessing.brat_annotations import read_brat
from tests.inference.word_list_tagger import entities_in


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "notes" / "n.txt"
    path.parent.mkdir()
    path.write_text("\ufeffPain in the leg.\n\nNo pain <here>.", "utf-8")
    return path


@pytest.fixture
def output_dir(tmp_path):
    path = tmp_path / "out"
    path.mkdir()
    return path


def test_all_files_say_the_same(source, output_dir):
    tagged = entities_in(
        source, {"Pain": "Sign", "pain": "Sign", "leg": "Body"}
    )
    with write_entities(str(output_dir), str(source)) as writers:
        for block in tagged:
            writers.add(block)
    assert sorted(os.listdir(output_dir)) == sorted(
        map(os.path.basename, writers.paths)
    )
    lines = (output_dir / "predictions.jsonl").read_text("utf-8").splitlines()
    values = [json.loads(line) for line in lines]
    with open(source, encoding="utf-8", newline="") as file:
        text = file.read()
    assert [v["surface"] for v in values] == ["Pain", "leg", "pain"]
    assert all(text[v["start"] : v["end"]] == v["surface"] for v in values)
    assert {v["document"] for v in values} == {"n"}
    brat = output_dir / "brat"
    assert (brat / "n.txt").read_bytes() == source.read_bytes()
    found = read_brat(str(brat / "n.ann")).entities.values()
    assert [(a.type, *a.fragments[0], a.surface) for a in found] == [
        (v["type"], v["start"], v["end"], v["surface"]) for v in values
    ]
    page = (output_dir / "predictions.html").read_text("utf-8")
    assert "<h1>Entities in n.txt</h1>" in page
    assert page.count("<mark ") == 3


def test_brat_can_be_left_out(source, output_dir):
    folder = f"{source.parent}/"
    with write_entities(str(output_dir), folder, brat=False) as writers:
        for block in entities_in(source, {}):
            writers.add(block)
    assert sorted(os.listdir(output_dir)) == [
        *("predictions.html", "predictions.jsonl")
    ]
    page = (output_dir / "predictions.html").read_text("utf-8")
    assert "<h1>Entities in notes</h1>" in page


def test_an_error_leaves_what_was_there(source, output_dir):
    for name in ("predictions.jsonl", "predictions.html"):
        (output_dir / name).write_text("earlier")

    def write_and_fail():
        with write_entities(str(output_dir), str(source)) as writers:
            writers.add(entities_in(source, {"pain": "x"})[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_fail()
    assert sorted(os.listdir(output_dir)) == [
        *("predictions.html", "predictions.jsonl")
    ]
    for path in output_dir.iterdir():
        assert path.read_text() == "earlier"

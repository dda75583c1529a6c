import json
import os
import pathlib

import pytest

from foundation.errors import InputError
from inference.brat_writer import write_brat_folder
from inference.documents import read_blocks
from preprocessing.brat_annotations import read_brat
from tests.inference.word_list_tagger import entities_in

TEXTS = {
    "a": "No pain.\r\n\r\n" + "long " * 10 + "pain\r\nbad. " + "Now. " * 20,
    "A": "",
    "b/../c": "pain pain",
}


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "x.jsonl"
    lines = [json.dumps({"id": k, "text": v}) for k, v in TEXTS.items()]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "out" / "brat"


def write(source, folder):
    tagged = entities_in(source, {"pain": "Sign/x", "bad": "Sign/x"})
    with write_brat_folder(str(folder)) as writer:
        for block in tagged:
            writer.add(block)


def test_texts_are_unchanged_and_offsets_point_into_them(
    source, folder, monkeypatch
):
    monkeypatch.setattr("inference.running_text.MAX_PART", 80)
    assert len(list(read_blocks(str(source)))) > len(TEXTS)
    write(source, folder)
    names = {"a": "a"}
    for line in (folder / "file_names.jsonl").read_text("utf-8").splitlines():
        value = json.loads(line)
        names[value["document"]] = value["file"]
    assert names.keys() == TEXTS.keys()
    counts = {}
    for document, text in TEXTS.items():
        path = str(folder / names[document])
        assert pathlib.Path(f"{path}.txt").read_bytes() == text.encode()
        annotations = read_brat(f"{path}.ann").entities.values()
        counts[document] = len(annotations)
        for annotation in annotations:
            parts = [text[start:end] for start, end in annotation.fragments]
            assert " ".join(parts) == annotation.surface
    assert counts == {"a": 2, "A": 0, "b/../c": 1}
    assert (folder / "a.ann").read_text("utf-8") == (
        "T1\tSign_x 3 7\tpain\nT2\tSign_x 62 66;68 71\tpain bad\n"
    )
    last = (folder / f"{names['b/../c']}.ann").read_text("utf-8")
    assert last == "T1\tSign_x 0 9\tpain pain\n"
    types = (folder / "annotation.conf").read_text("utf-8")
    assert types.startswith("[entities]\nSign_x\n\n[relations]\n")
    assert len(list(folder.iterdir())) == 2 * len(TEXTS) + 2
    assert os.listdir(folder.parent) == ["brat"]


def test_the_folder_appears_when_all_is_written(folder):
    with write_brat_folder(str(folder)):
        assert not folder.exists()
    assert os.listdir(folder) == ["annotation.conf"]


def test_an_earlier_folder_is_kept(source, folder, caplog):
    for _ in range(3):
        write(source, folder)
        (folder / "a.ann").write_text("corrected")
    assert sorted(os.listdir(folder.parent)) == [
        *("brat", "brat-earlier-1", "brat-earlier-2")
    ]
    kept = folder.parent / "brat-earlier-1" / "a.ann"
    assert kept.read_text() == "corrected"
    assert "brat-earlier-2" in caplog.text


def test_nothing_appears_after_an_error(source, folder):
    tagged = entities_in(source, {})

    def write_and_fail():
        with write_brat_folder(str(folder)) as writer:
            writer.add(tagged[0])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_and_fail()
    assert os.listdir(folder.parent) == []


def test_a_place_that_cannot_be_written_to(folder):
    folder.parent.write_text("a file where a folder should be")
    with (
        pytest.raises(InputError, match="cannot make the folder"),
        write_brat_folder(str(folder)),
    ):
        pass


def test_a_disk_that_fills_up(source, folder, monkeypatch):
    tagged = entities_in(source, {})

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    def write_until_full():
        with write_brat_folder(str(folder)) as writer:
            writer.add(tagged[0])
            monkeypatch.setattr("foundation.files.open_file", full)
            writer.add(tagged[-1])

    with pytest.raises(InputError, match="No space left"):
        write_until_full()
    assert os.listdir(folder.parent) == []

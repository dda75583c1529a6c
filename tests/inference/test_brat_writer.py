import json
import os

import pytest

from foundation.errors import InputError
from inference.brat_format import read_annotations
from inference.brat_writer import write_brat_folder
from inference.documents import read_blocks
from tests.inference.word_list_tagger import entities_in

TEXTS = {
    "a": "No pain.\r\nLeg pain\r\nbad. Pain " + "\nlong line. " * 9,
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
        assert not folder.exists()


def test_texts_are_unchanged_and_offsets_point_into_them(
    source, folder, monkeypatch
):
    monkeypatch.setattr("inference.running_text.MAX_PART", 64)
    assert len(list(read_blocks(str(source)))) > len(TEXTS)
    write(source, folder)
    names = {"a": "a"}
    for line in (folder / "file_names.jsonl").read_text("utf-8").splitlines():
        value = json.loads(line)
        names[value["document"]] = value["file"]
    assert names.keys() == TEXTS.keys()
    counts = {}
    for document, text in TEXTS.items():
        path = folder / names[document]
        assert path.with_suffix(".txt").read_bytes() == text.encode()
        annotations = read_annotations(str(path) + ".ann")
        counts[document] = len(annotations)
        for annotation in annotations:
            parts = [text[start:end] for start, end in annotation.fragments]
            assert " ".join(parts) == annotation.surface
    assert counts == {"a": 2, "A": 0, "b/../c": 1}
    assert (folder / "a.ann").read_text("utf-8") == (
        "T1\tSign_x 3 7\tpain\nT2\tSign_x 14 18;20 23\tpain bad\n"
    )
    types = (folder / "annotation.conf").read_text("utf-8")
    assert types.startswith("[entities]\nSign_x\n\n[relations]\n")
    assert len(list(folder.iterdir())) == 2 * len(TEXTS) + 2
    assert os.listdir(folder.parent) == ["brat"]


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
    with (
        pytest.raises(RuntimeError, match="stop"),
        write_brat_folder(str(folder)) as writer,
    ):
        writer.add(tagged[0])
        raise RuntimeError("stop")
    assert os.listdir(folder.parent) == []


def test_a_place_that_cannot_be_written_to(source, folder):
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

    with (
        pytest.raises(InputError, match="No space left"),
        write_brat_folder(str(folder)) as writer,
    ):
        writer.add(tagged[0])
        monkeypatch.setattr("inference.brat_writer.files.open_file", full)
        writer.add(tagged[-1])
    assert os.listdir(folder.parent) == []

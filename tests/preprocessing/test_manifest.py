import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing.manifest import (
    ListedFile,
    Manifest,
    find_manifests,
    load_manifest,
)
from preprocessing.manifest_checks import (
    check_against,
    check_size,
    verify,
    verify_file,
)
from preprocessing.manifest_writing import save_manifest
from preprocessing.records import (
    RecordFormat,
    feature_lengths,
    read_records,
    write_records,
)
from preprocessing.tfrecord_writer import RecordFile
from tests.preprocessing.record_tables import random_features, table_of

MANIFEST = Manifest(
    family="bert",
    vocab_sha256="f0" * 32,
    do_lower_case=True,
    max_seq_length=16,
    max_predictions_per_seq=4,
    features={"input_ids": 16, "next_sentence_labels": 1},
    padded=True,
    gzip=False,
    random_seed=12345,
    flags={"dupe_factor": 5, "input_file": ["a", "ü"]},
)


def written(path, num_records=3):
    return RecordFile(str(path), num_records, 100, "ab" * 32)


@pytest.fixture
def records(tmp_path):
    """Two record files of ten records, and their manifest."""
    table = table_of(random_features())
    record_format = RecordFormat(16, 4)
    files = write_records(
        table,
        np.arange(20),
        [str(tmp_path / "b"), str(tmp_path / "a")],
        record_format=record_format,
    )
    manifest = dataclasses.replace(
        MANIFEST, features=feature_lengths(table, record_format)
    )
    save_manifest(manifest, files)
    return tmp_path


def loaded(folder, name="a"):
    manifest = load_manifest(str(folder / name))
    assert manifest is not None
    return manifest


def test_what_is_saved_is_loaded(records):
    manifest = loaded(records)
    assert [file.name for file in manifest.files] == ["a", "b"]
    assert manifest.num_records == 20
    sizes = [(records / name).stat().st_size for name in "ab"]
    assert manifest.num_bytes == sum(sizes)
    assert dataclasses.replace(manifest, files=()) == dataclasses.replace(
        MANIFEST, features=manifest.features
    )
    assert manifest.tool_version == "0.1.0" or manifest.tool_version
    assert loaded(records, "b") == manifest
    assert load_manifest(str(records / "c")) is None


def test_a_person_can_read_it(records):
    text = (records / "manifest.json").read_text("utf-8")
    entry = json.loads(text)["record_sets"][0]
    assert entry["num_records"] == 20
    assert entry["files"][0]["num_records"] == 10
    assert entry["flags"] == {"dupe_factor": 5, "input_file": ["a", "ü"]}
    assert "ü" in text
    assert str(records) not in text  # a folder may be moved
    assert sorted(os.listdir(records)) == ["a", "b", "manifest.json"]


def test_no_manifest_is_none(tmp_path):
    assert load_manifest(str(tmp_path / "a")) is None
    assert find_manifests(str(tmp_path)) == []


def test_runs_share_a_folder(tmp_path):
    other = dataclasses.replace(MANIFEST, max_seq_length=512)
    save_manifest(MANIFEST, [written(tmp_path / "a"), written(tmp_path / "b")])
    save_manifest(other, [written(tmp_path / "c")])
    assert loaded(tmp_path, "a").max_seq_length == 16
    assert loaded(tmp_path, "c").max_seq_length == 512
    # Equal settings are one set; a file that is written anew changes sets.
    save_manifest(MANIFEST, [written(tmp_path / "d", 5)])
    save_manifest(other, [written(tmp_path / "a", 7)])
    assert len(find_manifests(str(tmp_path))) == 2
    assert [
        (file.name, file.num_records) for file in loaded(tmp_path, "b").files
    ] == [("b", 3), ("d", 5)]
    assert [
        (file.name, file.num_records) for file in loaded(tmp_path, "a").files
    ] == [("a", 7), ("c", 3)]


def test_tuples_among_the_flags_make_no_new_set(tmp_path):
    manifest = dataclasses.replace(MANIFEST, flags={"x": ("a", "b")})
    for name in "ab":
        save_manifest(manifest, [written(tmp_path / name)])
    assert len(find_manifests(str(tmp_path))) == 1


def test_a_set_in_two_folders(tmp_path, monkeypatch):
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path)
    save_manifest(MANIFEST, [written("a", 1), written(tmp_path / "x/b", 2)])
    assert load_manifest("a").num_records == 1
    assert load_manifest("x/b").num_records == 2


SAVES = """
import sys
from tests.preprocessing.test_manifest import *
for i in range(25):
    save_manifest(MANIFEST, [written(f"{sys.argv[1]}/{sys.argv[2]}-{i}")])
"""


def test_no_entry_is_lost_between_runs_at_the_same_time(tmp_path, root_dir):
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SAVES, str(tmp_path), name], cwd=root_dir
        )
        for name in ("x", "y")
    ]
    assert [run.wait() for run in runs] == [0, 0]
    assert len(loaded(tmp_path, "x-0").files) == 50


def test_sound_files_pass(records):
    verify(loaded(records), str(records))


def test_a_flipped_byte_is_named_by_file_and_record(records):
    data = bytearray((records / "b").read_bytes())
    fourth = sum(
        len(r) + 16 for r in list(read_records(str(records / "b")))[:4]
    )
    data[fourth + 40] ^= 1
    (records / "b").write_bytes(data)
    with pytest.raises(InputError, match="record 4, counted from 0") as caught:
        verify(loaded(records), str(records))
    assert caught.value.path == str(records / "b")
    check_size(loaded(records).files[1], str(records))


def test_a_cut_between_two_records_is_found(records):
    data = (records / "a").read_bytes()
    last = len(list(read_records(str(records / "a")))[-1]) + 16
    (records / "a").write_bytes(data[:-last])
    listed = loaded(records).files[0]
    with pytest.raises(
        InputError, match="got 9 records, expected 10"
    ) as caught:
        verify_file(listed, str(records))
    assert caught.value.path == str(records / "a")
    with pytest.raises(InputError, match="bytes, expected"):
        check_size(listed, str(records))


def test_another_sound_file_is_found(records):
    table = table_of(random_features(seed=1))
    order = np.arange(20)[1::2][::-1]  # the same records in another order
    write_records(
        table, order, [str(records / "a")], record_format=RecordFormat(16, 4)
    )
    with pytest.raises(InputError, match=r"got sha256 .* expected sha256"):
        verify_file(loaded(records).files[0], str(records))


def test_a_missing_file_is_found(records):
    manifest = loaded(records)
    (records / "a").unlink()
    with pytest.raises(InputError, match="no such record file"):
        verify(manifest, str(records))
    with pytest.raises(InputError, match="got 0 bytes"):
        check_size(manifest.files[0], str(records))


@pytest.mark.parametrize(
    ("name", "wanted", "shown"),
    [
        ("family", "albert", ("family bert", "family albert")),
        ("do_lower_case", False, ("case True", "case False")),
        ("max_seq_length", 128, ("length 16", "length 128")),
        ("max_predictions_per_seq", 22, ("per_seq 4", "per_seq 22")),
        (
            "vocab_sha256",
            "0a" * 32,
            ("sha256 f0f0f0f0f0f0,", "sha256 0a0a0a0a0a0a."),
        ),
        ("padded", False, ("padded True", "padded False")),
        ("num_records", 9, ("num_records 20", "num_records 9")),
    ],
)
def test_other_settings_are_refused_with_both_values(
    records, name, wanted, shown
):
    manifest = loaded(records)
    fitting = {
        "family": "bert",
        "max_seq_length": 16,
        name: getattr(manifest, name),
    }
    check_against(manifest, fitting, folder=str(records))
    with pytest.raises(InputError) as caught:
        check_against(manifest, {**fitting, name: wanted}, folder=str(records))
    for words in shown:
        assert words in str(caught.value)
    assert caught.value.path == str(records / "manifest.json")


def test_all_differences_at_once(records):
    with pytest.raises(InputError) as caught:
        check_against(
            loaded(records),
            {"max_seq_length": 64, "family": "bert", "gzip": True},
            folder=str(records),
        )
    assert caught.value.got == "max_seq_length 16, gzip False"
    assert caught.value.expected == "max_seq_length 64, gzip True"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e: e.pop("family"), "no family"),
        (lambda e: e.update(max_seq_length="16"), "a str as max_seq_length"),
        (lambda e: e.update(num_records=21), "num_records 21, but 20"),
        (lambda e: e["files"][0].update(num_bytes=1), "num_bytes"),
        (lambda e: e["files"][0].update(name="../x"), "another folder"),
        (lambda e: e["files"][0].pop("sha256"), "no sha256"),
        (lambda e: e["files"].append(3), "a int where"),
    ],
)
def test_damaged_manifests(records, change, words):
    path = records / "manifest.json"
    value = json.loads(path.read_text("utf-8"))
    change(value["record_sets"][0])
    path.write_text(json.dumps(value))
    with pytest.raises(InputError, match=words) as caught:
        load_manifest(str(records / "a"))
    assert caught.value.path == str(path)


def test_a_manifest_of_another_program_stays(tmp_path):
    path = tmp_path / "manifest.json"
    for text in ('{"name": "a web page"}', "[]", "{", '{"format": 3}'):
        path.write_text(text)
        with pytest.raises(InputError):
            save_manifest(MANIFEST, [written(tmp_path / "a")])
        assert path.read_text() == text


def test_equal_runs_write_equal_manifests(records):
    before = (records / "manifest.json").read_bytes()
    manifest = loaded(records)
    save_manifest(
        manifest,
        [
            RecordFile(
                str(records / f.name), f.num_records, f.num_bytes, f.sha256
            )
            for f in manifest.files[::-1]
        ],
    )
    assert (records / "manifest.json").read_bytes() == before
    assert isinstance(manifest.files[0], ListedFile)

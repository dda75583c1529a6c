import gzip
import pathlib
import re
import shutil

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing import record_set, tfrecord
from preprocessing.record_set import open_record_set
from preprocessing.records import RecordFormat, write_records
from tests.preprocessing.record_folders import Folder, P, S, damage
from tests.preprocessing.record_tables import random_features, table_of

LENGTHS = {
    "input_ids": S,
    "input_mask": S,
    "masked_lm_ids": P,
    "masked_lm_positions": P,
    "masked_lm_weights": P,
    "next_sentence_labels": 1,
    "segment_ids": S,
    "token_boundary": S,
}


def refusal(paths):
    with pytest.raises(InputError) as error:
        open_record_set(paths)
    return error.value


@pytest.mark.parametrize("compressed", [False, True])
def test_counted(tmp_path, compressed):
    folder = Folder(tmp_path, [7, 1, 30], gzip=compressed)
    found = open_record_set(folder.paths)
    assert [file.path for file in found.files] == folder.paths
    assert [file.num_records for file in found.files] == [7, 1, 30]
    assert found.num_records == 38
    assert found.features == LENGTHS
    assert (found.padded, found.gzip) == (True, compressed)
    assert found.manifest is None


def test_no_contents_are_read_to_count(tmp_path):
    folder = Folder(tmp_path, [7])
    damage(folder.paths[0])
    assert tfrecord.count_records(folder.paths[0], check_contents=False) == 7
    with pytest.raises(InputError, match="record 6"):
        tfrecord.count_records(folder.paths[0])


def test_of_a_manifest_no_file_is_read(tmp_path, monkeypatch):
    folder = Folder(tmp_path, [5, 6, 4])
    made = folder.save_manifest()

    def read(*_, **__):
        raise AssertionError("a file is read")

    monkeypatch.setattr(record_set, "count_records", read)
    monkeypatch.setattr(record_set, "iterate_examples", read)
    found = open_record_set([folder.paths[2], folder.paths[0]])
    assert [file.num_records for file in found.files] == [4, 5]
    assert [file.sha256 for file in found.files] == [
        folder.written[i].sha256 for i in (2, 0)
    ]
    assert found.features == LENGTHS
    assert found.manifest.vocab_sha256 == made.vocab_sha256
    assert found.manifest.num_records == found.num_records == 9


def test_of_a_manifest_the_size_is_compared(tmp_path):
    folder = Folder(tmp_path, [5, 6])
    folder.save_manifest()
    path = pathlib.Path(folder.paths[1])
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    error = refusal(folder.paths)
    assert error.path == str(path)
    assert error.got == f"{len(data) - 1} bytes"
    assert error.expected == f"{len(data)} bytes"


def test_records_that_are_not_padded(tmp_path):
    folder = Folder(tmp_path, [7, 12], padded=False)
    found = open_record_set(folder.paths)
    assert not found.padded
    assert found.features["input_ids"] == max(
        folder.features["input_mask"].sum(1)
    )
    folder.save_manifest()
    found = open_record_set(folder.paths)
    assert (found.padded, found.features) == (False, LENGTHS)


def test_files_of_several_runs_go_together(tmp_path):
    first = Folder(tmp_path, [5], prefix="a")
    second = Folder(tmp_path, [4], prefix="b", gzip=True, seed=2)
    first.save_manifest()
    flags = {"objective": "sentence_pairs", "input_file": "b.txt"}
    second.save_manifest(flags=flags, random_seed=2, tool_version="2")
    found = open_record_set(second.paths + first.paths)
    assert found.manifest.random_seed == 2
    assert [file.name for file in found.manifest.files] == [
        "b0.tfrecord",
        "a0.tfrecord",
    ]
    assert found.gzip


@pytest.mark.parametrize(
    ("changes", "got", "expected"),
    [
        ({"vocab_sha256": "cd" * 32}, "cdcd", "abab"),
        ({"do_lower_case": False}, "False", "True"),
        ({"family": "bert"}, "family bert", "family albert"),
        (
            {"flags": {"objective": "mlm_blocks"}},
            "--objective mlm_blocks",
            "--objective sentence_pairs",
        ),
    ],
)
def test_files_that_do_not_go_together(tmp_path, changes, got, expected):
    Folder(tmp_path, [5], prefix="a").save_manifest()
    second = Folder(tmp_path, [4], prefix="b")
    second.save_manifest(**changes)
    error = refusal([str(tmp_path / "a0.tfrecord"), *second.paths])
    assert error.path == second.paths[0]
    assert got in error.got
    assert expected in error.expected


def test_other_features_in_one_file(tmp_path):
    folder = Folder(tmp_path, [5, 5])
    longer = random_features(3, seq=S + 2, preds=P)
    path = str(tmp_path / "longer")
    write_records(
        table_of(longer, np.int32),
        np.arange(3),
        [path],
        record_format=RecordFormat(S + 2, P),
    )
    error = refusal([*folder.paths, path])
    assert error.path == path
    assert f"input_ids [{S + 2}]" in error.got
    assert f"input_ids [{S}]" in error.expected
    longer.pop("token_boundary")
    table = table_of({n: v[:, :S] for n, v in longer.items()}, np.int32)
    write_records(table, np.arange(3), [path], record_format=RecordFormat(S, P))
    error = refusal([*folder.paths, path])
    assert "token_boundary" not in error.got
    assert "token_boundary" in error.expected


def test_files_without_records(tmp_path):
    folder = Folder(tmp_path, [5])
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    found = open_record_set([str(empty), *folder.paths])
    assert [file.num_records for file in found.files] == [0, 5]
    assert found.features == LENGTHS
    assert refusal([str(empty)]).got == "1 files with 0 records"
    assert refusal([]).got == "0 files with 0 records"


def test_a_missing_file_and_one_named_twice(tmp_path):
    folder = Folder(tmp_path, [5, 2])
    missing = str(tmp_path / "none")
    assert refusal([*folder.paths, missing]).path == missing
    assert refusal([str(tmp_path)]).got == "a folder"
    other = str(tmp_path / "." / "part0.tfrecord")
    error = refusal([*folder.paths, other])
    assert "twice" in error.problem
    assert error.got == "3 files, 2 different ones"


def test_a_text_file_is_refused_without_its_text(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("a note about somebody, and nothing else\n")
    assert "somebody" not in str(refusal([str(path)]))


def test_a_cut_file(tmp_path):
    folder = Folder(tmp_path, [5])
    path = pathlib.Path(folder.paths[0])
    path.write_bytes(path.read_bytes()[:-3])
    assert re.match("record 4", refusal(folder.paths).problem)


def test_fingerprint(tmp_path):
    folder = Folder(tmp_path, [5, 2])
    first, second = folder.paths
    seen = {
        open_record_set(paths).fingerprint
        for paths in ([first], [second], [first, second], [second, first])
    }
    assert len(seen) == 4
    moved = tmp_path / "moved"
    moved.mkdir()
    copied = [shutil.copy(path, moved) for path in folder.paths]
    assert open_record_set(copied).fingerprint in seen
    path = pathlib.Path(copied[1])
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert open_record_set(copied).fingerprint not in seen
    folder.save_manifest()
    with_hashes = open_record_set(folder.paths).fingerprint
    assert with_hashes not in seen
    folder.written[1] = type(folder.written[1])(
        second, 2, folder.written[1].num_bytes, "00" * 32
    )
    folder.save_manifest()
    assert open_record_set(folder.paths).fingerprint != with_hashes

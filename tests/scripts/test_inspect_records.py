import os
import subprocess
import sys

import numpy as np
import pytest

from foundation import files
from preprocessing.manifest import Manifest
from preprocessing.manifest_writing import save_manifest
from preprocessing.records import (
    RecordFormat,
    feature_lengths,
    read_records,
    write_records,
)
from preprocessing.tokenization import load_wordpiece
from tests.preprocessing.record_tables import table_of
from tests.scripts.script_runs import REPORT_TENSORFLOW, load_script


@pytest.fixture(scope="module")
def script(root_dir):
    return load_script(root_dir, "inspect_records")


@pytest.fixture
def run(script, capfdbinary):
    """Runs the script; returns its exit code, output and errors."""

    def _run(*arguments):
        code = script.main([str(argument) for argument in arguments])
        output, errors = capfdbinary.readouterr()
        return code, output.decode(), errors.decode()

    return _run


@pytest.fixture
def vocabulary(golden_dir):
    return golden_dir / "tokenization" / "vocab_uncased_2k.txt"


@pytest.fixture
def features(golden_dir):
    """Four records of a run of Google's program."""
    path = golden_dir / "pretraining_data" / "bert_one_document.npz"
    with np.load(path) as recorded:
        return {name: values[:4] for name, values in recorded.items()}


@pytest.fixture
def records(tmp_path, features, vocabulary):
    """The same in two files of a folder with a manifest."""
    table = table_of(features)
    record_format = RecordFormat(
        features["input_ids"].shape[1], features["masked_lm_ids"].shape[1]
    )
    folder = tmp_path / "records"
    folder.mkdir()
    written = write_records(
        table,
        np.arange(4),
        [str(folder / "a"), str(folder / "b")],
        record_format=record_format,
    )
    manifest = Manifest(
        family="bert",
        vocab_sha256=files.sha256_of(str(vocabulary)),
        do_lower_case=True,
        max_seq_length=record_format.max_seq_length,
        max_predictions_per_seq=record_format.max_predictions_per_seq,
        features=feature_lengths(table, record_format),
        padded=True,
        gzip=False,
        random_seed=12345,
        flags={},
    )
    save_manifest(manifest, written)
    return folder


def expected_text(features, row, pieces_of):
    length = int(features["input_mask"][row].sum())
    words = pieces_of(features["input_ids"][row][:length])
    originals = pieces_of(features["masked_lm_ids"][row])
    count = int(features["masked_lm_weights"][row].sum())
    for position, original in zip(
        features["masked_lm_positions"][row][:count],
        originals,
        strict=False,
    ):
        words[position] += "{" + original + "}"
    return " ".join(words)


def test_says_what_is_there_without_a_word_of_text(run, records, features):
    code, output, errors = run(records)
    assert (code, errors) == (0, "")
    assert f"{records}/a\n  2 records of 4 in 2 files" in output
    length = features["input_ids"].shape[1]
    assert f"\n  input_ids [{length}]\n" in output
    assert "random_seed 12345" in output
    assert "[CLS]" not in output


def test_shows_pieces_and_what_was_masked(run, records, features, vocabulary):
    tokenizer = load_wordpiece(str(vocabulary), lower_case=True)
    code, output, _ = run(
        records / "b", "--show=1", "--start=1", "--vocab_file", vocabulary
    )
    assert code == 0
    first, second = output.splitlines()
    text = expected_text(features, 3, tokenizer.pieces)
    assert text.startswith("[CLS] ")
    assert "{" in text
    assert second == text
    label = features["next_sentence_labels"][3, 0]
    assert first == (
        f"{records}/b record 1: {features['input_mask'][3].sum()} pieces, "
        f"{int(features['masked_lm_weights'][3].sum())} predictions, "
        f"next_sentence_label {label}"
    )


def test_shows_ids_without_a_vocabulary(run, records, features):
    _, output, _ = run("--show=9", records)
    lines = output.splitlines()
    rows = [
        expected_text(features, row, lambda ids: [str(i) for i in ids])
        for row in (0, 2, 1, 3)
    ]
    assert lines[1::2] == rows


def test_another_vocabulary_is_refused(run, records, golden_dir):
    other = golden_dir / "tokenization" / "vocab_cased_2k.txt"
    code, output, errors = run("--show=1", "--vocab_file", other, records)
    assert (code, output) == (2, "")
    assert "vocab_sha256" in errors
    small = records / "small.txt"
    small.write_text("[UNK]\n[CLS]\n[SEP]\n")
    (records / "manifest.json").unlink()
    code, output, errors = run("--show=1", "--vocab_file", small, records / "a")
    assert code == 2
    assert "got 3 pieces and an id" in errors


def test_sentencepiece_and_records_without_masks(run, tmp_path, golden_dir):
    path = golden_dir / "pretraining_data" / "albert_default.npz"
    with np.load(path) as recorded:
        table = table_of({n: v[:2] for n, v in recorded.items()})
    table.masked_lm_positions = None
    table.masked_lm_ids = None
    write_records(
        table,
        np.arange(2),
        [str(tmp_path / "a")],
        record_format=RecordFormat(512, 20, padded=False, gzip=True),
    )
    model = golden_dir / "tokenization" / "spm_2k.model"
    code, output, _ = run("--show=2", "--spm_model_file", model, tmp_path / "a")
    assert code == 0
    assert "prediction" not in output
    text = output.splitlines()[1]
    assert text.startswith("[CLS] ")
    assert "▁" in text
    assert len(text.split(" ")) == table.starts[1]


def test_verifies(run, records):
    assert run("--verify", records) == (
        0,
        f"OK {records}/a: 2 records, as its manifest says\n"
        f"OK {records}/b: 2 records, as its manifest says\n",
        "",
    )


def test_finds_all_damage(run, records):
    data = bytearray((records / "a").read_bytes())
    data[-10] ^= 1
    (records / "a").write_bytes(data)
    last = len(list(read_records(str(records / "b")))[1]) + 16
    (records / "b").write_bytes((records / "b").read_bytes()[:-last])
    code, output, errors = run("--verify", records)
    assert (code, output) == (2, "")
    first, second = errors.splitlines()
    assert first.startswith(f"ERROR: {records}/a: record 1, counted from 0")
    assert second.startswith(f"ERROR: {records}/b: the file is not the one")
    assert "got 1 records, expected 2 records" in second


def test_files_without_a_manifest(run, records):
    (records / "manifest.json").unlink()
    code, output, _ = run("--verify", records / "a")
    assert code == 0
    assert "2 sound records; it is in no manifest" in output
    code, output, _ = run(records / "a")
    assert code == 0
    assert "2 records, in no manifest\n  input_ids [" in output
    code, output, errors = run(records)
    assert (code, output) == (2, "")
    assert "has no manifest.json: got 2 files" in errors


def test_records_of_something_else(run, tmp_path):
    import tensorflow as tf

    ints = tf.train.Int64List(value=[1])
    feature = {"x": tf.train.Feature(int64_list=ints)}
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    with tf.io.TFRecordWriter(str(tmp_path / "x")) as writer:
        writer.write(example.SerializeToString())
    code, output, errors = run("--show=1", tmp_path / "x")
    assert (code, output) == (2, "")
    assert "got no input_ids input_mask" in errors


def test_it_runs_without_tensorflow(root_dir, records):
    done = subprocess.run(
        [
            *(sys.executable, "-c", REPORT_TENSORFLOW),
            *("scripts/inspect_records.py", "--verify", str(records)),
        ],
        cwd=root_dir,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert b"heavy: []" in done.stderr


def test_a_reader_that_leaves_early_is_no_error(root_dir, records):
    script = root_dir / "scripts" / "inspect_records.py"
    command = (
        f"{sys.executable} {script} --show 2 {'a ' * 3000} | "
        'head -n 1; exit "${PIPESTATUS[0]}"'
    )
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=records,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr

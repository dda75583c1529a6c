"""The program that the kit is timed against gives the originals' records."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

# Last on the path: benchmarks/tokenization.py must hide nothing.
sys.path.append(str(pathlib.Path(__file__).parents[2] / "benchmarks"))

from pretraining_data import first_difference
from pretraining_data_reference_records import (
    crc32c,
    decode_example,
    encode_example,
    read_records,
    write_record,
)
from pretraining_data_reference_text import (
    SentencePiece,
    WordPiece,
    _read_albert_vocabulary,
    _read_vocabulary,
    read_documents,
)

from preprocessing.corpus_files import FilePart, read_blocks

_ROOT = pathlib.Path(__file__).resolve().parents[2]

BUNDLED = [
    "albert_default",
    "albert_odd_lines",
    "bert_odd_lines",
    "bert_one_document",
]
CASES = [
    *BUNDLED,
    "albert_512",
    "albert_long_ngram",
    "albert_nsp_permutation",
    "albert_wordpiece",
    "bert_512",
    "bert_cased_two_files",
    "bert_plain",
    "bert_whole_word",
]
FLAGS = (
    "family",
    "random_seed",
    "dupe_factor",
    "max_seq_length",
    "max_predictions_per_seq",
)


def run_program(name, *arguments):
    done = subprocess.run(
        [sys.executable, str(_ROOT / "benchmarks" / name), *arguments],
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def make_records(output_file, **flags):
    return run_program(
        "pretraining_data_reference.py",
        f"--output_file={output_file}",
        *(f"--{name}={value}" for name, value in flags.items()),
    )


def case_flags(folder, case, vocabulary_dir):
    recorded = json.loads((folder / f"{case}.json").read_bytes())
    flags = {name: recorded[name] for name in FLAGS} | recorded["other_flags"]
    names = recorded["input_file"].split(",")
    flags["input_file"] = ",".join(str(folder / name) for name in names)
    kind = "spm_model_file" if recorded["spm_model_file"] else "vocab_file"
    flags[kind] = vocabulary_dir / recorded[kind]
    return flags


def features_of(path):
    return [decode_example(record) for record in read_records(str(path))]


def check_case(folder, case, vocabulary_dir, output):
    flags = case_flags(folder, case, vocabulary_dir)
    report = make_records(output, **flags)
    examples = features_of(output)
    with np.load(folder / f"{case}.npz") as recorded:
        assert (
            report["instances"] == len(examples) == len(recorded["input_ids"])
        )
        for example in examples:
            assert example.keys() == set(recorded)
        for name in recorded:
            made = np.array([example[name] for example in examples])
            np.testing.assert_array_equal(made, recorded[name], err_msg=name)


@pytest.mark.parametrize("case", BUNDLED)
def test_the_bundled_cases(golden_dir, tmp_path, case):
    check_case(
        golden_dir / "pretraining_data",
        case,
        golden_dir / "tokenization",
        tmp_path / "records",
    )


@pytest.mark.shared
@pytest.mark.parametrize("case", CASES)
def test_every_recorded_case(shared_dir, tmp_path, case):
    folder = shared_dir / "golden" / "pretraining_data"
    check_case(folder, case, folder, tmp_path / "records")


@pytest.mark.shared
def test_no_recorded_case_is_left_out(shared_dir):
    folder = shared_dir / "golden" / "pretraining_data"
    assert sorted(CASES) == sorted(p.stem for p in folder.glob("*.json"))


@pytest.fixture(scope="module")
def odd_lines(golden_dir):
    return case_flags(
        golden_dir / "pretraining_data",
        "albert_odd_lines",
        golden_dir / "tokenization",
    )


def test_two_files_take_turns(odd_lines, tmp_path):
    make_records(tmp_path / "all", **odd_lines)
    make_records(f"{tmp_path}/even,{tmp_path}/odd", **odd_lines)
    records = list(read_records(str(tmp_path / "all")))
    assert list(read_records(str(tmp_path / "even"))) == records[::2]
    assert list(read_records(str(tmp_path / "odd"))) == records[1::2]


def test_nothing_is_masked_at_rate_zero(odd_lines, tmp_path):
    make_records(tmp_path / "masked", **odd_lines)
    make_records(tmp_path / "plain", **{**odd_lines, "masked_lm_prob": 0})
    masked_ids = {4}  # [MASK] of the SentencePiece model
    masked, plain = (
        features_of(tmp_path / name) for name in ("masked", "plain")
    )
    assert any(masked_ids & set(x["input_ids"]) for x in masked)
    assert not any(masked_ids & set(x["input_ids"]) for x in plain)
    assert not any(any(x["masked_lm_weights"]) for x in plain)
    assert all(set(x["token_boundary"]) == {0, 1} for x in plain)


def test_tensorflow_reads_the_records(odd_lines, tmp_path):
    import tensorflow as tf

    make_records(tmp_path / "records", **odd_lines)
    expected = features_of(tmp_path / "records")
    data = tf.data.TFRecordDataset(str(tmp_path / "records"))
    records = list(data.as_numpy_iterator())
    assert len(records) == len(expected) > 0
    for record, features in zip(records, expected, strict=True):
        example = tf.train.Example.FromString(record)
        read = {
            name: list(feature.int64_list.value or feature.float_list.value)
            for name, feature in example.features.feature.items()
        }
        assert read == features
        # The same bytes as TensorFlow's own deterministic serialisation.
        assert record == example.SerializeToString(deterministic=True)


def test_the_crc_is_castagnolis():
    assert crc32c(b"123456789") == 0xE3069283  # RFC 3720's check value
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


@pytest.mark.parametrize("damage", ["flipped", "cut"])
def test_a_damaged_record_is_named(tmp_path, damage):
    path = tmp_path / "records"
    with path.open("wb") as file:
        for label in (0, 1):
            write_record(file, encode_example({"label": [label]}))
    data = bytearray(path.read_bytes())
    data[-6] ^= 1
    path.write_bytes(data if damage == "flipped" else data[:-3])
    records = read_records(str(path))
    assert decode_example(next(records)) == {"label": [0]}
    with pytest.raises(ValueError, match="record 1 is damaged"):
        next(records)


def test_numbers_of_any_size_come_back():
    features = {"f": [0.5, -1.0], "i": [0, 1, 127, 128, 300, 2**21, 2**40]}
    assert decode_example(encode_example(features)) == features


@pytest.mark.parametrize(
    ("end", "num_documents"),
    [("", 1), ("\r", 1), ("\r\r", 1), ("\r\n", 2), ("\n\r", 2), (" \r", 2)],
)
def test_carriage_returns_at_the_end_are_no_line(tmp_path, end, num_documents):
    (tmp_path / "1.txt").write_bytes(f"one\n{end}".encode())
    (tmp_path / "2.txt").write_bytes(b"two")
    tokenizer = WordPiece({"one": 0, "two": 1}, lower_case=True)
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    documents = read_documents(",".join(paths), tokenizer)
    assert len(documents) == num_documents
    # The kit sees the same lines.
    blocks = list(read_blocks([FilePart(path) for path in paths]))
    lines = b"".join(block.text for block in blocks).split(b"\n")[:-1]
    assert sum(not line.strip() for line in lines) == num_documents - 1


@pytest.mark.parametrize("name", ["uncased_2k", "cased_2k", "spm_2k"])
def test_tokens_are_the_originals(golden_dir, name):
    folder = golden_dir / "tokenization"
    if name == "spm_2k":
        tokenizer = SentencePiece(str(folder / "spm_2k.model"), True)
    else:
        ids = _read_vocabulary(str(folder / f"vocab_{name}.txt"))
        tokenizer = WordPiece(ids, name == "uncased_2k")
    text = (folder / "tokens.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.split("\n") if line]
    assert len(rows) > 100
    for row in rows:
        pieces = tokenizer.tokenize(tokenizer.clean(row["text"]))
        assert [tokenizer.ids[piece] for piece in pieces] == row[name]


def test_repeated_pieces_of_a_vocabulary(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("[UNK]\nthe 12\nof\nthe\n\nin\n", encoding="utf-8")
    assert _read_vocabulary(str(path)) == {
        "[UNK]": 0,
        "the 12": 1,
        "of": 2,
        "the": 3,
        "": 4,
        "in": 5,
    }
    assert _read_albert_vocabulary(str(path)) == {
        "[UNK]": 0,
        "the": 1,
        "of": 2,
        " ": 3,
        "in": 4,
    }


def write_examples(path, *examples):
    with path.open("wb") as file:
        for example in examples:
            write_record(file, encode_example(example))
    return path


def test_the_first_other_record_is_found(tmp_path):
    one = {"a": [1], "b": [2]}
    whole = write_examples(tmp_path / "whole", one, one)
    other = write_examples(tmp_path / "other", one, {"a": [1], "b": [3]})
    short = write_examples(tmp_path / "short", one)
    assert first_difference([whole, whole]) is None
    assert first_difference([whole, other]) == "record 1: b"
    assert first_difference([whole, short]) == "only one file has record 1"


def test_the_order_of_features_makes_no_other_record(tmp_path):
    turned = tmp_path / "turned"
    plain = write_examples(tmp_path / "plain", {"a": [1], "b": [2]})
    (example,) = read_records(str(plain))
    half = (len(example) - 2) // 2  # two entries alike, behind a head of two
    with turned.open("wb") as file:
        write_record(
            file, example[:2] + example[2 + half :] + example[2 : 2 + half]
        )
    assert first_difference([plain, turned]) is None


def test_the_runner_times_the_reference(golden_dir, tmp_path):
    result = run_program(
        "pretraining_data.py",
        f"--text_file={golden_dir / 'pretraining_data' / 'corpus_a.txt'}",
        f"--vocab_file={golden_dir / 'tokenization' / 'vocab_uncased_2k.txt'}",
        f"--scratch_dir={tmp_path}",
        "--rounds=1",
        "--programs=reference",
        "--words=5000",
    )["bert"]
    assert 5000 <= result["words"] < 6000
    assert result["difference"] is None
    rates = result["reference"]
    assert rates["words_per_processor_second"] > 1000
    assert 5 < rates["peak_megabytes"] < 500
    assert list(tmp_path.iterdir()) == []

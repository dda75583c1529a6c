"""create_pretraining_data.py from flags to files."""

from __future__ import annotations

import json
import logging
import os
import pathlib
import signal
import subprocess
import sys
import time
from unittest import mock

import numpy as np
import pytest
from absl import flags

import create_pretraining_data
from foundation import files
from foundation.errors import InputError
from preprocessing.growing_arrays import GrowingArray
from preprocessing.manifest import NAME, find_manifests, load_manifest
from preprocessing.manifest_checks import verify
from preprocessing.records import iterate_examples, read_examples

WHOLE = [
    "albert_default",
    "albert_odd_lines",
    "bert_odd_lines",
    "bert_one_document",
]
SLICES = [
    "albert_long_ngram",
    "albert_nsp_permutation",
    "albert_wordpiece",
    "bert_cased_two_files",
    "bert_whole_word",
]
OTHERS = ["albert_512", "bert_512", "bert_plain"]
# Not given: the script has to know what its family does.
SAME_NAME = [
    "family",
    "random_seed",
    "dupe_factor",
    "max_seq_length",
    "max_predictions_per_seq",
]
ALBERT_FLAGS = {
    "do_permutation": "true",
    "favor_shorter_ngram": "false",
    "ngram": "2",
    "random_next_sentence": "true",
}
UNUSABLE = {"latin_1", "no_text", "utf_16"}
CANARIES = [f"canary{letter}qx" for letter in "abcdefghijklmnopqrst"]
# Runs the script as a person does, then says what was imported.
PROGRAM = r"""
import runpy, sys
try:
    runpy.run_path("create_pretraining_data.py", run_name="__main__")
except SystemExit as stop:
    print(f"\n{'tensorflow' in sys.modules} {stop.code}")
"""


def parsed(**values):
    """Returns the script's flags with these alone; None leaves one out."""
    fv = flags.FlagValues()
    create_pretraining_data.define_flags(fv)
    given = [f"--{k}={v}" for k, v in values.items() if v is not None]
    fv(["create_pretraining_data.py", *given])
    return fv


def run(**values):
    """Runs the script's main with these flags alone; returns its code."""
    with mock.patch.object(flags, "FLAGS", parsed(**values)):
        return create_pretraining_data.main([])


def refusal(**values):
    """Returns what a run is refused with."""
    with pytest.raises(InputError) as caught:
        run(**values)
    return str(caught.value)


def run_process(root_dir, **values):
    arguments = [f"--{name}={value}" for name, value in values.items()]
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=root_dir,
        capture_output=True,
        text=True,
        check=False,
    )


def contents(folder):
    """Returns the bytes of all files of a folder, by name."""
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def recorded(folder, name, *, vocabularies, texts):
    """Returns the flags of a recorded run, and what it was."""
    case = json.loads((folder / f"{name}.json").read_bytes())
    values = {flag: case[flag] for flag in SAME_NAME}
    values |= {
        flag: vocabularies / case[flag]
        for flag in ("vocab_file", "spm_model_file")
        if case[flag]
    }
    paths = [
        next(str(p / text) for p in texts if (p / text).exists())
        for text in case["input_file"].split(",")
    ]
    values["input_file"] = ",".join(paths)
    return values | case["other_flags"], case


def check_recorded(folder, name, output, **places):
    """Compares each feature of each record, in one file and in three."""
    values, case = recorded(folder, name, **places)
    with np.load(folder / f"{name}.npz") as stored:
        expected = dict(stored)
    num_files = 3
    one = output / "one" / "all.tfrecord"
    several = [output / "three" / f"{i}.tfrecord" for i in range(num_files)]
    assert run(**values, output_file=one) == 0
    assert run(**values, output_file=",".join(map(str, several))) == 0
    made = read_examples(str(one))
    assert made.keys() == expected.keys()
    assert len(made["input_ids"]) == case["instances"]
    for feature, rows in expected.items():
        np.testing.assert_array_equal(
            made[feature][: len(rows)], rows, err_msg=feature
        )
    for i, path in enumerate(several):
        part = read_examples(str(path))
        num_records = len(range(i, case["instances"], num_files))
        assert sum(1 for _ in iterate_examples(str(path))) == num_records
        assert not part or part.keys() == made.keys()
        for feature, rows in part.items():
            np.testing.assert_array_equal(rows, made[feature][i::num_files])


@pytest.fixture(scope="module")
def vocabulary(golden_dir):
    return golden_dir / "tokenization" / "vocab_uncased_2k.txt"


@pytest.fixture(scope="module")
def model(golden_dir):
    return golden_dir / "tokenization" / "spm_2k.model"


@pytest.fixture(scope="module")
def text(golden_dir):
    return golden_dir / "pretraining_slices" / "corpus_b.txt"


@pytest.fixture
def given(tmp_path, text, vocabulary):
    """Flags of a small run into tmp_path/out."""
    return {
        "input_file": text,
        "output_file": tmp_path / "out" / "a.tfrecord",
        "vocab_file": vocabulary,
        "max_seq_length": 64,
        "dupe_factor": 2,
    }


@pytest.mark.parametrize("name", [*WHOLE, *SLICES])
def test_records_of_the_originals(golden_dir, tmp_path, name):
    texts = [golden_dir / "pretraining_data", golden_dir / "pretraining_slices"]
    check_recorded(
        texts[name in SLICES],
        name,
        tmp_path,
        vocabularies=golden_dir / "tokenization",
        texts=texts,
    )


@pytest.mark.shared
@pytest.mark.parametrize("name", [*WHOLE, *SLICES, *OTHERS])
def test_all_records_of_the_originals(shared_dir, tmp_path, name):
    folder = shared_dir / "golden" / "pretraining_data"
    check_recorded(folder, name, tmp_path, vocabularies=folder, texts=[folder])


@pytest.mark.shared
def test_no_recorded_case_is_left_out(shared_dir):
    folder = shared_dir / "golden" / "pretraining_data"
    names = sorted(path.stem for path in folder.glob("*.json"))
    assert names == sorted([*WHOLE, *SLICES, *OTHERS])


@pytest.mark.parametrize("gzip", ["false", "true"])
def test_runs_are_equal_and_the_manifest_is_right(given, tmp_path, gzip):
    values = given | {"gzip": gzip}
    folder = tmp_path / "out"
    values["output_file"] = f"{folder / 'a.tfrecord'},{folder / 'b.tfrecord'}"
    assert run(**values) == 0
    first = contents(folder)
    assert run(**values, overwrite_output=True) == 0
    second = contents(folder)
    # The flags are not quite the same.
    manifests = [json.loads(made.pop(NAME)) for made in (first, second)]
    assert first == second
    assert first.keys() == {"a.tfrecord", "b.tfrecord"}
    compressed = first["a.tfrecord"].startswith(b"\x1f\x8b")
    assert compressed == (gzip == "true")
    assert [len(value["record_sets"]) for value in manifests] == [1, 1]
    (manifest,) = find_manifests(str(folder))
    verify(manifest, str(folder))
    assert [file.name for file in manifest.files] == list(first)
    assert manifest.num_records == sum(
        1 for name in first for _ in iterate_examples(str(folder / name))
    )
    assert manifest.family == "bert"
    assert manifest.vocab_sha256 == files.sha256_of(str(given["vocab_file"]))
    assert manifest.do_lower_case
    assert manifest.gzip == (gzip == "true")
    assert (manifest.max_seq_length, manifest.random_seed) == (64, 12345)
    assert manifest.features["masked_lm_ids"] == 20
    assert manifest.flags["dupe_factor"] == 2
    assert manifest.flags["masked_lm_prob"] == 0.15


def test_other_flags_give_other_records(given, tmp_path):
    made = set()
    changes = [
        {},
        {"random_seed": 1},
        {"masked_lm_prob": 0.3},
        {"short_seq_prob": 0.9},
        {"do_whole_word_mask": True},
        {"joint_replacement": True, "do_whole_word_mask": True},
        {"replace_with_specials": False},
    ]
    for number, change in enumerate(changes):
        path = tmp_path / f"{number}.tfrecord"
        run(**given | change | {"output_file": path})
        made.add(path.read_bytes())
    assert len(made) == len(changes)


def test_permutation_doubles_the_predictions(given, model, tmp_path):
    albert = {"family": "albert", "spm_model_file": model}
    run(**given | albert | {"do_permutation": True, "dupe_factor": 1})
    manifest = load_manifest(str(given["output_file"]))
    assert manifest.max_predictions_per_seq == 40
    assert manifest.family == "albert"
    verify(manifest, str(tmp_path / "out"))


def test_a_document_may_end_with_its_file(given, tmp_path):
    paths = []
    for number in range(2):  # without a blank line at the end
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_text("a b c d e f\n" * 6)
    made = []
    for name, value in (("one", False), ("two", True)):
        change = {
            "input_file": tmp_path / "?.txt",
            "output_file": tmp_path / name,
            "document_break_at_eof": value,
        }
        run(**given | change)
        made.append((tmp_path / name).read_bytes())
    assert made[0] != made[1]


def test_little_memory_changes_nothing(given, text, tmp_path, monkeypatch):
    path = tmp_path / "long.txt"
    path.write_bytes((text.read_bytes() + b"\n") * 130)
    spilled = []
    spill = GrowingArray.spill

    def spy(self, folder):
        spilled.append(self.size)
        spill(self, folder)

    monkeypatch.setattr(GrowingArray, "spill", spy)
    values = given | {"input_file": path, "dupe_factor": 1}
    run(**values)
    assert not spilled
    out = given["output_file"]
    expected = out.read_bytes()
    run(**values, memory_budget=1, overwrite_output=True)
    assert spilled
    assert out.read_bytes() == expected
    assert {p.name for p in tmp_path.iterdir()} == {"long.txt", "out"}


@pytest.mark.parametrize("family", ["bert", "albert"])
def test_defaults_of_the_family(given, model, tmp_path, family):
    short = tmp_path / "short.txt"
    short.write_text("The heart of the mouse is small.\n" * 3)
    values = {key: given[key] for key in ("output_file", "vocab_file")}
    values["input_file"] = short
    if family == "albert":  # and --family is not given
        values["spm_model_file"] = model
    run(**values)
    manifest = load_manifest(str(given["output_file"]))
    assert manifest.family == family
    expected = {
        "bert": (128, 10, False, 0.15, 0.1, 12345),
        "albert": (512, 40, True, 0.15, 0.1, 12345),
    }
    names = (
        "max_seq_length",
        "dupe_factor",
        "do_whole_word_mask",
        "masked_lm_prob",
        "short_seq_prob",
        "random_seed",
    )
    acted = tuple(manifest.flags[name] for name in names)
    assert acted == expected[family]
    assert manifest.max_seq_length == expected[family][0]
    assert manifest.max_predictions_per_seq == 20


def malformed():
    folder = pathlib.Path(__file__).parent / "fixtures" / "malformed_corpora"
    return sorted(path.stem for path in folder.glob("*.txt"))


@pytest.mark.parametrize("name", malformed())
def test_check_only(given, fixtures_dir, golden_dir, tmp_path, capsys, name):
    path = fixtures_dir / "malformed_corpora" / f"{name}.txt"
    values = given | {"input_file": path, "max_seq_length": 128}
    if name == "capitals":
        cased = golden_dir / "tokenization" / "vocab_cased_2k.txt"
        values["vocab_file"] = cased
    code = run(**values, check_only=True)
    assert code == (2 if name in UNUSABLE else 0)
    printed = capsys.readouterr().out
    assert printed.endswith("\n")
    last = printed.splitlines()[-1]
    counts = dict(part.split(": ") for part in last.split(", "))
    assert (int(counts["errors"]) > 0) == (name in UNUSABLE)
    assert (last == "errors: 0, warnings: 0") == (name == "good")
    assert not (tmp_path / "out").exists()


def test_check_only_needs_no_output(given, capsys):
    assert run(**given | {"output_file": None}, check_only=True) == 0
    assert "errors: 0" in capsys.readouterr().out


REFUSED = {
    "no input": ({"input_file": None}, "no --input_file"),
    "an empty input": ({"input_file": ","}, "no file is named"),
    "no match": ({"input_file": "nothing/*.txt"}, "no file matches"),
    "no output": ({"output_file": None}, "no --output_file"),
    "commas alone": ({"output_file": ", ,"}, "no --output_file"),
    "no vocabulary": ({"vocab_file": None}, "no vocabulary"),
    "another mode": ({"input_file_mode": "rb"}, "--input_file_mode=rb"),
    "too long": ({"max_seq_length": 20_000}, "--max_seq_length"),
    **{
        f"{name} for BERT": ({name: value}, f"--{name}")
        for name, value in ALBERT_FLAGS.items()
    },
}


@pytest.mark.parametrize("way", REFUSED)
def test_refusals(given, tmp_path, way):
    change, named = REFUSED[way]
    assert named in refusal(**given | change)
    assert not (tmp_path / "out").exists()


def test_a_sentencepiece_model_is_not_for_bert(given, model):
    message = refusal(**given, family="bert", spm_model_file=model)
    assert "--spm_model_file" in message
    assert "--family=albert" in message


@pytest.mark.parametrize("family", [None, "bert"])
def test_a_model_in_place_of_the_vocabulary(given, model, family):
    values = given | {"vocab_file": model, "family": family}
    if family == "bert":
        refusal(**values)
        return
    run(**values)  # a SentencePiece model is ALBERT's
    assert load_manifest(str(given["output_file"])).family == "albert"


def test_all_albert_flags_at_once_with_albert(given):
    assert run(**given, **ALBERT_FLAGS, family="albert") == 0


def test_outputs_that_are_there_stay(given, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    there = folder / "b.tfrecord"
    there.write_bytes(b"precious")
    both = f"{folder / 'a.tfrecord'},{there}"
    values = given | {"output_file": both}
    message = refusal(**values)
    assert "--overwrite_output" in message
    assert "1 of 2" in message
    assert contents(folder) == {"b.tfrecord": b"precious"}
    assert run(**values, overwrite_output=True) == 0
    assert there.read_bytes() != b"precious"


def test_the_text_is_not_overwritten(given, tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(given["input_file"].read_bytes())
    before = path.read_bytes()
    values = given | {"input_file": path, "output_file": path}
    refusal(**values, overwrite_output=True)
    assert path.read_bytes() == before


def unread(*_args, **_kwargs):
    pytest.fail("the text is read before the refusal")


@pytest.mark.parametrize("way", ["twice", "twice in other words", "a folder"])
def test_outputs_are_checked_before_the_text_is_read(
    given, tmp_path, monkeypatch, way
):
    monkeypatch.setattr("preprocessing.record_making.read_corpus", unread)
    paths = {
        "twice": "a,a",
        "twice in other words": "a,./a",
        "a folder": "",
    }
    names = [f"{tmp_path}/{name}" for name in paths[way].split(",")]
    values = given | {"output_file": ",".join(names)}
    refusal(**values, overwrite_output=True)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_manifest_stays(given, tmp_path, monkeypatch):
    monkeypatch.setattr("preprocessing.record_making.read_corpus", unread)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / NAME).write_text("{}")
    assert "manifest.json" in refusal(**given)
    assert contents(tmp_path / "out") == {NAME: b"{}"}


def test_a_vocabulary_without_mask(given, tmp_path, vocabulary, monkeypatch):
    monkeypatch.setattr("preprocessing.record_making.read_corpus", unread)
    path = tmp_path / "vocab.txt"
    path.write_text(vocabulary.read_text("utf-8").replace("[MASK]", "[MUSK]"))
    message = refusal(**given | {"vocab_file": path})
    assert "[MASK]" in message
    assert str(path) in message


def test_bytes_that_are_no_utf8(given, tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"one\ntwo\n\nna\xefve canaryqx\nfive\n")
    message = refusal(**given | {"input_file": f"{given['input_file']},{path}"})
    assert f"{path}:4" in message
    assert "UTF-8" in message
    assert "canaryqx" not in message
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize("text", [b"", b"\n\n", b" \t \r\n\x00\x01\n"])
def test_empty_text(given, tmp_path, text):
    path = tmp_path / "empty.txt"
    path.write_bytes(text)
    message = refusal(**given | {"input_file": path})
    assert str(path) in message
    assert not list((tmp_path / "out").glob("*"))


def test_text_of_which_no_record_can_be_made(given, model, tmp_path):
    path = tmp_path / "one.txt"
    path.write_text("One sentence.\n")
    values = given | {"input_file": path, "spm_model_file": model}
    refusal(**values, pair_single_segments=False)
    assert not list((tmp_path / "out").glob("*"))


@pytest.fixture
def canaries(tmp_path, given):
    """Flags of a run on words that are pieces, and that no other text has."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocab = tmp_path / "vocab.txt"
    vocab.write_text("\n".join([*special, *CANARIES]) + "\n")
    path = tmp_path / "text.txt"
    lines = [f"{a} {b}" for a in CANARIES for b in CANARIES]
    path.write_text("\n\n".join("\n".join(lines[i::40]) for i in range(40)))
    return given | {"vocab_file": vocab, "input_file": path}


def test_nothing_shows_text_and_tensorflow_is_not_imported(root_dir, canaries):
    done = run_process(root_dir, **canaries)
    assert done.stdout.splitlines()[-1] == "False 0", done.stderr
    shown = done.stdout + done.stderr
    assert "Wrote" in shown
    assert [word for word in CANARIES if word in shown] == []
    assert "tokens:" not in shown


def test_examples_are_logged_where_that_is_wanted(canaries, caplog):
    with caplog.at_level(logging.INFO):
        assert run(**canaries, log_examples=True) == 0
    assert [word for word in CANARIES if word not in caplog.text] == []
    assert caplog.text.count("*** Example") == 20
    assert "[MASK]" in caplog.text


@pytest.mark.slow
def test_errors_and_checks_show_no_text(root_dir, canaries, tmp_path):
    text = canaries["input_file"]
    bad = tmp_path / "bad.txt"
    bad.write_bytes(text.read_bytes() + b"\n" + CANARIES[0].encode() + b"\xff")
    for code, change in (
        (2, {"input_file": bad}),
        (2, {"input_file": bad, "check_only": True}),
        (0, {"check_only": True}),
        (2, {"vocab_file": text}),
        (2, {"spm_model_file": text}),
        (2, {"output_file": text}),
        (2, {"flagfile": text}),
        (0, {}),
    ):
        done = run_process(root_dir, **canaries | change)
        assert done.stdout.splitlines()[-1] == f"False {code}", change
        shown = done.stdout + done.stderr
        assert [word for word in CANARIES if word in shown] == [], change


@pytest.mark.slow
@pytest.mark.parametrize("moment", [1, 2])
def test_a_kill_leaves_no_part_under_a_final_name(
    root_dir, given, tmp_path, moment
):
    """Killed while the first file, or the second, is being written."""
    folder = tmp_path / "out"
    paths = [folder / "a.tfrecord", folder / "b.tfrecord"]
    change = {
        "output_file": ",".join(map(str, paths)),
        "dupe_factor": 1500,
        "gzip": True,  # slow
    }
    arguments = [f"--{k}={v}" for k, v in (given | change).items()]
    process = subprocess.Popen(
        [sys.executable, "create_pretraining_data.py", *arguments],
        cwd=root_dir,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pattern = f"{paths[moment - 1].name}.tmp-*"
    while process.poll() is None and not any(
        part.stat().st_size for part in folder.glob(pattern)
    ):
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert [path for path in paths if path.exists()] == []
    assert not (folder / NAME).exists()
    assert run(**given | change | {"dupe_factor": 2}) == 0
    (manifest,) = find_manifests(str(folder))
    verify(manifest, str(folder))
    # What a killed run left is gone with the next one.
    assert contents(folder).keys() == {NAME, *(path.name for path in paths)}

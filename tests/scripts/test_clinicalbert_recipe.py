"""scripts/clinicalbert_recipe.sh: from a table of notes to a model to load.

Each of its programs runs in this process, where TensorFlow is already: the
script's PYTHON is a stub that asks for it and waits.
"""

import csv
import json
import os
import pathlib
import stat
import subprocess
import time
from unittest import mock

import numpy as np
import pytest

from tests import script_entry
from tests.canaries import CANARY, check_files, check_modes, check_silent

STUB = """#!/bin/bash
printf '%s\\0' "$@" >"$ASKING/asked.new"
mv "$ASKING/asked.new" "$ASKING/asked"
until [[ -e $ASKING/answer ]]; do sleep 0.02; done
code=$(<"$ASKING/answer")
rm "$ASKING/answer"
exit "$code"
"""
COLUMNS = ("ROW_ID", "SUBJECT_ID", "CHARTDATE", "CATEGORY", "TEXT")
CATEGORIES = ("Discharge summary", "Physician ", "Nursing/other")
EMBEDDINGS = "bert/embeddings/word_embeddings"
KERNEL = "bert/encoder/layer_1/output/dense/kernel"
# What holds text by its nature.
OUTPUTS = (
    *("discharge_summary.txt", "physician.txt", "nursing_other.txt"),
    *("token_test.txt", "NER_result_conll.txt", "NER_result_conll_eval.txt"),
    *("predictions.jsonl", "predictions.tsv"),
)


@pytest.fixture
def notes(tmp_path):
    """A table as NOTEEVENTS.csv, of invented notes."""
    path = tmp_path / "NOTEEVENTS.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, quoting=csv.QUOTE_ALL)
        rows.writerow(COLUMNS)
        for number in range(24):
            text = (
                f"Admission Date: [**2151-7-{number + 1}**]\n\n"
                f"{CANARY}{number} was given aspirin for pain in the chest.\n"
                f"Heart rate was {60 + number}. No fever was seen.\n\n"
                "Discharge Medications:\n1. Aspirin 81 mg daily.\n"
                f"2. Drug {number} for the cell. The patient was well.\n"
            )
            category = CATEGORIES[number % 3]
            rows.writerow([number, number // 2, "2151-07-01", category, text])
    return path


@pytest.fixture
def bert(tmp_path, golden_dir):
    """A tiny cased BERT in the files that BioBERT's folder has."""
    from tests import ner_runs
    from tests.tiny_configs import tiny_bert

    folder = tmp_path / "biobert"
    folder.mkdir()
    vocabulary = golden_dir / "tokenization" / "vocab_cased_2k.txt"
    (folder / "vocab.txt").write_bytes(vocabulary.read_bytes())
    num_pieces = len(vocabulary.read_text(encoding="utf-8").splitlines())
    config = tiny_bert(
        vocab_size=num_pieces,
        **{**ner_runs.SIZES, "max_position_embeddings": 128},
    )
    ner_runs.write_model(folder, config)
    return folder


def run_here(words):
    """Runs a program as its command line does; returns its exit code."""
    # Without the picture and the measurement, which take longest of all.
    with (
        mock.patch("cli.lm_run.write_pretraining_curves"),
        mock.patch("training.peak.measure_peak", return_value=1e9),
    ):
        return script_entry.run(words)


@pytest.fixture
def recipe(root_dir, tmp_path, monkeypatch):
    """Runs the script; returns its exit code, output and the programs run."""
    stub = tmp_path / "python"
    stub.write_text(STUB)
    stub.chmod(0o755)
    monkeypatch.chdir(root_dir)

    def run(*words, run_program=run_here, **settings):
        log, programs = tmp_path / "log", []
        asked, answer = tmp_path / "asked", tmp_path / "answer"
        with log.open("wb") as file:
            process = subprocess.Popen(
                ["bash", "scripts/clinicalbert_recipe.sh", *words],
                stdout=file,
                stderr=file,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHON": str(stub),
                    "ASKING": str(tmp_path),
                    **{name: str(value) for name, value in settings.items()},
                },
            )
            try:
                while process.poll() is None:
                    if asked.exists():
                        given = asked.read_bytes().decode().split("\0")[:-1]
                        asked.unlink()
                        programs.append(given)
                        half = tmp_path / "answer.new"
                        half.write_text(str(run_program(given)))
                        half.rename(answer)
                    time.sleep(0.02)
            finally:
                process.kill()
                process.wait()
        return process.returncode, log.read_text(), programs

    return run


LENGTHS = "--max_seq_length=64 --max_predictions_per_seq=10"


@pytest.fixture
def corpora(fixtures_dir, tmp_path):
    """NER and NLI with a canary in each sentence."""
    for name in ("i2b2_2010", "mednli"):
        (tmp_path / name).mkdir()
        for path in (fixtures_dir / "corpora" / name).iterdir():
            text = path.read_text(encoding="utf-8")
            lines = text.split("\n")
            if path.suffix == ".tsv":
                lines = [
                    f"{CANARY}{n} {line.split()[1]}" if line else ""
                    for n, line in enumerate(lines)
                ]
            mark = f'"sentence1": "{CANARY} '
            text = "\n".join(lines).replace('"sentence1": "', mark)
            (tmp_path / name / path.name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def settings(tmp_path, notes, bert, corpora):
    return {
        "BERT_DIR": bert,
        "NOTES_FILE": notes,
        "OUTPUT": tmp_path / "out",
        "NER_DIR": corpora / "i2b2_2010",
        "NLI_DIR": corpora / "mednli",
        "RECORDS_FLAGS": f"{LENGTHS} --dupe_factor=1",
        "LM_FLAGS": f"{LENGTHS} --num_train_steps=3 --num_warmup_steps=1 "
        "--train_batch_size=4 --eval_batch_size=4 --max_eval_steps=2",
        "NER_FLAGS": "--cross_val_sz=0 --num_train_epochs=1 "
        "--max_seq_length=64 --train_batch_size=1",
        "NLI_FLAGS": "--num_train_epochs=1 --max_seq_length=64 "
        "--train_batch_size=1 --gradient_accumulation_steps=1",
    }


@pytest.mark.slow
def test_notes_become_a_model_that_others_load(
    recipe, settings, tmp_path, bert, capfd, caplog
):
    caplog.set_level("DEBUG")
    code, said, programs = recipe(**settings)
    assert code == 0, said
    shown = capfd.readouterr()
    check_silent(said, shown.out, shown.err, caplog.text)
    # The warning of each program, by two ways of listening.
    assert shown.err.count("mode 0600") <= len(programs)
    names = [words[0].rpartition("/")[2] for words in programs]
    assert names == [
        "format_mimic_for_BERT.py",
        *["create_pretraining_data.py"] * 3,
        "run_pretraining.py",
        "run_ner.py",
        "run_classifier.py",
        "convert_checkpoint.py",
    ]
    out = tmp_path / "out"
    assert (out / "ner" / "NER_result_conll.txt").exists()
    assert (out / "nli" / "eval_results.txt").exists()
    check_huggingface(out / "huggingface", out / "bert", bert)
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert check_modes(out) > 40
    found = check_files(out, declared=lambda path: path.name in OUTPUTS)
    assert found > 5
    assert any(out.glob("bert/events.out.tfevents*"))
    # Nothing is run a second time, and nothing done is done otherwise.
    code, said, programs = recipe(**settings)
    assert (code, programs) == (0, [])
    assert said.count(": done before\n") == 6
    code, said, programs = recipe(**settings, NOTES_FLAGS="--combine")
    assert (code, programs) == (2, [])
    assert "notes was done with other flags" in said
    code, said, programs = recipe(**{**settings, "NLI_FLAGS": "--seed=1"})
    assert (code, programs) == (2, [])
    assert "nli was done with other flags" in said


def check_huggingface(folder, checkpoint, bert):
    """What AutoModel.from_pretrained reads of Bio_ClinicalBERT's folder."""
    import tensorflow as tf

    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert config["model_type"] == "bert"
    assert config["hidden_act"] == "gelu"  # with erf, as Bio_ClinicalBERT's
    assert config["architectures"] == ["BertForPreTraining"]
    vocabulary = (bert / "vocab.txt").read_bytes()
    assert (folder / "vocab.txt").read_bytes() == vocabulary
    tensors = read_safetensors(folder / "model.safetensors")
    trained = tf.train.load_checkpoint(str(checkpoint / "model.ckpt-3"))
    for theirs, ours in (
        ("bert.embeddings.word_embeddings.weight", EMBEDDINGS),
        ("bert.encoder.layer.1.output.dense.weight", KERNEL),
    ):
        value = trained.get_tensor(ours)
        expected = value.T if ours == KERNEL else value
        np.testing.assert_array_equal(tensors[theirs], expected)


def read_safetensors(path):
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    return {
        name: np.frombuffer(
            data[slice(*(start + o for o in entry["data_offsets"]))], np.float32
        ).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def make_outputs(words):
    """Stands in for the programs: leaves what the next one looks for."""
    named = dict(w[2:].split("=", 1) for w in words[1:] if "=" in w)
    folder = pathlib.Path(named.get("output_dir", "/"))
    if words[0].endswith("format_mimic_for_BERT.py"):
        folder.mkdir()
        (folder / "nursing.txt").write_text("A note.\n")
        if "held_out_fraction" in named:
            (folder / "held_out").mkdir()
            (folder / "held_out" / "nursing.txt").write_text("Another.\n")
    if words[0] == "create_pretraining_data.py":
        path = pathlib.Path(named["output_file"])
        path.parent.mkdir(exist_ok=True)
        path.write_text("records")
    return 0


def test_settings_reach_their_programs_and_a_stop_is_gone_on_from(
    recipe, settings, tmp_path
):
    del settings["NLI_DIR"]
    settings |= {
        "DATA_FILE": "nursing",
        "NER_TASK": "i2b2_2012",
        "NOTES_FLAGS": "--num_workers=2\n--section_splitter=paper",
        "EXPORT_FLAGS": "--license=mit",
    }
    failing = "run_ner.py"

    def fails_once(words):
        return 1 if words[0] == failing else make_outputs(words)

    code, said, programs = recipe(run_program=fails_once, **settings)
    assert code == 1
    by_name = {words[0].rpartition("/")[2]: words for words in programs}
    assert len(programs) == len(by_name) == 4
    assert {
        "--categories=nursing",
        "--num_workers=2",
        "--section_splitter=paper",
    } <= set(by_name["format_mimic_for_BERT.py"])
    assert "--dupe_factor=1" in by_name["create_pretraining_data.py"]
    records = f"--input_file={tmp_path}/out/records/nursing.tfrecord"
    assert records in by_name["run_pretraining.py"]
    assert "--task_name=i2b2_2012" in by_name["run_ner.py"]
    # Again, and only what is left.
    code, said, programs = recipe(run_program=make_outputs, **settings)
    assert code == 0, said
    assert [words[0] for words in programs] == [
        "run_ner.py",
        "scripts/convert_checkpoint.py",
    ]
    assert "--license=mit" in programs[1]


def test_patients_held_out_are_scored_and_a_complete_run_is_one(
    recipe, settings, tmp_path
):
    settings["NOTES_FLAGS"] = "--held_out_fraction=0.1"

    def answer(words):
        # 3: complete, by a call that was killed before it noted that.
        return 3 if words[0] == "run_ner.py" else make_outputs(words)

    code, said, programs = recipe(run_program=answer, **settings)
    assert code == 0, said
    (training,) = [w for w in programs if w[0] == "run_pretraining.py"]
    records = tmp_path / "out" / "records"
    assert f"--input_file={records}/nursing.tfrecord" in training
    held_out = f"--eval_input_file={records}/held_out/nursing.tfrecord"
    assert held_out in training
    assert programs[-1][0] == "scripts/convert_checkpoint.py"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"NER_DIR": "nowhere"}, "NER_DIR="),
        ({"BERT_DIR": "."}, "no bert_config.json"),
        ({"NOTES_FILE": ""}, "name the table of notes"),
        (
            dict.fromkeys(
                ("NOTES_FLAGS", "RECORDS_FLAGS"), "--held_out_fraction=0.1"
            ),
            "choose one",
        ),
    ],
)
def test_refusals(recipe, settings, tmp_path, change, said):
    code, log, programs = recipe(**{**settings, **change})
    assert code != 0
    assert programs == []
    assert said in log
    assert not (tmp_path / "out").exists()

"""Scripts of published pretraining runs: which records, which flags."""

import os
import shlex
import subprocess

import pytest
from absl import flags

import run_pretraining

FINETUNE = "scripts/finetune_lm_tf.sh"
BIOBERT = "scripts/pretrain_biobert.sh"
BIOALBERT = "scripts/pretrain_bioalbert.sh"
# A Python that says, as a shell would read it, what it was called with.
ECHO = '#!/usr/bin/env bash\nprintf "%q " "$@"\necho\n'


@pytest.fixture
def run(root_dir, tmp_path):
    """Runs a script with settings from the environment; nothing is trained."""
    python = tmp_path / "python"
    python.write_text(ECHO)
    python.chmod(0o700)

    def run_script(script, *words, **environment):
        return subprocess.run(
            ["bash", str(root_dir / script), *words],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHON": str(python),
                **environment,
            },
            check=False,
            capture_output=True,
            text=True,
        )

    return run_script


def commands(root_dir, done):
    """Returns the parsed flags of each run that a script started."""
    found = []
    for line in done.stdout.splitlines():
        if line.startswith("run_pretraining.py "):
            script, *words = shlex.split(line)
            words = [
                w.replace("--flagfile=", f"--flagfile={root_dir}/")
                for w in words
            ]
            fv = flags.FlagValues()
            run_pretraining.define_flags(fv)
            fv([script, *words])
            found.append(fv)
    return found


@pytest.fixture
def places(tmp_path):
    """A model and records of two categories, in folders of the caller."""
    model = tmp_path / "my bert"
    model.mkdir()
    for name in ("bert_config.json", "vocab.txt", "bert_model.ckpt.index"):
        (model / name).touch()
    records = tmp_path / "my records"
    records.mkdir()
    (records / "discharge_summary.tfrecord").touch()
    for part in range(2):
        (records / f"nursing-0000{part}-of-00002.tfrecord").touch()
    (records / "nursing_other.tfrecord").touch()
    return {"BERT_DIR": "my bert", "RECORDS": "my records"}


def test_discharge_summaries_as_the_original(root_dir, run, places, tmp_path):
    done = run(FINETUNE, "--precision=bfloat16", **places)
    assert done.returncode == 0, done.stderr
    (fv,) = commands(root_dir, done)
    records = f"{tmp_path}/my records"
    assert fv.input_file == f"{records}/discharge_summary.tfrecord"
    assert fv.num_train_steps == 100_000
    assert fv.bert_config_file == f"{tmp_path}/my bert/bert_config.json"
    assert fv.vocab_file == f"{tmp_path}/my bert/vocab.txt"
    assert fv.init_checkpoint == f"{tmp_path}/my bert/bert_model.ckpt"
    assert fv.output_dir == "outputs/clinical_bert_disch"
    assert fv.do_eval
    assert fv.eval_input_file is None
    assert fv.precision == "bfloat16"


def test_all_notes_that_are_there(root_dir, run, places, tmp_path):
    (tmp_path / "my bert" / "biobert_model.ckpt.index").touch()
    done = run(FINETUNE, DATA_FILE="all", OUTPUT="out", **places)
    assert done.returncode == 0, done.stderr
    (fv,) = commands(root_dir, done)
    records = f"{tmp_path}/my records"
    assert fv.input_file.split(",") == [
        f"{records}/discharge_summary.tfrecord",
        f"{records}/nursing-*.tfrecord",
        f"{records}/nursing_other.tfrecord",
    ]
    assert fv.num_train_steps == 150_000
    # BioBERT v1.0's name comes before BERT's.
    assert fv.init_checkpoint == f"{tmp_path}/my bert/biobert_model.ckpt"
    assert fv.output_dir == f"{tmp_path}/out"
    missing = done.stdout.partition("not trained on: ")[2].split("\n")[0]
    assert missing.split()[:2] == ["physician", "radiology"]
    assert len(missing.split()) == 12


def test_what_was_held_out_is_scored(root_dir, run, places, tmp_path):
    held_out = tmp_path / "my records" / "held_out"
    held_out.mkdir()
    (held_out / "nursing-00000-of-00002.tfrecord").touch()
    (held_out / "ecg.tfrecord").touch()
    wanted = {"DATA_FILE": "discharge_summary nursing", **places}
    (fv,) = commands(root_dir, run(FINETUNE, **wanted))
    assert fv.eval_input_file == f"{held_out}/nursing-*.tfrecord"
    assert fv.output_dir == "outputs/clinical_bert_discharge_summary_nursing"
    (fv,) = commands(root_dir, run(FINETUNE, "--eval_input_file=x", **wanted))
    assert fv.eval_input_file == "x"


def test_a_checkpoint_may_be_named(root_dir, run, places, tmp_path):
    (tmp_path / "my bert" / "bert_model.ckpt.index").unlink()
    (fv,) = commands(root_dir, run(FINETUNE, **places))
    assert fv.init_checkpoint == f"{tmp_path}/my bert"
    done = run(FINETUNE, CHECKPOINT="gs://a/model.ckpt-7", **places)
    (fv,) = commands(root_dir, done)
    assert fv.init_checkpoint == "gs://a/model.ckpt-7"


@pytest.mark.parametrize(
    ("environment", "what"),
    [
        ({"BERT_DIR": ""}, "BERT_DIR"),
        ({"BERT_DIR": "/nowhere"}, "bert_config.json"),
        ({"RECORDS": "/nowhere"}, "RECORDS=/nowhere"),
        ({"DATA_FILE": "nursing ecg"}, "of: ecg"),
        ({"DATA_FILE": "all", "RECORDS": "my bert"}, "discharge_summary"),
    ],
)
def test_what_is_not_there_is_told(root_dir, run, places, environment, what):
    done = run(FINETUNE, **{**places, **environment})
    assert done.returncode != 0
    assert what in done.stderr
    assert commands(root_dir, done) == []


def test_a_category_is_not_read_twice(root_dir, run, places, tmp_path):
    (tmp_path / "my records" / "nursing.tfrecord").touch()
    done = run(FINETUNE, DATA_FILE="nursing", **places)
    assert done.returncode == 2
    assert "has nursing twice" in done.stderr
    assert commands(root_dir, done) == []


@pytest.mark.parametrize(
    ("settings", "steps", "text"),
    [
        ({"PUBMED": "p/*"}, (1_000_000, None), "v1.1_pubmed"),
        ({"VERSION": "v1.0", "PUBMED": "p/*"}, (200_000, None), "v1.0_pubmed"),
        ({"VERSION": "v1.0", "PMC": "c/*"}, (270_000, None), "v1.0_pmc"),
        (
            {"VERSION": "v1.0", "PUBMED": "p/*", "PMC": "gs://c/a,d"},
            (200_000, 270_000),
            "v1.0_pubmed_pmc",
        ),
    ],
)
def test_biobert(root_dir, run, tmp_path, settings, steps, text):
    done = run(BIOBERT, BERT_DIR="b", **settings)
    assert done.returncode == 0, done.stderr
    (fv,) = commands(root_dir, done)
    assert (fv.num_train_steps, fv.phase2_num_train_steps) == steps
    assert fv.output_dir == f"outputs/biobert_{text}"
    first = "p/*" if "PUBMED" in settings else "c/*"
    assert fv.input_file == f"{tmp_path}/{first}"
    assert fv.init_checkpoint == f"{tmp_path}/b/bert_model.ckpt"
    if fv.phase2_num_train_steps:
        assert fv.phase2_input_file == f"gs://c/a,{tmp_path}/d"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"PMC": "c"},
        {"PUBMED": "p", "PMC": "c"},
        {"VERSION": "v1.0"},
        {"VERSION": "v1.2", "PUBMED": "p"},
    ],
)
def test_biobert_has_two_versions(root_dir, run, settings):
    done = run(BIOBERT, BERT_DIR="b", **settings)
    assert done.returncode == 2
    assert done.stderr.startswith("ERROR: ")
    assert commands(root_dir, done) == []


def test_bioalbert_has_four_mixes(root_dir, run, tmp_path):
    texts = {"PUBMED": "p/a,p/b", "PMC": "c", "MIMIC": "m"}
    done = run(
        BIOALBERT, "--num_train_steps=9", ALBERT_DIR="a", SIZE="large", **texts
    )
    assert done.returncode == 0, done.stderr
    made = {
        fv.output_dir: fv.input_file.replace(f"{tmp_path}/", "")
        for fv in commands(root_dir, done)
    }
    assert made == {
        "outputs/bioalbert_large/pubmed": "p/a,p/b",
        "outputs/bioalbert_large/pubmed_pmc": "p/a,p/b,c",
        "outputs/bioalbert_large/pubmed_mimic": "p/a,p/b,m",
        "outputs/bioalbert_large/pubmed_pmc_mimic": "p/a,p/b,c,m",
    }
    first = commands(root_dir, done)[0]
    assert first.num_train_steps == 9
    assert first.train_batch_size == 1024
    assert first.bert_config_file == f"{tmp_path}/a/albert_config.json"
    assert first.spm_model_file == f"{tmp_path}/a/30k-clean.model"
    assert first.init_checkpoint == f"{tmp_path}/a/model.ckpt-best"


def test_bioalbert_trains_what_is_given(root_dir, run):
    done = run(BIOALBERT, ALBERT_DIR="a", PUBMED="p", MIMIC="m")
    made = [fv.output_dir for fv in commands(root_dir, done)]
    assert [name.split("/")[-1] for name in made] == ["pubmed", "pubmed_mimic"]
    assert "pubmed_pmc: not trained" in done.stdout


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"PUBMED": ""}, "PUBMED"),
        ({"MIXES": "pubmed_mimic"}, "MIMIC is not given"),
        ({"MIXES": "mimic"}, "MIXES has mimic"),
        ({"SIZE": "xlarge"}, "SIZE=xlarge"),
    ],
)
def test_bioalbert_tells_what_is_wrong(root_dir, run, settings, what):
    done = run(BIOALBERT, **{"ALBERT_DIR": "a", "PUBMED": "p", **settings})
    assert done.returncode != 0
    assert what in done.stderr
    assert commands(root_dir, done) == []

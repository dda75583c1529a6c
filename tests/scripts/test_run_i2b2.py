"""clinicalBERT's grid: 18 runs, no two of them in one folder."""

import itertools
import os
import re
import subprocess


def run(root_dir, *flags, **environment):
    return subprocess.run(
        ["bash", "scripts/run_i2b2.sh", *flags],
        cwd=root_dir,
        env={"PATH": os.environ["PATH"], "PYTHON": "echo", **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def values(lines, flag):
    return [re.search(rf"--{flag}=(\S+)", line).group(1) for line in lines]


def test_every_point_of_the_grid_has_its_folder(root_dir):
    done = run(root_dir, "--seed=1", BERT_DIR="bert", NER_DIR="data")
    assert done.returncode == 0, done.stderr
    lines = [s for s in done.stdout.splitlines() if s.startswith("run_ner.py")]
    points = zip(
        values(lines, "num_train_epochs"),
        values(lines, "learning_rate"),
        values(lines, "train_batch_size"),
        strict=True,
    )
    assert sorted(points) == sorted(
        itertools.product("234", ("2e-5", "3e-5", "5e-5"), ("16", "32"))
    )
    folders = values(lines, "output_dir")
    assert len(set(folders)) == 18
    assert all(folder.startswith("outputs/i2b2_2010/") for folder in folders)
    assert all(line.endswith("--seed=1") for line in lines)
    assert set(values(lines, "flagfile")) == {
        "scripts/recipes/clinicalbert_ner.flags"
    }


def test_task_and_folder_can_be_chosen(root_dir):
    done = run(
        root_dir,
        BERT_DIR="a b",
        NER_DIR="data",
        TASK="i2b2_2014",
        OUTPUT="elsewhere",
    )
    assert "--task_name=i2b2_2014" in done.stdout
    assert "--vocab_file=a b/vocab.txt" in done.stdout
    assert "== elsewhere/epochs_4-rate_5e-5-batch_32" in done.stdout


def test_a_missing_folder_is_asked_for(root_dir):
    done = run(root_dir, BERT_DIR="bert")
    assert done.returncode != 0
    assert "NER_DIR" in done.stderr

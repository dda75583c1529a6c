"""clinicalBERT's grids: 18 runs each, no two of them in one folder."""

import itertools
import os
import re
import subprocess
import sys

import pytest

# Stands for Python: "trains" by writing what run_ner.py would leave, and runs
# the small scripts as they are.
FAKE = """#!/usr/bin/env bash
set -e
echo "$*" >> "$CALLS"
for word in "$@"; do
    [[ $word != --output_dir=* ]] || folder=${word#*=}
done
case $1 in
run_ner.py)
    for fold in $FOLDS; do
        mkdir -p "$folder/$fold"
        printf 'a B-x B-x\\nb B-x O\\n' > "$folder/$fold/NER_result_conll.txt"
        printf 'a B-x B-x\\n' > "$folder/$fold/NER_result_conll_eval.txt"
    done ;;
run_classifier.py)
    mkdir -p "$folder"
    printf 'accuracy = 0.5\\nloss = 1.0\\n' > "$folder/eval_results.txt"
    printf 'accuracy = 0.0\\nloss = 1.0\\n' > "$folder/test_results.txt" ;;
*) exec "$REAL" "$@" ;;
esac
"""


def run(root_dir, *flags, script="run_i2b2", **environment):
    return subprocess.run(
        ["bash", f"scripts/{script}.sh", *flags],
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
    assert f"--vocab_file={root_dir}/a b/vocab.txt" in done.stdout
    # The caller's folder, wherever the script goes to.
    point = f"{root_dir}/elsewhere/epochs_4-rate_5e-5-batch_32"
    assert f"== {point}" in done.stdout


def test_a_missing_folder_is_asked_for(root_dir):
    done = run(root_dir, BERT_DIR="bert")
    assert done.returncode != 0
    assert "NER_DIR" in done.stderr


@pytest.fixture
def grid(root_dir, tmp_path):
    """Runs a small grid with the stand-in for Python."""
    fake = tmp_path / "python"
    fake.write_text(FAKE)
    fake.chmod(0o755)

    def go(*flags, **environment):
        calls = tmp_path / "calls"
        calls.write_text("")
        done = run(
            root_dir,
            *flags,
            **{
                "PYTHON": str(fake),
                "REAL": sys.executable,
                "CALLS": str(calls),
                "BERT_DIR": "bert",
                "OUTPUT": str(tmp_path / "out"),
                "EPOCHS": "2",
                "RATES": "2e-5",
                "FOLDS": ".",
                **environment,
            },
        )
        assert done.returncode == 0, done.stderr
        text = calls.read_text()
        return len(re.findall(r"^run_\w+\.py", text, re.M)), done.stdout

    return go


def test_each_fold_and_mode_is_scored(grid, tmp_path):
    runs, shown = grid(NER_DIR="data", FOLDS="fold_0 fold_9", BATCHES="16")
    assert runs == 1
    point = tmp_path / "out" / "epochs_2-rate_2e-5-batch_16"
    for fold in ("0", "9"):
        gold = point / fold / "test" / "gold" / "i2b2.con"
        assert gold.read_text() == (
            'c="a" 1:0 1:0||t="X"\nc="b" 1:1 1:1||t="X"'
        )
        scores = (point / fold / "test" / "final_results.txt").read_text()
        assert scores.split("\n")[1] == "1.00000\t0.50000\t0.66667"
        assert (point / fold / "eval" / "pred" / "i2b2.con").exists()
    table = (tmp_path / "out" / "grid.tsv").read_text()
    assert table in shown
    header, row = table.splitlines()
    assert len(header.split("\t")) == len(row.split("\t")) == 7
    assert row == f"{point}\t" + "1.00000\t" * 3 + "1.00000\t0.50000\t0.66667"


def test_points_that_are_done_are_skipped(grid, tmp_path):
    values = {"script": "run_classifier", "DATA_DIR": "mednli"}
    assert grid(**values)[0] == 2  # batches of 16 and 32
    done = tmp_path / "out" / "epochs_2-rate_2e-5-batch_32" / "point.done"
    done.unlink()
    runs, shown = grid(**values)
    assert runs == 1
    assert shown.count("skipped") == 1
    assert grid(**values)[0] == 0
    assert grid("--seed=2", **values)[0] == 2  # other settings
    table = (tmp_path / "out" / "grid.tsv").read_text().splitlines()
    assert [row.split("\t")[1:] for row in table[1:]] == [["0.5", "0.0"]] * 2


def test_mednlis_grid(root_dir):
    done = run(
        root_dir, script="run_classifier", BERT_DIR="b", DATA_DIR="mednli"
    )
    assert done.returncode == 0, done.stderr
    lines = [s for s in done.stdout.splitlines() if s.startswith("run_cl")]
    assert sorted(
        zip(
            values(lines, "num_train_epochs"),
            values(lines, "learning_rate"),
            values(lines, "train_batch_size"),
            strict=True,
        )
    ) == sorted(itertools.product("345", ("2e-5", "3e-5", "5e-5"), ("16", "8")))
    assert set(values(lines, "gradient_accumulation_steps")) == {"2"}
    assert len(set(values(lines, "output_dir"))) == 18
    assert (
        "DATA_DIR"
        in run(root_dir, script="run_classifier", BERT_DIR="b").stderr
    )

"""run_i2b2.sh and run_classifier.sh: each point once, in the caller's folders.

Nothing is trained: a program that stands for Python leaves the files that the
scripts look for.
"""

import os
import subprocess

import pytest

PROGRAM = """#!/usr/bin/env bash
echo "$*" >> "$CALLS"
for word in "$@"; do
    case $word in --output_dir=*) folder=${word#*=} ;; esac
done
case $1 in
run_ner.py)
    mkdir -p "$folder"/fold_{8,9,10}
    touch "$folder"/fold_{8,9,10}/NER_result_conll.txt
    ;;
scripts/score_i2b2.py)
    mkdir -p "$folder"
    fold=${folder%/test}
    printf 'Precision\\tRecall\\tF1\\n%s\\t0\\t0\\n' "${fold##*/}" \\
        > "$folder/final_results.txt"
    ;;
run_classifier.py)
    mkdir -p "$folder"
    echo "eval_accuracy = 0.5" > "$folder/eval_results.txt"
    echo "test_accuracy = 0.25" > "$folder/test_results.txt"
    ;;
esac
"""
GRID = {"EPOCHS": "2 3", "RATES": "2e-5", "BATCHES": "16"}


@pytest.fixture
def run(root_dir, tmp_path):
    """Runs a grid from another folder; returns what it called, its table."""
    program = tmp_path / "python"
    program.write_text(PROGRAM)
    program.chmod(0o700)
    calls = tmp_path / "calls"

    def run_grid(script, **settings):
        calls.write_text("")
        subprocess.run(
            ["bash", str(root_dir / "scripts" / script)],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHON": str(program),
                "CALLS": str(calls),
                "BERT_DIR": "bert",
                "OUTPUT": "out",
                **GRID,
                **settings,
            },
            check=True,
            capture_output=True,
        )
        table = (tmp_path / "out" / "grid.tsv").read_text()
        rows = [line.split("\t") for line in table.splitlines()]
        return calls.read_text().splitlines(), rows

    return run_grid


def test_i2b2(run, tmp_path):
    called, rows = run("run_i2b2.sh", NER_DIR="ner", TASK="i2b2_2006")
    training = [call for call in called if call.startswith("run_ner.py")]
    assert len(training) == 2
    for word in (
        "--task_name=i2b2_2006",
        f"--data_dir={tmp_path}/ner",
        f"--vocab_file={tmp_path}/bert/vocab.txt",
        f"--init_checkpoint={tmp_path}/bert/bert_model.ckpt",
        f"--output_dir={tmp_path}/out/epochs_2-rate_2e-5-batch_16",
    ):
        assert word in training[0].split()
    # The last fold's by number, not by name; nothing of dev is there.
    assert [row[1:] for row in rows[1:]] == [["-"] * 3 + ["10", "0", "0"]] * 2
    again, same = run("run_i2b2.sh", NER_DIR="ner", TASK="i2b2_2006")
    assert (again, same) == ([], rows)


def test_mednli(run, tmp_path):
    called, rows = run("run_classifier.sh", DATA_DIR="nli", CHECKPOINT="c/x")
    assert len(called) == 2
    for word in (
        f"--data_dir={tmp_path}/nli",
        f"--init_checkpoint={tmp_path}/c/x",
        "--train_batch_size=8",  # times two accumulated parts
        "--num_train_epochs=2",
    ):
        assert word in called[0].split()
    assert [row[1:] for row in rows[1:]] == [["0.5", "0.25"]] * 2
    again, same = run(
        "run_classifier.sh", DATA_DIR="nli", CHECKPOINT="c/x", EPOCHS="2 3 4"
    )
    assert len(again) == 1
    assert same[:-1] == rows

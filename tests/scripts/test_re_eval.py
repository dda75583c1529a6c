"""BioBERT's re_eval.py by its command line."""

from __future__ import annotations

import pytest

from tests.evaluation.test_relation_scores import (
    CHEMPROT,
    CHEMPROT_TABLE,
    DDI,
    DDI_TABLE,
    GAD_TABLE,
)
from tests.scripts.script_runs import REPORT_TENSORFLOW, run_program


def written(tmp_path, table, labels, *, spelled=str):
    """Writes test.tsv and test_results.tsv as a run leaves them."""
    gold, found = table
    answers = tmp_path / "test.tsv"
    answers.write_text(
        "index\tsentence\tlabel\n"
        + "".join(
            f'{n}\ta "secret @GENE$\t{spelled(label)}\n'
            for n, label in enumerate(gold)
        )
    )
    results = tmp_path / "test_results.tsv"
    results.write_text(
        "".join(
            "\t".join("0.7" if label == guess else "0.05" for label in labels)
            + "\n"
            for guess in found
        )
    )
    return results, answers


def evaluate(root_dir, files, *words):
    results, answers = files
    return run_program(
        root_dir,
        "-c",
        REPORT_TENSORFLOW,
        "scripts/re_eval.py",
        f"--output_path={results}",
        f"--answer_path={answers}",
        *words,
    )


def test_binary(root_dir, tmp_path):
    files = written(tmp_path, GAD_TABLE, ("0", "1"))
    done = evaluate(root_dir, files)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "f1 score    : 71.43%\n"
        "recall      : 83.33%\n"
        "precision   : 62.50%\n"
        "specificity : 57.14%\n"
    )
    assert "heavy: []" in done.stderr


@pytest.mark.parametrize("spelled", [str, str.lower])
def test_chemprot_with_a_class_missing(root_dir, tmp_path, spelled):
    files = written(tmp_path, CHEMPROT_TABLE, CHEMPROT, spelled=spelled)
    done = evaluate(root_dir, files, "--task=chemprot")
    assert done.stdout == (
        "f1 score    : 66.67%\nrecall      : 65.00%\nprecision   : 68.42%\n"
    )


def test_ddi_in_biobert_spelling(root_dir, tmp_path):
    files = written(
        tmp_path, DDI_TABLE, DDI, spelled=lambda x: x.removeprefix("DDI-")
    )
    done = evaluate(root_dir, files, "--task=ddi")
    assert "f1 score    : 66.67%\n" in done.stdout
    assert "macro f1 score : 52.56%\n" in done.stdout


def test_files_that_do_not_belong_together(root_dir, tmp_path):
    results, answers = written(tmp_path, GAD_TABLE, ("0", "1"))
    done = evaluate(root_dir, (results, answers), "--task=chemprot")
    assert done.returncode == 2
    assert f"{answers}:2" in done.stderr
    assert "secret" not in done.stderr
    with open(results, "a") as file:
        file.write("0.5\t0.5\n")
    done = evaluate(root_dir, (results, answers))
    assert "got 14 rows of probabilities" in done.stderr
    with open(results, "a") as file:
        file.write("0.5\tx\n")
    done = evaluate(root_dir, (results, answers))
    assert f"{results}:15" in done.stderr

"""From n-best answers to BioASQ's format, and to its scores."""

from __future__ import annotations

import json

import pytest

from tests.scripts.script_runs import run_program

GOLDEN = {
    "questions": [
        {"id": "f1", "type": "factoid", "exact_answer": [["Tau", "MAPT"]]},
        {"id": "f2", "type": "factoid", "exact_answer": ["p53"]},
        {"id": "f3", "type": "factoid", "exact_answer": [["never asked"]]},
        {"id": "l1", "type": "list", "exact_answer": [["a", "A1"], ["b"]]},
        {"id": "y1", "type": "yesno", "exact_answer": "yes"},
        {"id": "y2", "type": "yesno", "exact_answer": "no"},
        {"id": "s1", "type": "summary"},
    ]
}


def answer(name, kind, exact):
    return {"id": name, "type": kind, "exact_answer": exact}


def written(path, value):
    path.write_text(json.dumps(value))
    return path


def score(root_dir, golden, answers):
    return run_program(
        root_dir,
        "scripts/score_bioasq.py",
        f"--golden={golden}",
        f"--answers={answers}",
    )


def test_scores_by_hand(root_dir, tmp_path):
    answers = {
        "questions": [
            answer("f1", "factoid", [["x"], ["mapt"]]),
            answer("f2", "factoid", [["P53"]]),
            answer("l1", "list", [["A1"], ["c"], ["b"], ["a"]]),
            answer("y1", "yesno", "yes"),
            answer("y2", "yesno", "yes"),
        ]
    }
    done = score(
        root_dir,
        written(tmp_path / "golden.json", GOLDEN),
        written(tmp_path / "answers.json", answers),
    )
    assert done.returncode == 0, done.stderr
    *lines, numbers = done.stdout.splitlines()
    assert "factoid: 2 of 3 questions answered" in lines
    assert "factoid MRR: 0.7500" in lines
    # l1: 2 of 4 found, 2 of 2 there. yes: 2/3, no: 0.
    assert numbers == (
        "0.5000 0.5000 1.0000 0.7500 0.5000 1.0000 0.6667 0.3333 0.6667 0.0000"
    )


def test_nothing_to_score_is_said(root_dir, tmp_path):
    golden = written(tmp_path / "golden.json", GOLDEN)
    other = written(
        tmp_path / "answers.json",
        {"questions": [answer("f9", "factoid", [["x"]])]},
    )
    done = score(root_dir, golden, other)
    assert done.returncode == 2
    assert "no question is answered" in done.stderr
    done = score(root_dir, golden, written(tmp_path / "other.json", {}))
    assert done.returncode == 2
    assert "questions" in done.stderr


@pytest.mark.parametrize("to_folder", [True, False])
def test_from_n_best_to_scores(root_dir, tmp_path, to_folder):
    n_best = {
        "f1_000": [{"text": "tau", "probability": 0.9}],
        "f2_000": [{"text": "mdm2", "probability": 0.6}],
        "f2_001": [
            {"text": "P53", "probability": 0.5},
            {"text": "p53", "probability": 0.2},
        ],
    }
    output = tmp_path if to_folder else tmp_path / "mine.json"
    done = run_program(
        root_dir,
        "scripts/transform_nbset2bioasqform.py",
        f"--nbest_path={written(tmp_path / 'n_best.json', n_best)}",
        f"--output_path={output}",
    )
    assert done.returncode == 0, done.stderr
    name = "BioASQform_BioASQ-answer.json"
    handed_in = tmp_path / name if to_folder else output
    shown = tmp_path / (
        f"WithProb_{name}" if to_folder else "mine.json_WithProb"
    )
    text = handed_in.read_text()
    assert text.startswith('{\n  "questions"')
    (first, second) = json.loads(text)["questions"]
    assert first["exact_answer"] == [["tau"]]
    assert second["exact_answer"] == [["P53"], ["mdm2"]]
    (_, second) = json.loads(shown.read_text())["questions"]
    assert second["exact_answer"][0] == ["P53", pytest.approx(0.7)]
    done = score(root_dir, written(tmp_path / "golden.json", GOLDEN), handed_in)
    assert "factoid strict accuracy: 1.0000" in done.stdout


def test_golden_answers_are_all_right(root_dir, shared_dir):
    for path in sorted((shared_dir / "data/qa/bioasq").glob("?B1_golden.json")):
        done = score(root_dir, path, path)
        assert done.returncode == 0, done.stderr
        for name in ("factoid strict accuracy", "list F1", "yesno accuracy"):
            assert f"{name}: 1.0000" in done.stdout

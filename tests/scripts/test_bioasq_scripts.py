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


BIOASQ = {
    "questions": [
        {
            "id": name,
            "type": kind,
            "body": body,
            "exact_answer": exact,
            "snippets": [{"text": text} for text in snippets],
        }
        for name, kind, body, exact, snippets in [
            ("f1", "factoid", "Which?", [["Tau"]], ["It is tau.", "Not it."]),
            ("l1", "list", "Which two?", [["A1"], ["b"]], ["A1, b.", "A1"]),
            ("y1", "yesno", "Is it?", "yes", ["It is.", "So it is."]),
        ]
    ]
}


def test_from_bioasq_to_squad_and_handed_in(root_dir, tmp_path):
    """All types, with predictions that are right, in one file."""
    golden = written(tmp_path / "golden.json", BIOASQ)
    out = tmp_path / "answers.json"
    right = {"factoid": ["Tau"], "list": ["A1", "b"], "yesno": [1.5]}
    for kind, texts in right.items():
        done = run_program(
            root_dir,
            "scripts/bioasq_to_squad.py",
            f"--input={golden}",
            f"--type={kind}",
            f"--output={tmp_path / 'squad.json'}",
        )
        assert done.returncode == 0, done.stderr
        assert "questions of other types: 2" in done.stdout
        squad = json.loads((tmp_path / "squad.json").read_text())
        names = [
            entry["id"]
            for paragraph in squad["data"][0]["paragraphs"]
            for entry in paragraph["qas"]
        ]
        assert names == [f"{kind[0]}1_000", f"{kind[0]}1_001"]
        predicted = {
            name: ["yes", texts]
            if kind == "yesno"
            else [{"text": t, "probability": 0.45} for t in texts]
            for name in names
        }
        done = run_program(
            root_dir,
            "scripts/transform_nbset2bioasqform.py",
            f"--nbest_path={written(tmp_path / 'n_best.json', predicted)}",
            f"--output_path={out}",
            f"--type={kind}",
            f"--questions={tmp_path / 'squad.json'}",
            "--append",
        )
        assert done.returncode == 0, done.stderr
    handed_in = json.loads(out.read_text())["questions"]
    assert [q["id"] for q in handed_in] == ["f1", "l1", "y1"]
    done = score(root_dir, golden, out)
    numbers = done.stdout.splitlines()[-1].split()
    assert numbers[:7] == ["1.0000"] * 7


def test_what_is_left_out_is_named(root_dir, tmp_path):
    golden = written(tmp_path / "golden.json", BIOASQ)
    squad = tmp_path / "squad.json"
    done = run_program(
        root_dir,
        "scripts/bioasq_to_squad.py",
        f"--input={golden}",
        "--with_answers",
        f"--output={squad}",
    )
    assert done.returncode == 0, done.stderr
    assert "answers not found: 1" in done.stdout
    lines = (tmp_path / "squad.json.left_out.tsv").read_text().splitlines()
    assert lines[1:] == ["f1\t1\tanswer not found"]
    back = tmp_path / "back.json"
    done = run_program(
        root_dir,
        "scripts/squad_to_bioasq.py",
        f"--input={squad}",
        f"--output={back}",
    )
    assert done.returncode == 0, done.stderr
    (question,) = json.loads(back.read_text())["questions"]
    assert question["exact_answer"] == [["tau"]]
    assert question["snippets"] == [{"text": "It is tau."}]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("factoid", {"f1_000": "Tau"}),
        ("list", {"f1_000": [{"probability": 1}]}),
        ("yesno", {"f1_000": [{"text": "Tau"}]}),
    ],
)
def test_other_predictions_are_refused(root_dir, tmp_path, kind, value):
    done = run_program(
        root_dir,
        "scripts/transform_nbset2bioasqform.py",
        f"--nbest_path={written(tmp_path / 'n_best.json', value)}",
        f"--output_path={tmp_path / 'out.json'}",
        f"--type={kind}",
    )
    assert done.returncode == 2, done.stderr
    assert "Tau" not in done.stderr
    assert not (tmp_path / "out.json").exists()

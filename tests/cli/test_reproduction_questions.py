"""BioASQ's files, and what is made of answers to them."""

import json

import pytest

from cli import reproduction_attempts, reproduction_questions
from cli.reproduction_plan import Run
from cli.reproduction_rows import Call, row_of
from evaluation.bioasq import score_factoids
from foundation import files
from foundation.errors import InputError
from reporting.experiments import find_table
from reporting.units import units_of_run

ANSWER = {"text": "insulin", "probability": 0.9}
EXPERIMENT = find_table("biobert_qa").experiment("bioasq_5b")


def paragraph(question, number, answer=None):
    entry = {"id": f"{question}_{number:03d}", "question": f"which {question}?"}
    if answer is not None:
        entry["answers"] = [{"text": answer, "answer_start": 0}]
    return {"context": f"{answer or question} it is", "qas": [entry]}


def write(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def bioasq(tmp_path):
    """Three questions to train on, one of them asked in the test, too."""
    folder = tmp_path / "BioASQ"
    (folder / "derived").mkdir(parents=True)
    seen = [paragraph(q, 1, "x") for q in ("old1", "old2", "new1")]
    squad = {"version": "BioASQ", "data": [{"paragraphs": seen}]}
    write(folder / "derived" / "BioASQ-train-factoid-4b5b.json", squad)
    asked = {1: [("new1", 1), ("new1", 2)], 2: [("new2", 1), ("new3", 1)]}
    for batch, of_batch in asked.items():
        test = {"data": [{"paragraphs": [paragraph(*q) for q in of_batch]}]}
        write(folder / f"BioASQ-test-factoid-5b-{batch}.json", test)
    golden = [
        {"id": "new1", "type": "factoid", "exact_answer": ["TP53", "p53"]},
        {"id": "list1", "type": "list", "exact_answer": [["a"]]},
    ]
    write(folder / "5B1_golden.json", {"questions": golden})
    more = [
        {"id": "new2", "type": "factoid", "exact_answer": [["Insulin"]]},
        {"id": "new3", "type": "factoid", "exact_answer": "leptin"},
    ]
    write(folder / "5B2_golden.json", {"questions": more})
    return folder


def prepare(bioasq, tmp_path):
    out = tmp_path / "data"
    flags = reproduction_questions.prepare(EXPERIMENT, str(bioasq), str(out))
    return out, flags


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def ids(path):
    (part,) = read(path)["data"]
    return [p["qas"][0]["id"] for p in part["paragraphs"]]


def test_questions_of_the_test_are_not_trained_on(bioasq, tmp_path):
    out, flags = prepare(bioasq, tmp_path)
    assert ids(out / "train.json") == ["old1_001", "old2_001"]
    assert ids(out / "test.json") == [
        *("new1_001", "new1_002", "new2_001", "new3_001")
    ]
    assert flags == {
        "train_file": str(out / "train.json"),
        "predict_file": str(out / "test.json"),
    }
    golden = read(out / "golden.json")["questions"]
    assert [q["id"] for q in golden] == ["new1", "new2", "new3"]


def test_answers_are_scored_by_question(bioasq, tmp_path):
    out, _ = prepare(bioasq, tmp_path)
    run = tmp_path / "run"
    run.mkdir()
    n_best = {
        "new1_001": [{"text": "BRCA1", "probability": 0.6}],
        "new1_002": [{"text": "P53", "probability": 0.5}],
        "new2_001": [{"text": "insulin", "probability": 0.9}],
    }
    write(run / "nbest_predictions.json", n_best)
    scores = reproduction_questions.score(str(out), str(run))
    ours = score_factoids(
        [["TP53", "p53"], ["Insulin"], ["leptin"]],
        [["BRCA1", "P53"], ["insulin"], []],
    )
    assert scores == {
        "bioasq_strict_accuracy": ours.strict_accuracy,
        "bioasq_lenient_accuracy": ours.lenient_accuracy,
        "bioasq_mrr": ours.mrr,
    }
    assert scores["bioasq_mrr"] == 0.5  # (1/2 + 1 + 0) / 3
    found = read(run / "bioasq_results.json")
    assert [q["rank"] for q in found["questions"]] == [2, 1, 0]


def test_the_score_is_that_of_the_counts_by_question(bioasq, tmp_path):
    out, _ = prepare(bioasq, tmp_path)
    run = tmp_path / "run"
    run.mkdir()
    write(run / "nbest_predictions.json", {})
    results = {"scores": {"test": {"f1": 0.0}}, "task": "", "headline": "f1"}
    write(run / "results.json", results)
    scores = reproduction_questions.score(str(out), str(run))
    units = units_of_run(str(run), metric="bioasq_mrr", split="test")
    assert units.score() == scores["bioasq_mrr"] == 0.0
    assert len(units.counts) == 3


def test_what_is_missing_is_named(bioasq, tmp_path):
    for path in bioasq.glob("5B*"):
        path.unlink()
    with pytest.raises(InputError, match="golden"):
        prepare(bioasq, tmp_path)


def test_a_question_without_golden_answer_is_not_left_out(bioasq, tmp_path):
    (bioasq / "5B2_golden.json").unlink()
    with pytest.raises(InputError, match="got 1 answers to 3 questions"):
        prepare(bioasq, tmp_path)


def test_a_run_on_questions_becomes_a_line(bioasq, tmp_path):
    # Files as run_qa.py leaves them where no gold answer is in test.json.
    out, data = prepare(bioasq, tmp_path)
    folder = tmp_path / "out" / "run"
    folder.mkdir(parents=True)
    write(folder / "nbest_predictions.json", {"new2_001": [ANSWER]})
    (folder / "run.flags").write_text("--learning_rate=5e-6\n", "utf-8")
    file = {"path": str(out / "test.json"), "sha256": "0f", "num_questions": 4}
    results = {
        "scores": {},
        "headline": "f1",
        "best_on_dev": None,
        "global_step": 5,
        "files": {"test": [file]},
    }
    write(folder / "results.json", results)
    run = Run(
        table=find_table("biobert_qa"),
        experiment=EXPERIMENT,
        purpose="result",
        seed=1,
        fold=None,
        data=data,
        changed={},
        split="test",
        model={"init_checkpoint": "biobert"},
        model_sha256={"vocab.txt": "0f"},
        folder=str(folder),
    )
    reproduction_attempts.begin(run.folder, threads=1, gpu=None)
    row, counts = row_of(run, Call({}, str(tmp_path / "out")))
    assert row.score == pytest.approx(100 / 3)
    assert counts.score() == pytest.approx(1 / 3)
    assert "rank" in row.definition
    (golden,) = row.files["golden"]
    assert golden["sha256"] == files.sha256_of(str(out / "golden.json"))
    assert golden["num_questions"] == 3


def test_two_files_to_train_on_are_refused(bioasq, tmp_path):
    write(bioasq / "BioASQ-train-factoid-5b.json", {"data": []})
    with pytest.raises(InputError, match="2 files named"):
        prepare(bioasq, tmp_path)

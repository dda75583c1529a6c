"""run_classifier.py from flags to files, with a tiny model."""

from __future__ import annotations

import logging
import shutil

import numpy as np
import pytest

from evaluation.classes import accuracy
from evaluation.correlation import pearson
from foundation.errors import InputError
from reporting import units
from tests.ner_runs import json_lines, lines_of, read_json, values_of
from tests.text_runs import (
    run,
    run_flags,
    table_of,
    toy_rows,
    write_table,
    write_toy,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def toy_dir(tmp_path_factory):
    """Toy splits of three classes."""
    folder = tmp_path_factory.mktemp("toy")
    write_toy(folder, train=48, dev=9, test=13)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory, bert_dir, toy_dir):
    """A model that knows the toy's signs; dev chose the checkpoint."""
    folder = tmp_path_factory.mktemp("trained")
    code = run(
        bert_dir,
        task_name="text",
        data_dir=toy_dir,
        output_dir=folder,
        do_train=True,
        do_eval=True,
        do_predict=True,
        num_train_epochs=12,
        eval_every_epochs=3,
        pictures=True,
    )
    assert code == 0
    return folder


def test_classes_are_learned_and_all_files_written(trained):
    scores = values_of(trained / "eval_results.txt")
    assert scores["eval_accuracy"] == scores["accuracy"] == 1.0
    assert scores["eval_loss"] == scores["loss"]
    results = read_json(trained / "results.json")
    assert results["labels"] == ["maybe", "no", "yes"]
    assert "share of rows" in results["definitions"]["accuracy"]
    for name in (
        "test_results.txt",
        "classification_report.txt",
        "confusion.png",
        "learning_curves.png",
        "classifier.json",
        "label_map.json",
        "vocab.txt",
        "run.flags",
    ):
        assert (trained / name).stat().st_size > 0, name
    report = (trained / "classification_report.txt").read_text("utf-8")
    assert "weighted avg" in report


def test_both_splits_can_be_counted_by_row(trained, toy_dir):
    results = read_json(trained / "results.json")
    for split, name in (("dev", "predictions_eval"), ("test", "predictions")):
        given = table_of(toy_dir / f"{split}.tsv")
        rows = table_of(trained / f"{name}.tsv")
        assert [r["gold"] for r in rows] == [row["label"] for row in given]
        counted = units.units_of_run(
            str(trained), metric="macro_f1", split=split
        )
        assert counted.score() == results["scores"][split]["macro_f1"]


def test_prediction_files_say_the_same(trained, toy_dir):
    rows = table_of(trained / "predictions.tsv")
    given = table_of(toy_dir / "test.tsv")
    assert [row["id"] for row in rows] == [row["id"] for row in given]
    assert [row["gold"] for row in rows] == [row["label"] for row in given]
    names = ["maybe", "no", "yes"]
    for row in rows:
        chances = {name: float(row[name]) for name in names}
        assert sum(chances.values()) == pytest.approx(1, abs=1e-6)
        assert max(chances, key=chances.__getitem__) == row["prediction"]
    right = accuracy(
        [row["gold"] for row in rows], [row["prediction"] for row in rows]
    )
    assert right == values_of(trained / "test_results.txt")["accuracy"]
    plain = lines_of(trained / "test_results.tsv")
    for line, row in zip(plain, rows, strict=True):
        numbers = [float(cell) for cell in line.split("\t")]
        expected = [float(row[name]) for name in names]
        np.testing.assert_allclose(numbers, expected, rtol=1e-6)
    submitted = table_of(trained / "submit_results.tsv")
    assert [row["index"] for row in submitted] == [r["id"] for r in rows]
    assert [r["prediction"] for r in submitted] == [
        r["prediction"] for r in rows
    ]


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("number", [1, 9, 33])
def test_no_row_is_lost(trained, tmp_path, batch_size, number):
    """The folder alone is enough: no vocabulary, no config, no labels."""
    rows = toy_rows(number, seed=99)
    write_table(tmp_path / "x.tsv", [row[:2] for row in rows], "id,text")
    out = tmp_path / "out"
    shutil.copytree(trained, out)
    code = run_flags(
        "classifier",
        task_name="text",
        predict_file=tmp_path / "x.tsv",
        output_dir=out,
        predict_batch_size=batch_size,
    )
    assert code == 0
    found = table_of(out / "predictions.tsv")
    assert [row["id"] for row in found] == [row[0] for row in rows]
    assert [row["prediction"] for row in found] == [row[2] for row in rows]
    assert "gold" not in found[0]
    # What belongs to the scores of the test set stays beside them.
    kept = (out / "of_test" / "predictions.tsv").read_bytes()
    assert kept == (trained / "predictions.tsv").read_bytes()


def test_raw_lines_are_predicted(trained, tmp_path):
    rows = toy_rows(5, seed=7)
    text = "\n".join(row[1] for row in rows)
    (tmp_path / "x.txt").write_text(text, encoding="utf-8")
    code = run_flags(
        "classifier",
        task_name="text",
        predict_file=tmp_path / "x.txt",
        init_checkpoint=trained,
        output_dir=tmp_path / "out",
    )
    assert code == 0
    found = table_of(tmp_path / "out" / "predictions.tsv")
    assert [row["prediction"] for row in found] == [row[2] for row in rows]
    assert [row["id"] for row in found] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("task", "values"),
    [
        ("MedNLI", {}),
        ("mednli", {"shuffle": "original", "train_step": 2}),
        ("hoc", {"class_weights": "balanced", "learning_rate": 1e-2}),
        ("hoc_documents", {"overflow": "window", "max_seq_length": 12}),
        ("sts_b", {"head_dropout": 0.5}),
        ("race", {"max_qa_length": 12, "max_seq_length": 40}),
        ("pubmedqa", {"overflow": "window", "pooling": "max"}),
        ("cola", {"num_seeds": 2}),
    ],
)
def test_each_kind_runs(bert_dir, fixtures_dir, tmp_path, task, values):
    """Trains a step or two; every test row has its line."""
    name = task.lower()
    given = {"num_train_epochs": None if "train_step" in values else 4}
    code = run(
        bert_dir,
        **given,
        task_name=task,
        data_dir=fixtures_dir / "corpora" / name,
        output_dir=tmp_path,
        do_train=True,
        do_eval=True,
        do_predict=True,
        train_batch_size=2,
        **values,
    )
    assert code == 0
    folder = tmp_path / "seed_3" if "num_seeds" in values else tmp_path
    rows = table_of(folder / "predictions.tsv")
    assert len(rows) == len(lines_of(folder / "test_results.tsv"))
    assert len({row["id"] for row in rows}) == len(rows)
    scores = values_of(folder / "eval_results.txt")
    if task == "sts_b":
        gold = [float(row["gold"]) for row in rows if "gold" in row]
        predicted = [float(row["prediction"]) for row in rows]
        if gold:
            again = pearson(gold, predicted)
            found = values_of(folder / "test_results.txt")["pearson"]
            assert found == again
        assert set(scores) >= {"pearson", "spearman", "mse"}
    if "hoc" in task:
        assert "document_example_f1" in scores
    if "num_seeds" in values:
        seeds = read_json(tmp_path / "seeds.json")
        assert "mean" in str(seeds)


def test_windows_read_the_end_of_a_document(bert_dir, tmp_path):
    """The label hangs on the last 4 of 40 words; a row holds 14 pieces."""
    write_toy(tmp_path / "data", length=40, signs=4, train=96, test=60)
    scores = {}
    for overflow in ("truncate", "window"):
        run(
            bert_dir,
            task_name="text",
            data_dir=tmp_path / "data",
            output_dir=tmp_path / overflow,
            do_train=True,
            do_predict=True,
            max_seq_length=16,
            num_train_epochs=15,
            overflow=overflow,
            pooling="max" if overflow == "window" else None,
        )
        results = values_of(tmp_path / overflow / "test_results.txt")
        scores[overflow] = results["accuracy"]
        rows = table_of(tmp_path / overflow / "predictions.tsv")
        assert len(rows) == 60  # one prediction a document
    assert scores["window"] > 0.95
    assert scores["truncate"] < 0.6  # chance is a third


def test_a_leak_is_reported(bert_dir, toy_dir, tmp_path, caplog):
    data = tmp_path / "data"
    shutil.copytree(toy_dir, data)
    train = lines_of(data / "train.tsv")
    with (data / "test.tsv").open("a", encoding="utf-8") as file:
        file.write("\n".join(train[1:6]) + "\n")
    with caplog.at_level(logging.WARNING):
        run(
            bert_dir,
            task_name="text",
            data_dir=data,
            output_dir=tmp_path / "out",
            do_train=True,
            do_predict=True,
        )
    assert "5 of 18 test rows (27.8%)" in caplog.text
    seen = read_json(tmp_path / "out" / "results.json")["rows_seen"]
    assert seen == {"test in train": 5}
    assert "protein" not in caplog.text


def test_clinicalberts_command_line(bert_dir, fixtures_dir, tmp_path):
    """Rows of an update are divided by --gradient_accumulation_steps."""
    code = run(
        bert_dir,
        init_checkpoint=None,
        bert_model="clinical_bert",
        model_loc=bert_dir,
        task_name="mednli",
        data_dir=fixtures_dir / "corpora" / "mednli",
        output_dir=tmp_path,
        do_train=True,
        do_eval=True,
        do_test=True,
        no_cuda=True,
        local_rank=-1,
        loss_scale=0,
        train_batch_size=2,
        gradient_accumulation_steps=2,
        num_train_epochs=3,
        max_seq_length=32,
    )
    assert code == 0
    steps = [line["step"] for line in _metrics(tmp_path) if "loss" in line]
    lines = lines_of(fixtures_dir / "corpora/mednli/mli_train_v1.jsonl")
    rows = sum('"gold_label": "-"' not in line for line in lines)
    assert steps[-1] == int(rows / 2 * 3)
    assert (tmp_path / "test_results.txt").exists()


def _metrics(folder):
    return json_lines(folder / "metrics.jsonl")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"task_name": "mednly"}, "did you mean mednli"),
        ({"task_name": None}, "no corpus"),
        ({"doc_stride": 4}, "without windows"),
        ({"pooling": "max"}, "without windows"),
        ({"threshold": 0.4}, "without several labels"),
        ({"max_qa_length": 9}, "without texts to choose from"),
        ({"high_only": True}, "for RACE"),
        ({"task_name": "chemprot"}, "run_re.py knows it"),
        ({"train_step": 3, "num_train_epochs": 2}, "how long to train"),
        ({"export_dir": "x"}, "not for this script"),
        ({"threshold_to_export": 0.5}, "not for this script"),
        ({"albert_hub_module_handle": "x"}, "init_checkpoint"),
        ({"bert_model": "biobert"}, "names no weights"),
        ({"label_col": "labels"}, "no column of the label"),
        ({"text_col": 7}, "a row is too short"),
        ({"labels": "yes,no"}, "unknown label"),
        ({"metric": "bleu"}, "--metric"),
        ({"max_seq_length": 100}, "beyond the model's positions"),
        ({"class_weights": "perhaps:2"}, "unknown label"),
        ({"local_rank": 2}, "not for this script"),
    ],
)
def test_what_cannot_be_is_said_before_tensorflow(
    bert_dir, toy_dir, tmp_path, values, message
):
    given = {
        "task_name": "text",
        "data_dir": toy_dir,
        "output_dir": tmp_path,
        "do_train": True,
        **values,
    }
    if "bert_model" in values:
        given["init_checkpoint"] = None
    with pytest.raises(InputError, match=message) as error:
        run(bert_dir, **given)
    assert error.value.next_step
    assert "protein" not in str(error.value)

"""Prediction files: as the originals', and with names for people."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from tasks.catalog import find_text_corpus
from tasks.class_labels import ClassLabels
from tasks.text_examples import TextExample
from tasks.text_outputs import write_all
from tasks.text_predictions import predict_texts
from tasks.text_rows import RowsOfText
from tasks.text_scores import score_texts
from tests.tasks.test_text_predictions import ROW
from tests.tasks.text_predictions_of import TEXT, predictions_of

NUMBER = 33
CASES = [
    ("chemprot", "relation"),
    ("gad", "relation"),
    ("hoc", "classifier"),
    ("biosses", "classifier"),
    ("race", "classifier"),
]


def random_predictions(corpus, *, seed=3):
    """Returns predictions that a model could have made."""
    rng = np.random.default_rng(seed)
    names = corpus.labels or ()
    labels = ClassLabels(corpus.kind, names)
    golds = {
        "classes": lambda: names[rng.integers(len(names))],
        "choice": lambda: names[rng.integers(len(names))],
        "labels": lambda: tuple(n for n in names if rng.random() < 0.2),
        "score": lambda: float(np.round(rng.random() * 20) / 5),
    }
    size = len(names) if corpus.kind == "choice" else 1
    rows = [
        RowsOfText(
            TextExample(
                f"{n // 3}{corpus.document_separator or '.'}s{n}",
                TEXT,
                label=golds[corpus.kind](),
            ),
            (ROW,) * size,
        )
        for n in range(NUMBER)
    ]
    shape = [NUMBER * size, labels.num_outputs]
    logits = rng.normal(-0.5, 1.5, shape).astype(np.float32)
    return predict_texts(
        rows, list(logits), labels=labels, pooling="mean", threshold=0.4
    )


def written(folder, predictions):
    """Returns the lines of each file, by its name."""
    paths = write_all(str(folder), predictions)
    lines = {}
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        assert TEXT not in text
        assert "\r" not in text
        lines[path.rpartition("/")[2]] = text.split("\n")[:-1]
    return lines


@pytest.mark.parametrize(("name", "script"), CASES)
def test_scores_from_the_file_equal_those_reported(tmp_path, name, script):
    corpus = find_text_corpus(name, script)
    predictions = random_predictions(corpus)
    lines = written(tmp_path, predictions)["predictions.tsv"]
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) == NUMBER

    def label_of(cell):
        if corpus.kind == "labels":
            return tuple(cell.split(",")) if cell else ()
        return float(cell) if corpus.kind == "score" else cell

    again = predictions_of(
        corpus,
        [label_of(row["gold"]) for row in rows],
        [label_of(row["prediction"]) for row in rows],
        ids=[row["id"] for row in rows],
    )
    assert score_texts(again, corpus) == score_texts(predictions, corpus)


@pytest.mark.parametrize(("name", "script"), CASES)
def test_probabilities_stand_under_the_labels_names(tmp_path, name, script):
    corpus = find_text_corpus(name, script)
    predictions = random_predictions(corpus)
    lines = written(tmp_path, predictions)["predictions.tsv"]
    names = corpus.labels or ()
    assert lines[0].split("\t") == ["id", "gold", "prediction", *names]
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row, values in zip(rows, predictions.values, strict=True):
        if not names:
            assert float(row["prediction"]) == values[0]
            continue
        probabilities = {name: float(row[name]) for name in names}
        assert list(probabilities.values()) == values.tolist()
        if corpus.kind == "labels":
            held = [n for n, p in probabilities.items() if p > 0.4]
            assert row["prediction"] == ",".join(held)
        else:
            assert sum(probabilities.values()) == pytest.approx(1, abs=1e-6)
            best = max(probabilities, key=probabilities.__getitem__)
            assert row["prediction"] == best


@pytest.mark.parametrize(("name", "script"), CASES)
def test_test_results_are_numbers_as_the_original_printed(
    tmp_path, name, script
):
    predictions = random_predictions(find_text_corpus(name, script))
    lines = written(tmp_path, predictions)["test_results.tsv"]
    assert len(lines) == NUMBER
    for line, values in zip(lines, predictions.values, strict=True):
        # str() of numpy's float32, tabs between, no header.
        assert line.split("\t") == [str(np.float32(v)) for v in values]


def test_submit_results_have_ids_and_labels(tmp_path):
    corpus = find_text_corpus("mnli", "classifier")
    gold = ["neutral", "entailment"]
    predictions = predictions_of(corpus, gold, gold, ids=["9847", "a\tb"])
    assert written(tmp_path, predictions)["submit_results.tsv"] == [
        "index\tprediction",
        "9847\tneutral",
        "a b\tentailment",
    ]
    corpus = find_text_corpus("sts_b", "classifier")
    predictions = predictions_of(corpus, [1.0], [2.25])
    assert written(tmp_path, predictions)["submit_results.tsv"] == [
        "index\tprediction",
        "0\t2.25",
    ]


def test_without_gold_there_is_no_column_of_it(tmp_path):
    corpus = find_text_corpus("gad", "relation")
    predictions = predictions_of(
        corpus, ["0", "1"], ["1", "0"], values=np.array([[0.25, 0.75]] * 2)
    )
    unknown = replace(predictions.examples[1], label=None)
    predictions = replace(
        predictions, examples=(predictions.examples[0], unknown)
    )
    assert written(tmp_path, predictions)["predictions.tsv"] == [
        "id\tprediction\t0\t1",
        "0\t1\t0.25\t0.75",
        "1\t0\t0.25\t0.75",
    ]

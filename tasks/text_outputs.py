"""Predictions to the originals' files, and to one that says what is what.

test_results.tsv has nothing but numbers (google-research/bert), and
submit_results.tsv ids and labels (ALBERT); predictions.tsv has ids, gold,
prediction and a column of probabilities under each label's name;
predictions_eval.tsv is the same of dev.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from foundation import files
from tasks.text_labels import Label
from tasks.text_predictions import TextPredictions

TEST_RESULTS = "test_results.tsv"
SUBMIT_RESULTS = "submit_results.tsv"
PREDICTIONS = "predictions.tsv"
DEV_PREDICTIONS = "predictions_eval.tsv"
FILE_NAMES = (TEST_RESULTS, SUBMIT_RESULTS, PREDICTIONS)


def write_all(folder: str, predictions: TextPredictions) -> list[str]:
    """Writes the three files; returns their paths."""
    writers = {
        TEST_RESULTS: _test_results,
        SUBMIT_RESULTS: _submit_results,
        PREDICTIONS: _predictions,
    }
    paths = []
    for name, rows in writers.items():
        path = files.join(folder, name)
        _write(path, rows(predictions))
        paths.append(path)
    return paths


def write_dev(folder: str, predictions: TextPredictions) -> None:
    """Writes predictions_eval.tsv: runs are compared on dev, too."""
    path = files.join(folder, DEV_PREDICTIONS)
    _write(path, _predictions(predictions))


def _write(path: str, rows: Iterable[Sequence[str]]) -> None:
    with files.write_atomically(path) as file:
        for row in rows:
            file.write("\t".join(row) + "\n")


def label_text(label: Label) -> str:
    """Returns a label as its cell: names with commas, or a number."""
    if isinstance(label, tuple):
        return ",".join(label)
    return repr(label) if isinstance(label, float) else label


def _test_results(predictions: TextPredictions) -> Iterable[Sequence[str]]:
    """Yields float32 numbers as the original printed them."""
    for values in predictions.values.astype(np.float32):
        yield [str(value) for value in values]


def _submit_results(predictions: TextPredictions) -> Iterable[Sequence[str]]:
    yield ["index", "prediction"]
    pairs = zip(predictions.examples, predictions.predicted, strict=True)
    for example, predicted in pairs:
        yield [_cell(example.example_id), label_text(predicted)]


def _predictions(predictions: TextPredictions) -> Iterable[Sequence[str]]:
    gold = predictions.has_gold
    names = predictions.labels.names
    yield ["id", *(["gold"] if gold else []), "prediction", *names]
    for example, predicted, values in zip(
        predictions.examples,
        predictions.predicted,
        predictions.values,
        strict=True,
    ):
        row = [_cell(example.example_id)]
        if gold and example.label is not None:
            row.append(label_text(example.label))
        row.append(label_text(predicted))
        if names:  # a score is its own prediction
            row += [repr(float(value)) for value in values]
        yield row


def _cell(text: str) -> str:
    return " ".join(text.split())  # an id with a tab would shift the columns

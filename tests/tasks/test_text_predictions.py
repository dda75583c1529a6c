"""Logits to one prediction an example, of each kind of label."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.class_labels import ClassLabels
from tasks.pair_features import PairFeatures
from tasks.text_examples import TextExample
from tasks.text_predictions import predict_texts, targets_of
from tasks.text_rows import RowsOfText

ROW = PairFeatures(np.array([2, 3]), np.array([0, 0]), 0)


def rows_of(*labels, sizes=None, num_cut=0):
    """Returns examples with labels, each with as many rows as `sizes`."""
    return [
        RowsOfText(
            TextExample(str(number), "a", label=label), (ROW,) * size, num_cut
        )
        for number, (label, size) in enumerate(
            zip(labels, sizes or [1] * len(labels), strict=True)
        )
    ]


def predict(rows, logits, labels, *, pooling="mean", threshold=0.5):
    return predict_texts(
        rows,
        [np.array(row, np.float32) for row in logits],
        labels=labels,
        pooling=pooling,
        threshold=threshold,
    )


ABC = ClassLabels("classes", ("a", "b", "c"))


def test_classes():
    logits = [[0, 2, 1], [3, 1, -2], [1000, 0, 0]]
    found = predict(rows_of("b", "c", "a"), logits, ABC)
    assert found.predicted == ("b", "a", "a")
    np.testing.assert_allclose(found.values.sum(axis=1), 1, atol=1e-12)
    expected = np.exp(logits[0]) / np.exp(logits[0]).sum()
    np.testing.assert_allclose(found.values[0], expected, atol=1e-12)
    assert found.values.dtype == np.float64
    losses = [
        np.log(np.exp(np.array(row, float) - max(row)).sum())
        + max(row)
        - row["abc".index(gold)]
        for row, gold in zip(logits, "bca", strict=True)
    ]
    assert found.loss == pytest.approx(np.mean(losses), abs=1e-12)
    assert found.has_gold


def test_equal_logits_are_the_first_class():
    assert predict(rows_of("a"), [[1, 1, 1]], ABC).predicted == ("a",)


def test_a_missing_label_means_no_loss():
    found = predict(rows_of("a", None), [[1, 0, 0], [0, 1, 0]], ABC)
    assert found.loss is None
    assert not found.has_gold
    assert found.predicted == ("a", "b")


@pytest.mark.parametrize(
    ("pooling", "predicted"), [("mean", ("a", "c", "b")), ("max", tuple("bcb"))]
)
def test_windows_are_pooled(pooling, predicted):
    logits = [[5, 0, 0], [5, 0, 0], [0, 9, 0], [0, 0, 1], [0, 3, 2], [2, 1, 0]]
    rows = rows_of("a", "c", "b", sizes=[3, 1, 2], num_cut=1)
    found = predict(rows, logits, ABC, pooling=pooling)
    pooled = {"mean": [10 / 3, 3, 0], "max": [5, 9, 0]}[pooling]
    expected = np.exp(pooled) / np.exp(pooled).sum()
    np.testing.assert_allclose(found.values[0], expected, atol=1e-12)
    assert found.predicted == predicted
    assert found.num_cut == 3


@pytest.mark.parametrize(
    ("threshold", "predicted"),
    [(0.5, [("a",), ()]), (0.2, [("a", "b"), ("a",)]), (0.99, [(), ()])],
)
def test_labels_hold_above_the_threshold(threshold, predicted):
    labels = ClassLabels("labels", ("a", "b", "c"))
    logits = [[2, -1, -3], [0, -2, -5]]
    rows = rows_of(("a", "b"), ())
    found = predict(rows, logits, labels, threshold=threshold)
    assert list(found.predicted) == predicted
    probabilities = 1 / (1 + np.exp(-np.array(logits, float)))
    np.testing.assert_allclose(found.values, probabilities, atol=1e-12)
    targets = np.array([[1, 1, 0], [0, 0, 0]])
    losses = -np.log(np.where(targets, probabilities, 1 - probabilities))
    assert found.loss == pytest.approx(losses.mean(), abs=1e-12)


def test_extreme_logits_are_finite():
    labels = ClassLabels("labels", ("a", "b"))
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        found = predict(rows_of(("b",)), [[2000, -2000]], labels)
    assert found.values.tolist() == [[1, 0]]
    assert found.loss == pytest.approx(2000)


def test_scores_are_as_predicted():
    labels = ClassLabels("score")
    found = predict(rows_of(0.0, 4.0), [[-0.5], [3.5]], labels)
    assert found.predicted == (-0.5, 3.5)
    assert found.values.tolist() == [[-0.5], [3.5]]
    assert found.loss == pytest.approx(0.25)


def test_a_choice_has_a_row_an_option():
    labels = ClassLabels("choice", ("A", "B", "C", "D"))
    rows = rows_of("C", "A", sizes=[4, 4])
    logits = [[0], [1], [5], [2], [3], [1], [1], [0]]
    found = predict(rows, logits, labels)
    assert found.predicted == ("C", "A")
    assert found.values.shape == (2, 4)
    np.testing.assert_allclose(found.values.sum(axis=1), 1, atol=1e-12)


def test_logits_of_other_rows_are_refused():
    with pytest.raises(ValueError, match="got 3 rows, expected 2"):
        predict(rows_of("a", "b"), [[1, 0, 0]] * 3, ABC)


@pytest.mark.parametrize("number", [1, 2, 7, 8, 9, 33])
def test_each_example_has_one_prediction_in_order(number):
    golds = ["abc"[n % 3] for n in range(number)]
    logits = [[float(name == gold) for name in "abc"] for gold in golds]
    found = predict(rows_of(*golds), logits, ABC)
    assert list(found.predicted) == golds
    assert [e.example_id for e in found.examples] == [
        str(n) for n in range(number)
    ]


def test_targets():
    labels = ClassLabels("labels", ("a", "b", "c"))
    examples = [row.example for row in rows_of(("c", "a"), (), None)]
    assert targets_of(examples, labels).tolist() == [
        [1, 0, 1],
        [0, 0, 0],
        [0, 0, 0],
    ]

"""Losses of texts against numpy, weights and windows included."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tasks import text_losses

RNG = np.random.default_rng(8)
LOGITS = RNG.normal(0, 3, [7, 4]).astype(np.float32)
CLASSES = np.array([0, 3, 1, 1, 2, 0, 3], np.int32)[:, None]
LABELS = (RNG.random([7, 4]) < 0.4).astype(np.int32)
WEIGHTS = np.array([0.5, 2.0, 3.5, 0.0], np.float32)
SIZES = [3, 1, 2, 1]  # windows of four texts
STARTS = np.array([1, 0, 0, 1, 1, 0, 1], np.int32)[:, None]


def log_softmax(logits):
    logits = logits.astype(np.float64)
    logits = logits - logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def mean_of(loss):
    total, weight = loss
    assert total.dtype == weight.dtype == tf.float32
    return float(total / weight)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_classes(weights):
    ids = CLASSES[:, 0]
    of_rows = np.ones(7) if weights is None else weights[ids].astype(float)
    losses = -log_softmax(LOGITS)[np.arange(7), ids]
    # As scikit-learn's log_loss with sample_weight: a weighted mean.
    expected = (losses * of_rows).sum() / of_rows.sum()
    loss = text_losses.classes_loss(
        tf.constant(LOGITS), tf.constant(CLASSES), weights
    )
    assert mean_of(loss) == pytest.approx(expected, rel=1e-6)
    assert float(loss[1]) == pytest.approx(of_rows.sum())


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_labels(weights):
    logits = LOGITS.astype(np.float64)
    positive = np.ones(4) if weights is None else weights.astype(float)
    losses = LABELS * positive * np.logaddexp(0, -logits)
    losses += (1 - LABELS) * np.logaddexp(0, logits)
    loss = text_losses.labels_loss(
        tf.constant(LOGITS), tf.constant(LABELS), weights
    )
    assert mean_of(loss) == pytest.approx(losses.mean(), rel=1e-6)
    assert float(loss[1]) == 7


def test_scores():
    gold = np.array([0, 1.5, 4, 2.2, 3, 0.4, 1], np.float32)[:, None]
    loss = text_losses.score_loss(tf.constant(LOGITS[:, :1]), tf.constant(gold))
    expected = np.mean((LOGITS[:, :1].astype(float) - gold) ** 2)
    assert mean_of(loss) == pytest.approx(expected, rel=1e-6)


def pooled_by_numpy(logits, pooling):
    parts = np.split(logits.astype(np.float64), np.cumsum(SIZES)[:-1])
    return np.array([getattr(part, pooling)(axis=0) for part in parts])


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_windows_are_pooled_before_the_loss(pooling):
    batch = {
        "starts_example": tf.constant(STARTS),
        "label_ids": tf.constant(CLASSES),
    }
    with tf.GradientTape() as tape:
        logits = tf.constant(LOGITS)
        tape.watch(logits)
        pooled, labels = text_losses.pool_rows(logits, batch, pooling=pooling)
        total, weight = text_losses.classes_loss(pooled, labels, WEIGHTS)
    expected = pooled_by_numpy(LOGITS, pooling)
    np.testing.assert_allclose(pooled, expected, rtol=1e-6)
    ids = CLASSES[STARTS[:, 0] > 0, 0]
    assert labels.numpy()[:, 0].tolist() == ids.tolist()
    losses = -log_softmax(expected)[np.arange(4), ids]
    of_texts = WEIGHTS[ids].astype(float)
    assert float(total / weight) == pytest.approx(
        (losses * of_texts).sum() / of_texts.sum(), rel=1e-6
    )
    gradient = tape.gradient(total, logits)
    assert np.isfinite(gradient).all()
    # By hand: softmax minus target, weighed, shared among a text's windows.
    of_pooled = np.exp(log_softmax(expected))
    of_pooled[np.arange(4), ids] -= 1
    of_pooled *= of_texts[:, None]
    if pooling == "mean":
        shared = np.repeat(of_pooled / np.array(SIZES)[:, None], SIZES, axis=0)
        np.testing.assert_allclose(gradient, shared, atol=1e-6)
    else:
        sums = np.add.reduceat(gradient, np.flatnonzero(STARTS), axis=0)
        np.testing.assert_allclose(sums, of_pooled, atol=1e-6)


def test_one_window_each_changes_nothing():
    batch = {
        "starts_example": tf.ones([7, 1], tf.int32),
        "label_ids": tf.constant(LABELS),
    }
    for pooling in ("mean", "max"):
        pooled, labels = text_losses.pool_rows(
            tf.constant(LOGITS), batch, pooling=pooling
        )
        np.testing.assert_array_equal(pooled, LOGITS)
        np.testing.assert_array_equal(labels, LABELS)

"""Recomputed activations give the gradients of kept ones, dropout on."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from modeling.dropout import DropoutMasks
from modeling.pretraining import PretrainingModel
from tests.tiny_configs import tiny_albert, tiny_bert

B, S, P = 3, 12, 4
DROPOUT = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}


def batch():
    random = np.random.default_rng(0)
    positions = [np.sort(random.permutation(S)[:P]) for _ in range(B)]
    return {
        "input_ids": tf.constant(random.integers(5, 50, (B, S)), tf.int32),
        "input_mask": tf.ones([B, S], tf.int32),
        "segment_ids": tf.zeros([B, S], tf.int32),
        "masked_lm_positions": tf.constant(positions, tf.int32),
        "masked_lm_ids": tf.constant(random.integers(5, 50, (B, P)), tf.int32),
        "masked_lm_weights": tf.ones([B, P]),
        "next_sentence_labels": tf.constant([[0], [1], [1]]),
    }


def gradients(config, *, recompute, seed=7):
    model = PretrainingModel(
        config,
        gelu_form="tanh",
        with_sentence=True,
        seed=1,
        recompute=recompute,
    )

    @tf.function(autograph=False)
    def run(values):
        with tf.GradientTape() as tape:
            masks = DropoutMasks(tf.constant([seed, 3]))
            sums = model.sums(values, masks)
            loss = sums.masked_lm_loss + sums.sentence_loss
        found = tape.gradient(loss, list(model.trainable.values()))
        return [tf.convert_to_tensor(g) for g in found]

    return dict(zip(model.trainable, run(batch()), strict=True))


@pytest.mark.parametrize("make", [tiny_bert, tiny_albert])
def test_gradients_are_equal_with_dropout(make):
    config = make(**DROPOUT)
    kept = gradients(config, recompute=False)
    again = gradients(config, recompute=True)
    other_masks = gradients(config, recompute=True, seed=8)
    assert max(float(tf.reduce_max(abs(g))) for g in kept.values()) > 0.1
    for name, expected in kept.items():
        np.testing.assert_allclose(again[name], expected, atol=1e-6, rtol=0)
    # The test would see it if masks were not drawn again alike.
    assert any(
        float(tf.reduce_max(abs(other_masks[n] - kept[n]))) > 1e-3 for n in kept
    )

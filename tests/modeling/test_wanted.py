"""Of wanted pieces alone, the encoders give what they give of all."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from modeling.encoder import build_encoder
from modeling.tensors import EncoderInputs
from tests.tiny_configs import tiny_albert, tiny_bert

B, S = 3, 12
CONFIGS = {
    "bert": tiny_bert(),
    "bert of one layer": tiny_bert(num_hidden_layers=1),
    "albert": tiny_albert(),
    "albert of two blocks": tiny_albert(inner_group_num=2, num_hidden_groups=2),
}
# Unordered, the first piece, one twice (unused predictions all say 0).
WANTED = tf.constant([[5, 2, 0, 0], [1, 2, 3, 4], [11, 11, 7, 0]])


def inputs(wanted):
    random = np.random.default_rng(0)
    mask = np.ones((B, S), np.int32)
    mask[1, 8:] = 0
    return EncoderInputs(
        tf.constant(random.integers(5, 50, (B, S)), tf.int32),
        tf.constant(mask),
        tf.constant(random.integers(0, 2, (B, S)), tf.int32),
        wanted=wanted,
    )


def outputs_and_gradients(encoder, wanted):
    """Runs with the wanted pieces alone, or picks them from all."""
    with tf.GradientTape() as tape:
        outputs = encoder(inputs(wanted))
        found = outputs.sequence_output
        if wanted is None:
            found = tf.gather(found, WANTED, batch_dims=1)
        numbers = tf.reshape(tf.range(tf.size(found)), tf.shape(found))
        loss = tf.reduce_sum(found * tf.sin(tf.cast(numbers, tf.float32)))
        loss += tf.reduce_sum(tf.square(outputs.pooled_output))
    gradients = tape.gradient(loss, list(encoder.named.values()))
    return found, outputs, [tf.convert_to_tensor(g) for g in gradients]


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_outputs_and_gradients_are_equal(config):
    encoder = build_encoder(config, gelu_form="tanh", seed=3)
    expected, all_outputs, all_gradients = outputs_and_gradients(encoder, None)
    got, outputs, gradients = outputs_and_gradients(encoder, WANTED)
    assert got.shape == (B, 4, config.hidden_size)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    np.testing.assert_allclose(
        outputs.pooled_output, all_outputs.pooled_output, atol=1e-6
    )
    np.testing.assert_array_equal(outputs.layer_outputs[-1], got)
    for mine, other in zip(gradients, all_gradients, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-5)


def test_nothing_but_the_pooled_output_may_be_wanted():
    encoder = build_encoder(tiny_bert(), gelu_form="tanh", seed=3)
    outputs = encoder(inputs(tf.zeros([B, 0], tf.int32)))
    assert outputs.sequence_output.shape == (B, 0, 16)
    np.testing.assert_allclose(
        outputs.pooled_output, encoder(inputs(None)).pooled_output, atol=1e-6
    )

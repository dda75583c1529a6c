"""Written-out gradients equal automatic differentiation."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from modeling import gradients

EPSILON = 1e-12


def plain_layer_norm(x, gamma, beta):
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + EPSILON) * gamma + beta


def values_and_gradients(function, *inputs):
    upstream = tf.constant(
        np.random.default_rng(9).normal(size=inputs[0].shape), tf.float32
    )
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = function(*inputs)
        total = tf.reduce_sum(tf.cast(value, tf.float32) * upstream)
    return [value, *tape.gradient(total, inputs)]


@pytest.mark.parametrize("shape", [(7, 16), (3, 5, 32)])
def test_layer_norm_equals_autodiff(shape):
    random = np.random.default_rng(1)
    x = tf.constant(random.normal(2.0, 3.0, shape), tf.float32)
    gamma = tf.constant(random.normal(1.0, 0.2, shape[-1]), tf.float32)
    beta = tf.constant(random.normal(0.0, 0.2, shape[-1]), tf.float32)
    written = values_and_gradients(
        lambda x, g, b: gradients.layer_norm(x, g, b, epsilon=EPSILON),
        x,
        gamma,
        beta,
    )
    automatic = values_and_gradients(plain_layer_norm, x, gamma, beta)
    for got, expected in zip(written, automatic, strict=True):
        np.testing.assert_allclose(got, expected, atol=2e-5)


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
def test_softmax_equals_autodiff(dtype):
    random = np.random.default_rng(1)
    scores = tf.cast(random.normal(0.0, 9.0, (2, 3, 5, 7)), dtype)
    mask = tf.constant(random.choice([0.0, -1e4], (2, 1, 1, 7)), tf.float32)
    written = values_and_gradients(
        lambda s: gradients.attention_softmax(s, mask, scale=0.25), scores
    )
    automatic = values_and_gradients(
        lambda s: tf.nn.softmax(tf.cast(s, tf.float32) * 0.25 + mask), scores
    )
    assert written[1].dtype == dtype
    for got, expected in zip(written, automatic, strict=True):
        np.testing.assert_allclose(
            tf.cast(got, tf.float32), tf.cast(expected, tf.float32), atol=2e-7
        )


@pytest.mark.parametrize("form", ["erf", "tanh"])
def test_gelu_equals_autodiff(form):
    x = tf.constant(np.linspace(-8, 8, 4001), tf.float32)
    written = values_and_gradients(gradients.gelu(form), x)
    automatic = values_and_gradients(
        lambda x: tf.nn.gelu(x, approximate=form == "tanh"), x
    )
    for got, expected in zip(written, automatic, strict=True):
        np.testing.assert_allclose(got, expected, rtol=2e-6, atol=5e-6)


@pytest.mark.parametrize("form", ["erf", "tanh"])
def test_gelu_of_bfloat16_is_rounded_once(form):
    x = tf.cast(tf.linspace(-8.0, 8.0, 4001), tf.bfloat16)
    exact = tf.nn.gelu(tf.cast(x, tf.float32), approximate=form == "tanh")
    got = gradients.gelu(form)(x)
    # bfloat16 keeps 8 bits; the tail's 1e-7 is lost in 1 + erf.
    np.testing.assert_allclose(
        tf.cast(got, tf.float32), exact, rtol=2**-8, atol=1e-6
    )


def test_forms_differ():
    x = tf.constant([-2.0, 2.0])
    assert np.abs(gradients.gelu("erf")(x) - gradients.gelu("tanh")(x)).max()

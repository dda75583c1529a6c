"""Layer norm and GELU whose gradients are written out.

Automatic differentiation of these two takes some 25 passes over the
activations, which on a CPU is as much time as the matrix products. Written
out, from the values that the forward pass has anyway, it is half of that. The
numbers are the same up to rounding (tests/modeling/test_gradients.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from modeling.one_pass import compiles, one_pass

LAYER_NORM_EPSILON = 1e-12  # tf.contrib.layers.layer_norm's, for float32
# Google's tanh form of GELU: 0.5 x (1 + tanh(c (x + 0.044715 x^3))).
_TANH_SCALE = math.sqrt(2.0 / math.pi)
_TANH_CUBE = 0.044715


def layer_norm(
    x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, *, epsilon: float
) -> tf.Tensor:
    """Returns x normalised over its last axis, scaled and shifted.

    Args:
      x: float32 [..., D].
      gamma: scale, float32 [D].
      beta: shift, float32 [D].
      epsilon: added to the variance.
    """

    @tf.custom_gradient
    def normalise(
        x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor
    ) -> tuple[tf.Tensor, Callable[[tf.Tensor], Any]]:
        mean = tf.reduce_mean(x, axis=-1, keepdims=True)
        centred = x - mean
        variance = tf.reduce_mean(tf.square(centred), axis=-1, keepdims=True)
        scale = tf.math.rsqrt(variance + epsilon)  # [..., 1]
        normal = centred * scale

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
            rows = list(range(x.shape.rank - 1))
            along = upstream * normal
            of_gamma = tf.reduce_sum(along, axis=rows)
            of_beta = tf.reduce_sum(upstream, axis=rows)
            inner = upstream * gamma
            # mean(inner * normal) = along . gamma / D: a product, not a pass
            share = tf.linalg.matvec(along, gamma)[..., tf.newaxis]
            share = share / tf.cast(tf.shape(x)[-1], x.dtype)
            level = tf.reduce_mean(inner, axis=-1, keepdims=True)
            of_x = scale * (inner - level - normal * share)
            return of_x, of_gamma, of_beta

        return normal * gamma + beta, gradient

    return normalise(x, tf.convert_to_tensor(gamma), tf.convert_to_tensor(beta))


def gelu(form: str) -> Callable[[tf.Tensor], tf.Tensor]:
    """Returns GELU for training, in float32 inside any dtype.

    Args:
      form: "erf" or "tanh".
    """
    value, slope = _FORMS[form]

    def in_dtype(x: tf.Tensor) -> tf.Tensor:
        return tf.cast(value(tf.cast(x, tf.float32)), x.dtype)

    def of_gradient(x: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        upstream32 = tf.cast(upstream, tf.float32)
        return tf.cast(upstream32 * slope(tf.cast(x, tf.float32)), x.dtype)

    forward, backward = one_pass(in_dtype), one_pass(of_gradient)

    @tf.custom_gradient
    def activation(
        x: tf.Tensor,
    ) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        if compiles(x):
            return forward(x), lambda upstream: backward(x, upstream)
        # Several passes each: the slope is cheaper here, where the error
        # function (or tanh) is at hand, and is kept instead of x.
        kept = tf.cast(slope(tf.cast(x, tf.float32)), x.dtype)
        return in_dtype(x), lambda upstream: upstream * kept

    return activation


def _erf_value(x: tf.Tensor) -> tf.Tensor:
    return x * _normal_cdf(x)


def _erf_slope(x: tf.Tensor) -> tf.Tensor:
    density = tf.exp(tf.square(x) * -0.5) * (1.0 / math.sqrt(2.0 * math.pi))
    return _normal_cdf(x) + x * density


def _normal_cdf(x: tf.Tensor) -> tf.Tensor:
    return 0.5 * tf.math.erf(x * math.sqrt(0.5)) + 0.5


def _tanh_value(x: tf.Tensor) -> tf.Tensor:
    return x * (0.5 * _inner_tanh(x) + 0.5)


def _tanh_slope(x: tf.Tensor) -> tf.Tensor:
    tanh = _inner_tanh(x)
    inner_slope = tf.square(x) * (3.0 * _TANH_SCALE * _TANH_CUBE) + _TANH_SCALE
    below = 0.5 * tanh + 0.5
    return below + x * inner_slope * (0.5 - 0.5 * tf.square(tanh))


def _inner_tanh(x: tf.Tensor) -> tf.Tensor:
    return tf.tanh(
        x * (tf.square(x) * (_TANH_SCALE * _TANH_CUBE) + _TANH_SCALE)
    )


_FORMS = {"erf": (_erf_value, _erf_slope), "tanh": (_tanh_value, _tanh_slope)}

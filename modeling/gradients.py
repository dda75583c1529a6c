"""Layer norm, attention's softmax and GELU with gradients written out.

Automatic differentiation of these takes some 30 passes over the activations,
which on a CPU is as much time as the matrix products. Written out, it is half
of that, and less where chains are compiled (`one_pass`). The numbers are the
same up to rounding (tests/modeling/test_gradients.py).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

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
        squares = tf.math.squared_difference(x, mean)
        variance = tf.reduce_mean(squares, axis=-1, keepdims=True)
        scale = tf.math.rsqrt(variance + epsilon)  # [..., 1]
        rows = _Rows(x, mean, scale, gamma)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
            along = _times_normal(upstream, rows)
            # Means of upstream x gamma, alone and times the normal row, over
            # the last axis: products instead of passes.
            width = tf.cast(tf.shape(x)[-1], x.dtype)
            level, share = (
                tf.linalg.matvec(matrix, gamma)[..., tf.newaxis] / width
                for matrix in (upstream, along)
            )
            axes = list(range(x.shape.rank - 1))
            return (
                _of_normalised(upstream, rows, (level, share)),
                tf.reduce_sum(along, axis=axes),
                tf.reduce_sum(upstream, axis=axes),
            )

        return _scaled_normal(rows, beta), gradient

    return normalise(x, tf.convert_to_tensor(gamma), tf.convert_to_tensor(beta))


class _Rows(NamedTuple):
    """What a layer norm knows of its rows."""

    x: tf.Tensor  # [..., D]
    mean: tf.Tensor  # [..., 1]
    scale: tf.Tensor  # [..., 1]
    gamma: tf.Tensor  # [D]

    @property
    def normal(self) -> tf.Tensor:
        return (self.x - self.mean) * self.scale


@one_pass
def _scaled_normal(rows: _Rows, beta: tf.Tensor) -> tf.Tensor:
    return rows.normal * rows.gamma + beta


@one_pass
def _times_normal(upstream: tf.Tensor, rows: _Rows) -> tf.Tensor:
    return upstream * rows.normal


@one_pass
def _of_normalised(
    upstream: tf.Tensor, rows: _Rows, means: tuple[tf.Tensor, tf.Tensor]
) -> tf.Tensor:
    level, share = means
    return rows.scale * (upstream * rows.gamma - level - rows.normal * share)


def attention_softmax(
    scores: tf.Tensor, mask: tf.Tensor, *, scale: float
) -> tf.Tensor:
    """Returns softmax(scores x scale + mask) over the last axis; float32.

    Args:
      scores: [B, N, S, S] in any dtype.
      mask: float32 [B, 1, 1, S]; gets no gradient.
      scale: of the scores.
    """
    logits, of_logits = _softmax_passes(scale, scores.dtype)

    @tf.custom_gradient
    def softmax(
        scores: tf.Tensor,
    ) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        probabilities = tf.nn.softmax(logits(scores, mask))

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            level = tf.reduce_sum(
                probabilities * upstream, axis=-1, keepdims=True
            )
            return of_logits(probabilities, upstream, level)

        return probabilities, gradient

    return softmax(scores)


@functools.cache
def _softmax_passes(
    scale: float, dtype: tf.DType
) -> tuple[Callable[..., tf.Tensor], Callable[..., tf.Tensor]]:
    """Returns what comes before a softmax, and the end of its gradient."""

    def logits(scores: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        return tf.cast(scores, tf.float32) * scale + mask

    def of_logits(
        probabilities: tf.Tensor, upstream: tf.Tensor, level: tf.Tensor
    ) -> tf.Tensor:
        return tf.cast(probabilities * (upstream - level) * scale, dtype)

    return one_pass(logits), one_pass(of_logits)


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

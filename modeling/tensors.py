"""What goes into an encoder and what comes out, whatever its family."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class EncoderInputs(NamedTuple):
    """One batch.

    Attributes:
      input_ids: int32 [B, S]; 0 where padded.
      input_mask: int32 [B, S]; 1 on real pieces.
      segment_ids: int32 [B, S].
    """

    input_ids: tf.Tensor
    input_mask: tf.Tensor
    segment_ids: tf.Tensor


class EncoderOutputs(NamedTuple):
    """What the encoder computed; all float32.

    Attributes:
      embedding_output: [B, S, E].
      layer_outputs: one [B, S, D] for each layer, first to last.
      sequence_output: [B, S, D], the last layer's.
      pooled_output: [B, D], the first piece through the pooler.
    """

    embedding_output: tf.Tensor
    layer_outputs: tuple[tf.Tensor, ...]
    sequence_output: tf.Tensor
    pooled_output: tf.Tensor

"""Pieces of texts inside a graph, and the characters that they stand for."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class Pieces(NamedTuple):
    """Pieces of N texts; each a ragged int32 [N, (pieces)].

    Attributes:
      ids: without [CLS] and [SEP].
      starts: first character (code point) of the text that each is of.
      ends: behind the last one.
    """

    ids: tf.RaggedTensor
    starts: tf.RaggedTensor
    ends: tf.RaggedTensor


def ragged_pieces(
    rows: tf.Tensor, num_texts: tf.Tensor, **values: tf.Tensor
) -> Pieces:
    """Returns flat values as pieces of texts."""
    count = tf.cast(num_texts, rows.dtype)
    return Pieces(
        **{
            name: tf.RaggedTensor.from_value_rowids(
                value, rows, nrows=count
            ).with_row_splits_dtype(tf.int32)
            for name, value in values.items()
        }
    )


def num_bytes(codes: tf.Tensor) -> tf.Tensor:
    """Returns the bytes of each code point in UTF-8, int32 [M]."""
    sizes = tf.ones_like(codes)
    for first in (0x80, 0x800, 0x10000):  # of two, three and four bytes
        sizes += tf.cast(codes >= first, tf.int32)
    return sizes

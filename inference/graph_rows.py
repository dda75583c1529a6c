"""Pieces of texts -> rows of a model, inside a graph.

What tasks/pair_features.py, text_rows.py, question_windows.py and windows.py
do to one example in Python, done here to a batch: which pieces of a text a row
holds, and [CLS] first [SEP] second [SEP].
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from preprocessing.tokenization import Tokenizer
from tasks.question_windows import WindowLimits
from tasks.text_rows import TextLimits

_ONE, _TWO = 2, 3  # [CLS] and [SEP]s of a row with one text, with two


class Rows(NamedTuple):
    """Rows of a model, padded with 0; each int32 [R, S]."""

    input_ids: tf.Tensor
    input_mask: tf.Tensor
    segment_ids: tf.Tensor


class Parts(NamedTuple):
    """Which pieces of which text a row holds; each int32 [R].

    Attributes:
      texts: number of the text, rising.
      starts: first piece.
      sizes: how many.
    """

    texts: tf.Tensor
    starts: tf.Tensor
    sizes: tf.Tensor

    def of(self, values: tf.RaggedTensor) -> tf.RaggedTensor:
        """Returns the values, of pieces, of each row: [R, (n)]."""
        splits = tf.cast(values.row_splits, tf.int32)
        firsts = tf.gather(splits, self.texts) + self.starts
        places = tf.ragged.range(
            firsts, firsts + self.sizes, row_splits_dtype=tf.int32
        )
        flat = tf.gather(values.flat_values, places.flat_values)
        return places.with_flat_values(flat)


def lengths_of(values: tf.RaggedTensor) -> tf.Tensor:
    """Returns the number of each text's pieces, int32 [N]."""
    return tf.cast(values.row_lengths(), tf.int32)


def frame(
    first: tf.RaggedTensor,
    second: tf.RaggedTensor,
    *,
    has_second: tf.Tensor,
    tokenizer: Tokenizer,
) -> Rows:
    """Puts ids between the special pieces.

    Args:
      first: ids [R, (n)].
      second: ids [R, (m)].
      has_second: bool [R]: whether there is a second text, if only its [SEP].
      tokenizer: knows the special pieces.
    """
    ones = tf.ones_like(lengths_of(first))
    ids = tf.concat(
        [
            _repeated(tokenizer.cls_id, ones),
            first,
            _repeated(tokenizer.sep_id, ones),
            second,
            _repeated(tokenizer.sep_id, tf.cast(has_second, tf.int32)),
        ],
        axis=1,
    )
    dense = ids.to_tensor()
    places = tf.range(tf.shape(dense)[1])
    is_piece = places < lengths_of(ids)[:, tf.newaxis]
    in_second = places >= lengths_of(first)[:, tf.newaxis] + 2
    return Rows(
        dense,
        tf.cast(is_piece, tf.int32),
        tf.cast(is_piece & in_second, tf.int32),
    )


def _repeated(value: int, counts: tf.Tensor) -> tf.RaggedTensor:
    values = tf.fill([tf.reduce_sum(counts)], value)
    return tf.RaggedTensor.from_row_lengths(values, counts)


def cut_pairs(
    first: tf.Tensor, second: tf.Tensor, *, limits: TextLimits
) -> tuple[Parts, Parts]:
    """Returns what each row holds of two texts, as `text_rows.rows_of`.

    Args:
      first: pieces of each first text, int32 [N].
      second: of each second one; 0 = there is none.
      limits: how long rows may be, and what becomes of longer texts.
    """
    special = tf.where(second > 0, _TWO, _ONE)
    excess = first + second + special - limits.max_seq_length
    if limits.overflow == "window":
        return _text_windows(first, second, limits=limits)
    if limits.overflow == "error":
        tf.debugging.assert_less_equal(
            excess, 0, message="a text is too long for the model's rows"
        )
    room = limits.max_seq_length - special
    texts, zeros = tf.range(tf.size(first)), tf.zeros_like(first)
    kept = _kept_of_pair(first, second, room=room)
    return Parts(texts, zeros, kept[0]), Parts(texts, zeros, kept[1])


def _kept_of_pair(
    first: tf.Tensor, second: tf.Tensor, *, room: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns pair_features.kept_of_pair of each pair."""
    excess = first + second - room
    half = room // 2
    kept_first = tf.where(
        excess <= 0,
        first,
        tf.where(
            excess <= first - second,
            first - excess,
            tf.where(excess <= second - first, first, room - half),
        ),
    )
    kept_second = tf.where(
        excess <= 0,
        second,
        tf.where(
            excess <= first - second,
            second,
            tf.where(excess <= second - first, second - excess, half),
        ),
    )
    return kept_first, kept_second


def _text_windows(
    first: tf.Tensor, second: tf.Tensor, *, limits: TextLimits
) -> tuple[Parts, Parts]:
    """Returns windows of the longer text beside the whole shorter one."""
    special = tf.where(second > 0, _TWO, _ONE)
    too_long = first + second + special > limits.max_seq_length
    half = (limits.max_seq_length - _TWO) // 2
    swaps = second > first
    is_cut = too_long & (second > 0) & (tf.minimum(first, second) > half)
    first = tf.where(is_cut & swaps, half, first)
    second = tf.where(is_cut & ~swaps, half, second)
    swaps = second > first
    long, short = tf.maximum(first, second), tf.minimum(first, second)
    room = limits.max_seq_length - special - short
    stride = limits.doc_stride or tf.maximum(room // 2, 1)
    windows = _windows(long, room=room, stride=tf.minimum(stride, room))
    swaps = tf.gather(swaps, windows.texts)
    whole = Parts(
        windows.texts,
        tf.zeros_like(windows.starts),
        tf.gather(short, windows.texts),
    )
    parts = (
        Parts(
            windows.texts,
            *(
                tf.where(swaps == is_second, a, b)
                for a, b in zip(windows[1:], whole[1:], strict=True)
            ),
        )
        for is_second in (False, True)
    )
    return next(parts), next(parts)


def _windows(length: tf.Tensor, *, room: tf.Tensor, stride: tf.Tensor) -> Parts:
    """Returns windows that start every `stride` pieces, up to the end."""
    more = tf.maximum(length - room, 0)
    counts = 1 + -(-more // stride)  # rounded up
    texts = tf.repeat(tf.range(tf.size(counts)), counts)
    firsts = tf.cumsum(counts, exclusive=True)
    number = tf.range(tf.size(texts)) - tf.gather(firsts, texts)
    starts = number * tf.gather(stride, texts)
    sizes = tf.minimum(
        tf.gather(room, texts), tf.gather(length, texts) - starts
    )
    return Parts(texts, starts, sizes)


def cut_paragraphs(
    query: tf.Tensor, paragraph: tf.Tensor, *, limits: WindowLimits
) -> Parts:
    """Returns windows of paragraphs beside questions, as `cut_question`.

    Args:
      query: pieces of each question that are kept, int32 [N].
      paragraph: pieces of its paragraph.
      limits: how long rows may be.
    """
    room = limits.max_seq_length - query - _TWO
    stride = tf.minimum(room, limits.doc_stride)
    return _windows(paragraph, room=room, stride=stride)

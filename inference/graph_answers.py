"""Start and end logits of windows -> each question's best answer, in a graph.

The likeliest answer of tasks/answers.py: the same candidates, the same order.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from inference.graph_rows import Parts
from tasks.answers import CERTAIN, AnswerOptions

_NONE = -1
_LENGTH_BONUS = 0.01  # as tasks/question_windows.py
_LEAST = tf.float64.min


class BestAnswers(NamedTuple):
    """The best answer to each question; each [N].

    Attributes:
      rows: the window it is in; -1 = there is none.
      firsts: its first place in that window's part of the paragraph.
      lasts: its last place there.
      scores: float64: start and end logit, added; 0 without an answer.
    """

    rows: tf.Tensor
    firsts: tf.Tensor
    lasts: tf.Tensor
    scores: tf.Tensor


def best_answers(
    logits: tf.Tensor,
    windows: Parts,
    *,
    num_before: tf.Tensor,
    is_blank: tf.Tensor,
    options: AnswerOptions,
) -> BestAnswers:
    """Returns the best answer to each question.

    Args:
      logits: float32 [W, S, 2].
      windows: of the paragraphs; `texts` is the question.
      num_before: places before each window's part: [CLS], question, [SEP].
      is_blank: bool [W, P]: which pieces of each window's part have no text.
      options: which answers are looked at.
    """
    likely = _likely_places(
        logits,
        num_before + windows.sizes + 1,
        count=tf.minimum(options.n_best_size, tf.shape(logits)[1]),
    )
    first, last = (x - num_before[:, tf.newaxis] for x in likely.places)
    length = last[:, tf.newaxis, :] - first[:, :, tf.newaxis] + 1
    is_valid = (
        _are_starts(first, windows, width=tf.shape(logits)[1])[:, :, tf.newaxis]
        & (last < windows.sizes[:, tf.newaxis])[:, tf.newaxis, :]
        & (length >= 1)
        & (length <= options.max_answer_length)
        & _has_text(is_blank, first, last)
    )
    starts, ends = likely.logits
    totals = starts[:, :, tf.newaxis] + ends[:, tf.newaxis, :]
    flat = tf.reshape(tf.where(is_valid, totals, _LEAST), [-1])
    count = tf.shape(first)[1]
    found = _first_highest(
        flat,
        tf.repeat(windows.texts, count * count),
        1 + tf.reduce_max(windows.texts),  # each question has a window
    )
    scores = tf.gather(flat, found)
    is_any = scores > _LEAST
    row, rank = found // (count * count), found % (count * count)
    return BestAnswers(
        tf.where(is_any, row, _NONE),
        tf.gather_nd(first, tf.stack([row, rank // count], axis=1)),
        tf.gather_nd(last, tf.stack([row, rank % count], axis=1)),
        tf.where(is_any, scores, tf.zeros_like(scores)),
    )


class _Likely(NamedTuple):
    """The likeliest starts, and ends: places and logits, [W, k] each."""

    places: tuple[tf.Tensor, ...]
    logits: tuple[tf.Tensor, ...]


def _likely_places(
    logits: tf.Tensor, used: tf.Tensor, *, count: tf.Tensor
) -> _Likely:
    """Returns the places with the highest logits, of those that are used."""
    is_used = tf.range(tf.shape(logits)[1]) < used[:, tf.newaxis]
    found = [
        tf.math.top_k(
            tf.where(is_used, tf.cast(logits[:, :, side], tf.float64), _LEAST),
            count,
        )
        for side in (0, 1)
    ]
    return _Likely(
        tuple(each.indices for each in found),
        tuple(each.values for each in found),
    )


def _are_starts(
    first: tf.Tensor, windows: Parts, *, width: tf.Tensor
) -> tf.Tensor:
    """Returns bool [W, k]: where answers may start."""
    may_start = _may_start(windows, width)
    inside = (first >= 0) & (first < windows.sizes[:, tf.newaxis])
    place = tf.clip_by_value(first, 0, width - 1)
    return inside & tf.gather(may_start, place, batch_dims=1)


def _has_text(
    is_blank: tf.Tensor, first: tf.Tensor, last: tf.Tensor
) -> tf.Tensor:
    """Returns bool [W, k, k]: whether any piece from first to last has."""
    texts = tf.cumsum(tf.cast(~is_blank, tf.int32), axis=1)
    before = tf.pad(texts, [[0, 0], [1, 0]])  # [W, P + 1]
    most = tf.shape(is_blank)[1]
    up_to = [
        tf.gather(before, tf.clip_by_value(x, 0, most), batch_dims=1)
        for x in (first, last + 1)
    ]
    return up_to[1][:, tf.newaxis, :] > up_to[0][:, :, tf.newaxis]


def _first_highest(
    values: tf.Tensor, groups: tf.Tensor, num_groups: tf.Tensor
) -> tf.Tensor:
    """Returns where each group's highest value is; of equal ones the first."""
    highest = tf.math.unsorted_segment_max(values, groups, num_groups)
    is_highest = values == tf.gather(highest, groups)
    places = tf.where(is_highest, tf.range(tf.size(values)), tf.int32.max)
    return tf.math.unsorted_segment_min(places, groups, num_groups)


def _may_start(windows: Parts, width: tf.Tensor) -> tf.Tensor:
    """Returns bool [W, width]: whether no other window shows more around it.

    As tasks/question_windows._best_windows: the smaller side counts, then the
    window's length; the first of equals.
    """
    places = tf.range(width)
    sizes = windows.sizes[:, tf.newaxis]
    context = tf.minimum(places, sizes - 1 - places)
    score = tf.cast(context, tf.float64) + _LENGTH_BONUS * tf.cast(
        sizes, tf.float64
    )
    score = tf.where(places < sizes, score, _LEAST)
    piece = windows.starts[:, tf.newaxis] + places
    stride = tf.reduce_max(piece) + 1
    key = tf.cast(windows.texts[:, tf.newaxis], tf.int64) * tf.cast(
        stride, tf.int64
    ) + tf.cast(piece, tf.int64)
    _, group = tf.unique(tf.reshape(key, [-1]))
    flat = tf.reshape(score, [-1])
    best = _first_highest(flat, group, tf.size(flat))
    chosen = tf.gather(best, group) == tf.range(tf.size(flat))
    return tf.reshape(chosen, tf.shape(score)) & (places < sizes)


def null_odds(
    logits: tf.Tensor, windows: Parts, best: BestAnswers
) -> tf.Tensor:
    """Returns how much "no answer" scores above the best, float64 [N]."""
    of_rows = tf.reduce_sum(tf.cast(logits[:, 0, :], tf.float64), axis=1)
    count = tf.size(best.rows)
    nulls = tf.math.unsorted_segment_min(of_rows, windows.texts, count)
    certain = tf.constant(CERTAIN, tf.float64)
    return tf.where(best.rows < 0, certain, nulls - best.scores)

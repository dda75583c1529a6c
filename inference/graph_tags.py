"""Scores of every label at every word -> tags and probabilities, in a graph.

What tasks/decoding.py and crf_sums.py compute of one batch of sentences, with
the same rules: IOB2's, a CRF's, or both. Sums are float64. There must be room
for two words, W at least 2: TensorFlow cannot scan over nothing.
"""

from __future__ import annotations

import tensorflow as tf

from tasks.decoding import Transitions


def best_paths(
    scores: tf.Tensor, lengths: tf.Tensor, *, transitions: Transitions
) -> tf.Tensor:
    """Returns the best label sequence of each sentence, int32 [N, W].

    Args:
      scores: float64 [N, W, L].
      lengths: words of each sentence, int32 [N].
      transitions: for the L labels.
    """
    between_to_from = tf.constant(transitions.between.T)
    by_word = tf.transpose(scores, [1, 0, 2])  # [W, N, L]
    is_word = tf.transpose(tf.sequence_mask(lengths, tf.shape(scores)[1]))
    same = tf.range(tf.shape(scores)[2])

    def step(
        before: tuple[tf.Tensor, tf.Tensor],
        word: tuple[tf.Tensor, tf.Tensor],
    ) -> tuple[tf.Tensor, tf.Tensor]:
        best, origin = before
        here, is_here = word
        totals = best[:, tf.newaxis, :] + between_to_from  # [N, to, from]
        found = tf.argmax(totals, axis=2, output_type=tf.int32)
        is_here = is_here[:, tf.newaxis]
        return (
            tf.where(is_here, tf.reduce_max(totals, axis=2) + here, best),
            tf.where(is_here, found, tf.zeros_like(origin) + same),
        )

    first = by_word[0] + tf.constant(transitions.start)  # [N, L]
    start = (first, tf.zeros_like(first, tf.int32))
    bests, origins = tf.scan(step, (by_word[1:], is_word[1:]), start)
    last = tf.concat([first[tf.newaxis], bests], axis=0)[-1]
    label = tf.argmax(
        last + tf.constant(transitions.end), axis=1, output_type=tf.int32
    )
    before = tf.scan(
        lambda label, origin: tf.gather(origin, label, batch_dims=1),
        origins,
        label,
        reverse=True,
    )
    return tf.transpose(tf.concat([before, label[tf.newaxis]], axis=0))


def repaired_paths(
    scores: tf.Tensor, lengths: tf.Tensor, *, rules: Transitions
) -> tf.Tensor:
    """Returns the best sequences that rules allow; argmax where it is one.

    Args:
      scores: float64 [N, W, L].
      lengths: words of each sentence, int32 [N].
      rules: that only allow (0) and forbid (-inf).
    """
    likeliest = tf.argmax(scores, axis=2, output_type=tf.int32)  # [N, W]
    pairs = tf.stack([likeliest[:, :-1], likeliest[:, 1:]], axis=2)
    inside = tf.sequence_mask(lengths - 1, tf.shape(pairs)[1])
    wrong = tf.gather_nd(tf.constant(rules.between < 0), pairs) & inside
    last = tf.gather(likeliest, tf.maximum(lengths - 1, 0), batch_dims=1)
    is_wrong = (
        tf.reduce_any(wrong, axis=1)
        | tf.gather(tf.constant(rules.start < 0), likeliest[:, 0])
        | tf.gather(tf.constant(rules.end < 0), last)
    )
    return tf.where(
        is_wrong[:, tf.newaxis],
        best_paths(scores, lengths, transitions=rules),
        likeliest,
    )


def marginals(
    scores: tf.Tensor, lengths: tf.Tensor, *, transitions: Transitions
) -> tf.Tensor:
    """Returns the probability of each label at each word, float64 [N, W, L].

    Args:
      scores: float64 [N, W, L].
      lengths: words of each sentence, int32 [N].
      transitions: a CRF's, all of them numbers.
    """
    between = tf.constant(transitions.between)
    words = tf.range(tf.shape(scores)[1])
    is_last = words == lengths[:, tf.newaxis] - 1
    scores += tf.where(
        is_last[:, :, tf.newaxis], tf.constant(transitions.end), 0.0
    )
    by_word = tf.transpose(scores, [1, 0, 2])  # [W, N, L]
    is_word = tf.transpose(words < lengths[:, tf.newaxis])[:, :, tf.newaxis]
    first = by_word[0] + tf.constant(transitions.start)

    def forward(before: tf.Tensor, here: tf.Tensor) -> tf.Tensor:
        sums = tf.reduce_logsumexp(before[:, :, tf.newaxis] + between, axis=1)
        return sums + here

    def backward(
        after: tf.Tensor, word: tuple[tf.Tensor, tf.Tensor]
    ) -> tf.Tensor:
        here, is_here = word
        sums = tf.reduce_logsumexp(
            (after + here)[:, tf.newaxis, :] + between, axis=2
        )
        return tf.where(is_here, sums, tf.zeros_like(sums))

    prefixes = tf.concat(
        [first[tf.newaxis], tf.scan(forward, by_word[1:], first)], axis=0
    )
    last = tf.zeros_like(first)
    suffixes = tf.concat(
        [
            tf.scan(backward, (by_word[1:], is_word[1:]), last, reverse=True),
            last[tf.newaxis],
        ],
        axis=0,
    )
    return tf.transpose(tf.nn.softmax(prefixes + suffixes), [1, 0, 2])

"""Log-likelihood of tag sequences under a linear-chain CRF, in float32.

A sequence of labels y scores start[y_1] + sum_t emissions[t, y_t] +
sum_t transitions[y_t, y_t+1] + end[y_W]; its likelihood is the softmax over
all sequences (Lafferty, McCallum and Pereira, 2001). Axis letters: B batch,
S sequence of pieces, W words, L labels.

The gradient of the sum over all sequences, log Z, is written out: the
probability of each label at each word, and of each pair of labels. Automatic
differentiation would keep [B, L, L] for each of the W steps.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from modeling.layers import Variable

TRANSITIONS = "crf/transitions"
START = "crf/start"
END = "crf/end"


def variables(num_labels: int) -> list[Variable]:
    """Lists the weights of a CRF, in checkpoint order.

    They start at 0, where the CRF is a softmax over each word's labels.
    """
    return [
        Variable(TRANSITIONS, (num_labels, num_labels), "zeros"),
        Variable(START, (num_labels,), "zeros"),
        Variable(END, (num_labels,), "zeros"),
    ]


def gather_labelled(
    logits: tf.Tensor, label_ids: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Moves the labelled positions to the front of each row, in order.

    A CRF's neighbours are words: pieces without a label are no part of it.

    Args:
      logits: [B, S, L], S at least 1.
      label_ids: int32 [B, S]; negative where there is no label.

    Returns:
      emissions [B, W, L] in the logits' dtype, labels int32 [B, W] and mask
      bool [B, W]: what `log_likelihood` takes. W is the most labelled
      positions of a row, at least 1.
    """
    unlabelled = tf.cast(label_ids < 0, tf.int32)
    counts = tf.shape(label_ids)[1] - tf.reduce_sum(unlabelled, axis=1)
    words = tf.maximum(tf.reduce_max(counts), 1)
    order = tf.argsort(unlabelled, axis=1, stable=True)[:, :words]
    emissions = tf.gather(logits, order, batch_dims=1)  # [B, W, L]
    labels = tf.gather(label_ids, order, batch_dims=1)  # [B, W]
    return emissions, labels, labels >= 0


def log_likelihood(
    emissions: tf.Tensor,
    labels: tf.Tensor,
    mask: tf.Tensor,
    *,
    transitions: tf.Tensor,
    start: tf.Tensor,
    end: tf.Tensor,
) -> tf.Tensor:
    """Returns the log probability of each row's labels, float32 [B].

    Finite for scores of any size up to 1e4, and beyond. Memory is O(B W L).

    Args:
      emissions: any float type [B, W, L], W at least 1; the values where
        `mask` is False do not matter.
      labels: int32 [B, W]; any number where `mask` is False.
      mask: bool [B, W]; True on a prefix of each row. A row without words
        has the log-likelihood 0.
      transitions: float32 [L, L]: score of going from the row's label to the
        column's.
      start: float32 [L], score of the first word's label.
      end: float32 [L], score of the last word's label.
    """
    transitions = tf.convert_to_tensor(transitions)
    transitions -= tf.stop_gradient(tf.reduce_max(transitions))
    emissions = _with_ends(
        tf.cast(emissions, tf.float32), mask, start=start, end=end
    )
    labels = tf.where(mask, labels, 0)
    of_labels = tf.gather(emissions, labels, batch_dims=2)  # [B, W]
    pairs = tf.stack([labels[:, :-1], labels[:, 1:]], axis=-1)
    of_pairs = tf.gather_nd(transitions, pairs)  # [B, W - 1]
    of_pairs = tf.where(mask[:, 1:], of_pairs, 0.0)
    score = tf.reduce_sum(of_labels, 1) + tf.reduce_sum(of_pairs, 1)
    return score - _log_partition(emissions, transitions, mask)


def _with_ends(
    emissions: tf.Tensor, mask: tf.Tensor, *, start: tf.Tensor, end: tf.Tensor
) -> tf.Tensor:
    """Adds the start and end scores to those of the first and last word.

    Each word's scores are then shifted so that the best is 0, as those of the
    transitions are: no likelihood changes, but long sequences and large
    scores lose less to rounding. Padding gets 0.
    """
    is_first = tf.range(tf.shape(mask)[1]) == 0  # [W]
    is_last = _is_last(mask)  # [B, W]
    emissions += tf.where(is_first[:, tf.newaxis], start, 0.0)
    emissions += tf.where(is_last[..., tf.newaxis], end, 0.0)
    best = tf.reduce_max(emissions, axis=-1, keepdims=True)
    shifted = emissions - tf.stop_gradient(best)
    return tf.where(mask[..., tf.newaxis], shifted, 0.0)


def _is_last(mask: tf.Tensor) -> tf.Tensor:
    after = tf.pad(mask[:, 1:], [[0, 0], [0, 1]])
    return tf.logical_and(mask, tf.logical_not(after))


def _log_partition(
    emissions: tf.Tensor, transitions: tf.Tensor, mask: tf.Tensor
) -> tf.Tensor:
    """Returns log Z, float32 [B], 0 for rows without words.

    Args:
      emissions: float32 [B, W, L], 0 on padding.
      transitions: float32 [L, L].
      mask: bool [B, W].
    """
    # Factors: oneDNN writes an error for each transposed bool on some CPUs.
    is_word = tf.transpose(tf.where(mask, 1.0, 0.0))  # [W, B]
    is_last = tf.transpose(tf.where(_is_last(mask), 1.0, 0.0))

    @tf.custom_gradient
    def log_partition(
        emissions: tf.Tensor, transitions: tf.Tensor
    ) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]]:
        scores = tf.transpose(emissions, [1, 0, 2])  # [W, B, L]
        arriving = _forward(scores, transitions)
        best, total = tf.unstack(arriving, axis=1)
        prefixes, level = _levelled(best + scores, total)
        levels = tf.squeeze(level, -1) * is_word  # [W, B]
        # At its last word a prefix is all of the sentence.
        rest = tf.reduce_logsumexp(prefixes, -1) * is_last

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            factors = (is_last * upstream)[..., tf.newaxis]
            of_labels, of_pairs = _backward(
                tf.nn.softmax(prefixes) * factors,
                prefixes=prefixes,
                arriving=arriving,
                transitions=transitions,
            )
            return tf.transpose(of_labels, [1, 0, 2]), of_pairs

        return tf.reduce_sum(levels + rest, axis=0), gradient

    return log_partition(emissions, transitions)


def _levelled(best: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns best + log(total) - level [..., L], and level [..., 1].

    The level is the largest of `best`: it leaves numbers near 0, where the
    logarithm is not lost to rounding.
    """
    level = tf.reduce_max(best, axis=-1, keepdims=True)
    return best - level + tf.math.log(total), level


def _forward(scores: tf.Tensor, transitions: tf.Tensor) -> tf.Tensor:
    """Sums over all labels before each word.

    In logarithms, label by label. A matrix product of exponentials would be
    twice as fast with 11 labels and seven times with 47 (a few ms of a step's
    500), but lose paths once transitions are some 40 apart, and be rounded to
    10 bits where a GPU multiplies in TensorFloat-32.

    Args:
      scores: float32 [W, B, L].
      transitions: float32 [L, L].

    Returns:
      float32 [W, 2, B, L]: of the prefixes that go to a label, its own score
      left out, the best score, and the sum of exp(score - best), 1 to L. The
      prefixes of each word are levelled before they go on, so that their
      scores do not grow with W.
    """
    words = tf.shape(scores)[0]
    scores_at = _array(words, scores).unstack(scores)
    first = tf.stack([tf.zeros_like(scores[0]), tf.ones_like(scores[0])])
    outputs = _array(words, first[tf.newaxis]).write(0, first)

    def step(
        word: tf.Tensor, arriving: tf.Tensor, outputs: tf.TensorArray
    ) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray]:
        best, total = tf.unstack(arriving, num=2)  # [B, L]
        prefixes, _ = _levelled(best + scores_at.read(word - 1), total)
        paths = prefixes[:, :, tf.newaxis] + transitions  # [B, L, L]
        best = tf.reduce_max(paths, axis=1)  # [B, L]
        total = tf.reduce_sum(tf.exp(paths - best[:, tf.newaxis]), axis=1)
        arriving = tf.stack([best, total])
        return word + 1, arriving, outputs.write(word, arriving)

    *_, outputs = tf.while_loop(
        lambda word, *_: word < words, step, (1, first, outputs)
    )
    return outputs.stack()


def _array(words: tf.Tensor, like: tf.Tensor) -> tf.TensorArray:
    """Returns an array for rows of `like`, one a word."""
    return tf.TensorArray(tf.float32, words, element_shape=like.shape[1:])


def _backward(
    ends: tf.Tensor,
    *,
    prefixes: tf.Tensor,
    arriving: tf.Tensor,
    transitions: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Turns probabilities of the last word's labels into those of all words.

    A label's probability is that of the label after it, times the share of
    the prefixes arriving there that come from it: nothing can exceed 1.

    Args:
      ends: float32 [W, B, L], the last word's probabilities times the row's
        factor; 0 at all other words.
      prefixes: float32 [W, B, L], those that arrive plus the word's scores.
      arriving: float32 [W, 2, B, L], from `_forward`.
      transitions: float32 [L, L].

    Returns:
      Times the row's factor, the probability of each label at each word
      [W, B, L], and the expected number of each pair of labels [L, L], summed
      over rows; float32.
    """
    words = tf.shape(ends)[0]
    ends_at, prefixes_at, arriving_at = (
        _array(words, x).unstack(x) for x in (ends, prefixes, arriving)
    )
    last = ends[-1]  # [B, L]
    outputs = _array(words, ends).write(words - 1, last)

    def step(
        word: tf.Tensor, sums: tuple, outputs: tf.TensorArray
    ) -> tuple[tf.Tensor, tuple, tf.TensorArray]:
        after, pairs = sums
        best, total = tf.unstack(arriving_at.read(word + 1), num=2)
        paths = prefixes_at.read(word)[:, :, tf.newaxis] + transitions
        shares = tf.exp(paths - best[:, tf.newaxis])  # [B, L, L], of total
        both = shares * (after / total)[:, tf.newaxis]
        here = ends_at.read(word) + tf.reduce_sum(both, axis=2)
        pairs += tf.reduce_sum(both, axis=0)
        return word - 1, (here, pairs), outputs.write(word, here)

    _, (_, pairs), outputs = tf.while_loop(
        lambda word, *_: word >= 0,
        step,
        (words - 2, (last, tf.zeros_like(transitions)), outputs),
    )
    return outputs.stack(), pairs

"""What a CRF adds to a training step: its loss and gradient, and softmax's.

    .venv/bin/python benchmarks/crf_step.py

Both on the same random logits [rows, words, labels], rows of half to all of
the words, inside a tf.function for any shape. The least of many runs, in
milliseconds; a MiniLM step with 32 rows of 35 words takes some 500 on two
cores. "decode" is the best paths of as many words as BC5CDR's test set has
(24,000 in 940 sentences): by IOB2's rules, and with CRF scores added.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # before it is imported
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np
import tensorflow as tf

from modeling import crf
from modeling.losses import weighted_cross_entropy
from tasks.decoding import best_paths, iob2_transitions

NUM_TYPES = (1, 5, 23)  # 3, 11 and 47 labels
SENTENCES, WORDS_A_SENTENCE = 940, 26


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--words", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=100)
    return parser.parse_args()


def crf_loss(num_labels: int) -> Callable:
    transitions, start, end = (
        tf.Variable(tf.zeros(variable.shape))
        for variable in crf.variables(num_labels)
    )

    def loss(logits: tf.Tensor, label_ids: tf.Tensor) -> tf.Tensor:
        return -tf.reduce_sum(
            crf.log_likelihood(
                *crf.gather_labelled(logits, label_ids),
                transitions=transitions,
                start=start,
                end=end,
            )
        )

    return loss


def softmax_loss(logits: tf.Tensor, label_ids: tf.Tensor) -> tf.Tensor:
    weights = tf.cast(label_ids >= 0, tf.float32)
    total, _ = weighted_cross_entropy(logits, tf.nn.relu(label_ids), weights)
    return total


def compiled(loss: Callable, num_labels: int) -> Callable:
    def step(logits: tf.Tensor, label_ids: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss(logits, label_ids)
        variables = tape.watched_variables()
        return value, tape.gradient(value, [logits, *variables])

    signature = [
        tf.TensorSpec([None, None, num_labels]),
        tf.TensorSpec([None, None], tf.int32),
    ]
    return tf.function(step, input_signature=signature, autograph=False)


def least_ms(run: Callable, repeats: int) -> float:
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def loss_times(arguments: argparse.Namespace, size: int) -> list[float]:
    random = np.random.default_rng(0)
    shape = arguments.rows, arguments.words
    logits = random.normal(size=(*shape, size)).astype(np.float32)
    label_ids = random.integers(0, size, shape).astype(np.int32)
    lengths = random.integers(shape[1] // 2, shape[1] + 1, (shape[0], 1))
    label_ids[np.arange(shape[1]) >= lengths] = -1
    batch = tf.constant(logits), tf.constant(label_ids)
    steps = [compiled(x, size) for x in (crf_loss(size), softmax_loss)]
    return [
        least_ms(lambda step=step: step(*batch)[0].numpy(), arguments.repeats)
        for step in steps
    ]


def decoding_times(arguments: argparse.Namespace, labels: list) -> list[float]:
    random = np.random.default_rng(0)
    size = len(labels)
    lengths = random.gamma(3, WORDS_A_SENTENCE / 3, SENTENCES).astype(int)
    scores = [random.normal(size=(n, size)) for n in np.maximum(lengths, 1)]
    rules = iob2_transitions(labels)
    scored = rules.with_scores(
        start=np.zeros(size),
        between=random.normal(size=(size, size)),
        end=np.zeros(size),
    )
    return [
        least_ms(lambda t=t: best_paths(scores, t), arguments.repeats // 10)
        for t in (rules, scored)
    ]


def main() -> None:
    arguments = parse_arguments()
    print("labels     CRF softmax  decode: rules     CRF   (ms)")
    for num_types in NUM_TYPES:
        types = [f"{b}-{t}" for t in range(num_types) for b in "BI"]
        labels = ["O", *types]
        losses = loss_times(arguments, len(labels))
        decoding = decoding_times(arguments, labels)
        shown = "".join(f"{x:8.2f}" for x in losses)
        shown += " " * 7 + "".join(f"{x:8.1f}" for x in decoding)
        print(f"{len(labels):6}{shown}")


if __name__ == "__main__":
    main()

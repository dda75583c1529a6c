"""The CRF's likelihood and its gradient equal those of enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf

from modeling import crf

NUM_CASES = 500
MAGNITUDES = (0.1, 1.0, 3.0, 10.0, 100.0, 1e3, 1e4)
ANY = tf.TensorSpec([None, None, None])
WEIGHTS = {
    "transitions": tf.TensorSpec([None, None]),
    "start": tf.TensorSpec([None]),
    "end": tf.TensorSpec([None]),
}
INTS = tf.TensorSpec([None, None], tf.int32)
MASK = tf.TensorSpec([None, None], tf.bool)


def weighted_gradients(likelihood, emissions, weights):
    """Returns likelihoods and gradients of their sum, row b times b + 1."""
    with tf.GradientTape() as tape:
        tape.watch([emissions, weights])
        value = likelihood(emissions, weights)
        factors = tf.range(1, tf.shape(value)[0] + 1)
        total = tf.reduce_sum(value * tf.cast(factors, value.dtype))
    return value, *tape.gradient(total, (emissions, weights))


@tf.function(autograph=False, input_signature=[ANY, INTS, MASK, WEIGHTS])
def compiled(emissions, labels, mask, weights):
    return weighted_gradients(
        lambda e, w: crf.log_likelihood(e, labels, mask, **w),
        emissions,
        weights,
    )


def run(sequences, weights, words):
    """Returns what `compiled` does, of rows padded to that many words."""
    rows = [padded(*sequence, words) for sequence in sequences]
    batch = [tf.constant(np.stack(part)) for part in zip(*rows, strict=True)]
    weights = tf.nest.map_structure(tf.constant, weights)
    return tf.nest.map_structure(lambda t: t.numpy(), compiled(*batch, weights))


def padded(emissions, labels, words):
    """Pads with what shows up in the result if it is read."""
    after = (0, words - len(labels))
    emissions = np.pad(emissions, (after, (0, 0)), constant_values=np.nan)
    mask = np.arange(words) < len(labels)
    return emissions, np.pad(labels, after, constant_values=-1), mask


def random_weights(random, num_labels, magnitude):
    shapes = {
        "transitions": (num_labels, num_labels),
        "start": num_labels,
        "end": num_labels,
    }
    return {
        name: (random.uniform(-1, 1, shape) * magnitude).astype(np.float32)
        for name, shape in shapes.items()
    }


def random_sequence(random, shape, magnitude):
    emissions = random.uniform(-1, 1, shape) * magnitude
    labels = random.integers(0, shape[1], shape[0])
    return emissions.astype(np.float32), labels.astype(np.int32)


def brute_force(emissions, labels, weights):
    """Returns log-likelihood and its gradients by enumeration, in float64."""
    words, num_labels = emissions.shape
    weights = {name: w.astype(np.float64) for name, w in weights.items()}
    paths = np.array(list(itertools.product(range(num_labels), repeat=words)))
    scores = emissions.astype(np.float64)[np.arange(words), paths].sum(axis=1)
    scores += weights["start"][paths[:, 0]] + weights["end"][paths[:, -1]]
    pairs = weights["transitions"][paths[:, :-1], paths[:, 1:]]
    scores += pairs.sum(axis=1) - scores.max()
    log_probabilities = scores - scores.max()
    log_probabilities -= np.log(np.exp(log_probabilities).sum())
    gold = int((paths == labels).all(axis=1).argmax())
    factors = -np.exp(log_probabilities)
    factors[gold] += 1.0
    shown = np.eye(num_labels)[paths]  # [paths, words, labels]
    of_pairs = np.einsum("p,pti,ptj->ij", factors, shown[:, :-1], shown[:, 1:])
    of_labels = np.einsum("p,pti->ti", factors, shown)
    of_weights = {
        "transitions": of_pairs,
        "start": of_labels[0],
        "end": of_labels[-1],
    }
    return log_probabilities[gold], of_labels, of_weights


def test_equals_enumeration():
    # Scores up to 10: 1e-5. Above, float32 knows a sum of scores to some 1e-7
    # of their size, so 1e-6 for each word's largest.
    random = np.random.default_rng(1)
    for number in range(NUM_CASES):
        words, num_labels = random.integers((1, 1), (7, 6))
        of_weights, of_emissions = random.choice(MAGNITUDES, 2)
        weights = random_weights(random, num_labels, of_weights)
        sequence = random_sequence(random, (words, num_labels), of_emissions)
        loudest = max(of_weights, of_emissions)
        tolerance = 1e-5 if loudest <= 10 else 1e-6 * loudest * words
        value, of_emissions, of_weights = run([sequence], weights, words)
        expected = brute_force(*sequence, weights)
        np.testing.assert_allclose(
            value[0], expected[0], rtol=0, atol=tolerance, err_msg=str(number)
        )
        # Of probabilities: what an error of the scores makes of them.
        tf.nest.map_structure(
            lambda x, y, e=tolerance: np.testing.assert_allclose(x, y, atol=e),
            (of_emissions[0], of_weights),
            expected[1:],
        )


def test_padding_does_not_matter():
    random = np.random.default_rng(2)
    weights = random_weights(random, 4, 2.0)
    sequences = [random_sequence(random, (n, 4), 3.0) for n in (6, 1, 0, 3)]
    value, of_emissions, of_weights = run(sequences, weights, 9)
    sums = {name: np.zeros(w.shape) for name, w in weights.items()}
    assert value[2] == 0
    for row, (emissions, labels) in enumerate(sequences):
        length, factor = len(labels), row + 1
        assert not of_emissions[row, length:].any()
        if not length:
            continue
        expected = brute_force(emissions, labels, weights)
        np.testing.assert_allclose(value[row], expected[0], atol=1e-5)
        np.testing.assert_allclose(
            of_emissions[row, :length], expected[1] * factor, atol=1e-5
        )
        for name in sums:
            sums[name] += expected[2][name] * factor
    for name, expected in sums.items():
        np.testing.assert_allclose(of_weights[name], expected, atol=1e-5)


@pytest.mark.parametrize("words", [1, 5])
def test_rows_without_words(words):
    weights = random_weights(np.random.default_rng(3), 3, 1.0)
    nothing = np.zeros([0, 3], np.float32), np.zeros([0], np.int32)
    value, *gradients = run([nothing, nothing], weights, words)
    assert value.tolist() == [0, 0]
    assert not any(g.any() for g in tf.nest.flatten(gradients))


def plain_likelihood(emissions, labels, weights):
    """The textbook's recursion, for autodiff; no padding."""
    words, steps = emissions.shape[1], weights["transitions"]
    prefixes = weights["start"] + emissions[:, 0]
    score = tf.gather(prefixes, labels[:, 0], batch_dims=1)
    for t in range(1, words):
        paths = prefixes[:, :, tf.newaxis] + steps
        prefixes = tf.reduce_logsumexp(paths, 1) + emissions[:, t]
        score += tf.gather(emissions[:, t], labels[:, t], batch_dims=1)
        score += tf.gather_nd(steps, labels[:, t - 1 : t + 1])
    score += tf.gather(weights["end"], labels[:, -1])
    return score - tf.reduce_logsumexp(prefixes + weights["end"], 1)


@pytest.mark.parametrize(
    ("words", "num_labels", "magnitude"), [(40, 3, 5), (60, 11, 5), (30, 47, 1)]
)
def test_long_sequences_equal_autodiff(words, num_labels, magnitude):
    random = np.random.default_rng(words)
    weights = random_weights(random, num_labels, magnitude)
    shape = words, num_labels
    rows = [random_sequence(random, shape, magnitude) for _ in range(4)]
    emissions, labels = map(np.stack, zip(*rows, strict=True))
    expected = weighted_gradients(
        lambda e, w: plain_likelihood(e, tf.constant(labels), w),
        tf.constant(emissions, tf.float64),
        {name: tf.constant(w, tf.float64) for name, w in weights.items()},
    )
    got = run(rows, weights, words)
    tf.nest.map_structure(
        lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-5, atol=2e-5),
        got,
        tuple(expected),
    )


@pytest.mark.parametrize("constant", [1e4, -1e4])
@pytest.mark.parametrize("magnitude", [0.0, 1e4])
def test_probabilities_of_loud_scores_stay_probabilities(constant, magnitude):
    random = np.random.default_rng(4)
    weights = random_weights(random, 5, magnitude)
    weights["transitions"] += np.float32(constant)
    emissions, labels = random_sequence(random, (512, 5), magnitude)
    value, of_emissions, of_weights = run(
        [(emissions + np.float32(constant), labels)], weights, 512
    )
    assert np.isfinite(value).all()
    assert value[0] <= 0
    np.testing.assert_allclose(of_emissions.sum(axis=-1), 0, atol=2e-4)
    np.testing.assert_allclose(of_weights["transitions"].sum(), 0, atol=0.02)
    if not magnitude:
        np.testing.assert_allclose(value[0], -512 * np.log(5), rtol=1e-5)


def test_impossible_paths_underflow_nowhere():
    # 1 can be reached only by a step that costs 1e4; it is then worth it.
    weights = {
        "transitions": np.array([[0, -1e4], [-1e4, 0]], np.float32),
        "start": np.zeros(2, np.float32),
        "end": np.array([0, 3e4], np.float32),
    }
    emissions = np.array([[0, -2e4], [0, 0], [0, 0]], np.float32)
    labels = np.array([0, 1, 1], np.int32)
    value, *gradients = run([(emissions, labels)], weights, 3)
    # 0 1 1 and 0 0 1 tie; 2e-3 is float32's step at 3e4.
    np.testing.assert_allclose(value, [np.log(0.5)], atol=2e-3)
    np.testing.assert_allclose(
        gradients[0][0], [[0, 0], [-0.5, 0.5], [0, 0]], atol=2e-3
    )


def test_weights_start_as_softmax():
    names = [crf.TRANSITIONS, crf.START, crf.END]
    listed = crf.variables(3)
    assert [v.name for v in listed] == names
    assert {v.start for v in listed} == {"zeros"}
    weights = {
        v.name.removeprefix("crf/"): np.zeros(v.shape, np.float32)
        for v in listed
    }
    emissions, labels = random_sequence(np.random.default_rng(5), (7, 3), 4.0)
    value, *_ = run([(emissions, labels)], weights, 7)
    expected = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, emissions)
    np.testing.assert_allclose(value[0], -tf.reduce_sum(expected), rtol=1e-6)


def test_bfloat16_scores_are_summed_in_float32():
    random = np.random.default_rng(6)
    weights = random_weights(random, 5, 1.0)
    emissions, labels = random_sequence(random, (6, 5), 8.0)
    low = tf.cast(emissions, tf.bfloat16)
    value, of_emissions, of_weights = weighted_gradients(
        lambda e, w: crf.log_likelihood(
            e, labels[np.newaxis], tf.ones([1, 6], tf.bool), **w
        ),
        low[tf.newaxis],
        {name: tf.constant(w) for name, w in weights.items()},
    )
    expected = brute_force(tf.cast(low, tf.float32).numpy(), labels, weights)
    assert value.dtype == tf.float32
    assert of_emissions.dtype == tf.bfloat16
    assert {g.dtype for g in of_weights.values()} == {tf.float32}
    np.testing.assert_allclose(value[0], expected[0], atol=1e-5)


@tf.function(autograph=False, input_signature=[ANY, INTS])
def gathered(logits, label_ids):
    with tf.GradientTape() as tape:
        tape.watch(logits)
        emissions, labels, mask = crf.gather_labelled(logits, label_ids)
        chosen = tf.where(mask[..., tf.newaxis], emissions, 0.0)
        total = tf.reduce_sum(tf.square(chosen))
    return emissions, labels, mask, tape.gradient(total, logits)


def test_labelled_positions_move_to_the_front():
    random = np.random.default_rng(7)
    logits = random.normal(size=(20, 50, 3)).astype(np.float32)
    label_ids = random.integers(0, 3, (20, 50)).astype(np.int32)
    label_ids[random.random((20, 50)) < random.random((20, 1))] = -1
    label_ids[3] = -1
    emissions, labels, mask, gradient = gathered(logits, label_ids)
    lengths = (label_ids >= 0).sum(axis=1)
    assert mask.shape[1] == lengths.max()
    np.testing.assert_array_equal(np.sum(mask, axis=1), lengths)
    for row, length in enumerate(lengths):
        labelled = label_ids[row] >= 0
        assert np.all(mask[row, :length])
        np.testing.assert_array_equal(
            labels[row, :length], label_ids[row, labelled]
        )
        np.testing.assert_array_equal(
            emissions[row, :length], logits[row, labelled]
        )
    expected = np.where(label_ids[..., np.newaxis] >= 0, 2 * logits, 0)
    np.testing.assert_array_equal(gradient, expected)


def test_a_batch_without_labels_keeps_one_position():
    emissions, _, mask, _ = gathered(
        tf.ones([2, 4, 3]), -tf.ones([2, 4], "int32")
    )
    assert emissions.shape == (2, 1, 3)
    assert not np.any(mask)

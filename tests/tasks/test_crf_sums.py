"""Sums over all label sequences equal enumeration, and modeling/crf.py."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tasks import decoding
from tasks.crf_sums import log_likelihoods, marginals
from tasks.decoding import Transitions, iob2_transitions
from tasks.labels import BIOBERT_LABELS

FORBIDDEN = -np.inf
MAGNITUDES = (0.1, 1.0, 10.0, 100.0, 1e3, 1e4)
NUM_CASES = 500

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def random_transitions(random, num_labels, magnitude, *, forbidden=0.0):
    """Draws scores; that share of them is -inf."""

    def values(*shape):
        scores = random.uniform(-magnitude, magnitude, shape)
        return np.where(random.random(shape) < forbidden, FORBIDDEN, scores)

    return Transitions(
        values(num_labels), values(num_labels, num_labels), values(num_labels)
    )


def all_totals(scores, transitions):
    """Returns every label sequence [paths, words] and its total [paths]."""
    words, num_labels = scores.shape
    paths = np.array(list(itertools.product(range(num_labels), repeat=words)))
    totals = scores[np.arange(words), paths].sum(axis=1)
    totals = totals + transitions.start[paths[:, 0]]
    totals += transitions.between[paths[:, :-1], paths[:, 1:]].sum(axis=1)
    return paths, totals + transitions.end[paths[:, -1]]


def exhaustive(scores, transitions):
    """Returns paths, their log probabilities and the labels' probabilities."""
    paths, totals = all_totals(scores, transitions)
    with np.errstate(divide="ignore"):
        totals -= totals.max()
        totals -= np.log(np.exp(totals).sum())
    of_labels = np.zeros(scores.shape)
    for word in range(len(scores)):
        np.add.at(of_labels[word], paths[:, word], np.exp(totals))
    return paths, totals, of_labels


@pytest.mark.parametrize("forbidden", [0.0, 0.3])
def test_equals_enumeration(forbidden):
    random = np.random.default_rng(1)
    impossible = 0
    for number in range(NUM_CASES):
        words, num_labels = random.integers((1, 1), (7, 6))
        of_weights, of_scores = random.choice(MAGNITUDES, 2)
        transitions = random_transitions(
            random, num_labels, of_weights, forbidden=forbidden
        )
        scores = random.uniform(-of_scores, of_scores, (words, num_labels))
        # A label may have the probability 0, hence the score -inf.
        scores[random.random(scores.shape) < forbidden / 3] = FORBIDDEN
        if all_totals(scores, transitions)[1].max() == FORBIDDEN:
            impossible += 1
            continue
        paths, expected, of_labels = exhaustive(scores, transitions)
        np.testing.assert_allclose(
            marginals([scores], transitions)[0],
            of_labels,
            rtol=0,
            atol=1e-9,
            err_msg=str(number),
        )
        chosen = random.integers(0, len(paths), 20)
        found = log_likelihoods([scores] * 20, paths[chosen], transitions)
        np.testing.assert_allclose(
            found, expected[chosen], rtol=1e-9, atol=1e-9, err_msg=str(number)
        )
    assert impossible == 0 if not forbidden else 0 < impossible < 200


def textbook(scores, transitions):
    """The recursions word by word, in logarithms; labels' probabilities."""
    prefixes, suffixes = np.zeros(scores.shape), np.zeros(scores.shape)
    prefixes[0] = transitions.start + scores[0]
    suffixes[-1] = transitions.end
    steps = transitions.between
    for t in range(1, len(scores)):
        paths = prefixes[t - 1][:, np.newaxis] + steps
        prefixes[t] = np.logaddexp.reduce(paths, axis=0) + scores[t]
    for t in range(len(scores) - 2, -1, -1):
        paths = steps + (scores[t + 1] + suffixes[t + 1])
        suffixes[t] = np.logaddexp.reduce(paths, axis=1)
    totals = prefixes + suffixes
    totals -= totals.max(axis=1, keepdims=True)
    return np.exp(totals) / np.exp(totals).sum(axis=1, keepdims=True)


@pytest.mark.parametrize("magnitude", [1.0, 30.0, 300.0])
@pytest.mark.parametrize("num_labels", [3, 11, 47])
def test_sentences_equal_textbook(num_labels, magnitude):
    # 300: a share of the sums is too small for a product of exponentials.
    random = np.random.default_rng(num_labels)
    kinds = range(num_labels // 2)
    labels = ["O", *(f"{prefix}-{kind}" for kind in kinds for prefix in "BI")]
    crf = random_transitions(random, num_labels, magnitude)
    transitions = iob2_transitions(labels).with_scores(**vars(crf))
    sentences = [
        random.normal(scale=magnitude, size=(n, num_labels)).astype(np.float32)
        for n in random.integers(1, 40, 30)
    ]
    found = marginals(sentences, transitions)
    for rows, scores in zip(found, sentences, strict=True):
        expected = textbook(scores.astype(np.float64), transitions)
        np.testing.assert_allclose(rows, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("chunk", [1, 200, 1 << 18])
def test_order_is_kept_and_sentences_do_not_matter_to_each_other(
    chunk, monkeypatch
):
    monkeypatch.setattr(decoding, "_CHUNK", chunk)
    random = np.random.default_rng(2)
    transitions = random_transitions(random, 4, 2.0, forbidden=0.1)
    sentences = [random.normal(size=(n, 4)) for n in random.integers(0, 30, 60)]
    labels = [random.integers(0, 4, len(rows)) for rows in sentences]
    together = marginals(sentences, transitions)
    likelihoods = log_likelihoods(sentences, labels, transitions)
    assert likelihoods.shape == (60,)
    assert np.isneginf(likelihoods).any()
    for i, (rows, path) in enumerate(zip(sentences, labels, strict=True)):
        assert together[i].shape == rows.shape
        assert together[i].dtype == np.float64
        alone = marginals([rows], transitions)[0]
        np.testing.assert_allclose(together[i], alone, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            likelihoods[i],
            log_likelihoods([rows], [path], transitions)[0],
            rtol=1e-12,
        )


@pytest.mark.parametrize("magnitude", [1.0, 1e4])
@pytest.mark.parametrize("constant", [0.0, 1e4, -1e4])
def test_long_sentences(constant, magnitude):
    random = np.random.default_rng(3)
    transitions = random_transitions(random, 5, magnitude)
    scores = random.uniform(-magnitude, magnitude, (2000, 5))
    path = np.concatenate(decoding.best_paths([scores], transitions))
    shifted = scores + constant
    rows = marginals([shifted], transitions)[0]
    assert np.isfinite(rows).all()
    assert rows.min() >= 0
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-12)
    likelihood = log_likelihoods([shifted], [path], transitions)[0]
    assert FORBIDDEN < likelihood <= 1e-9
    # A constant changes nothing but the last digits.
    expected = log_likelihoods([scores], [path], transitions)[0]
    np.testing.assert_allclose(likelihood, expected, rtol=1e-9, atol=1e-8)


def test_loud_scores_leave_small_differences():
    # All label sequences are equally likely, as far as they can be told apart.
    zeros = np.zeros(3)
    transitions = Transitions(zeros, np.full([3, 3], -1e4), zeros)
    scores, path = np.full([2000, 3], 1e4), np.zeros(2000, np.int64)
    rows = marginals([scores], transitions)[0]
    np.testing.assert_allclose(rows, 1 / 3, rtol=1e-12)
    found = log_likelihoods([scores], [path], transitions)
    np.testing.assert_allclose(found, -2000 * np.log(3), rtol=1e-12)


def test_the_only_way_may_be_a_very_unlikely_label():
    # I-X only after B-X, whose score is too small for exp.
    transitions = iob2_transitions(("O", "B", "I"))
    scores = np.array([[0, -5000, 0], [-9000, -9000, 0]])
    rows = marginals([scores], transitions)[0]
    np.testing.assert_allclose(rows, [[0, 1, 0], [0, 0, 1]], atol=1e-12)
    paths = np.array([[1, 2], [0, 0]])
    found = log_likelihoods([scores] * 2, paths, transitions)
    np.testing.assert_allclose(found, [0, -4000])


def test_classes_of_no_word_have_no_probability():
    labels = BIOBERT_LABELS.labels
    transitions = iob2_transitions(labels)
    random = np.random.default_rng(4)
    sentences = [random.normal(size=(n, len(labels))) for n in (1, 2, 9) * 20]
    of_words = np.isin(labels, ["B", "I", "O"])
    for rows in marginals(sentences, transitions):
        assert not rows[:, ~of_words].any()
        assert rows[0, labels.index("I")] == 0
        np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-12)


def test_without_transitions_it_is_a_softmax():
    zeros = np.zeros(4)
    transitions = Transitions(zeros, np.zeros([4, 4]), zeros)
    scores = np.random.default_rng(5).normal(size=(9, 4)).astype(np.float32)
    path = scores.argmin(axis=1)
    expected = np.exp(scores.astype(np.float64))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        marginals([scores], transitions)[0], expected, rtol=1e-12
    )
    # Log probabilities of a model do as well as its logits.
    for given in (scores, np.log(expected)):
        np.testing.assert_allclose(
            log_likelihoods([given], [path], transitions)[0],
            np.log(expected[np.arange(9), path]).sum(),
            rtol=1e-12,
        )


def test_log_likelihood_equals_that_of_training():
    import tensorflow as tf

    from modeling import crf

    random = np.random.default_rng(6)
    for magnitude in (0.1, 1.0, 10.0, 1e3, 1e4):
        num_labels = int(random.integers(2, 12))
        transitions = random_transitions(random, num_labels, magnitude)
        lengths = [25, 0, 1, 7, 12]
        scores = random.uniform(-magnitude, magnitude, (5, 25, num_labels))
        labels = random.integers(0, num_labels, (5, 25))
        expected = crf.log_likelihood(
            tf.constant(scores, tf.float32),
            tf.constant(labels, tf.int32),
            tf.sequence_mask(lengths, 25),
            transitions=tf.constant(transitions.between, tf.float32),
            start=tf.constant(transitions.start, tf.float32),
            end=tf.constant(transitions.end, tf.float32),
        )
        found = log_likelihoods(
            [rows[:n] for rows, n in zip(scores, lengths, strict=True)],
            [path[:n] for path, n in zip(labels, lengths, strict=True)],
            transitions,
        )
        np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_nothing_to_sum():
    transitions = iob2_transitions(("O", "B", "I"))
    nothing = np.zeros([0, 3], np.float32), np.zeros(0, np.int64)
    word = np.array([[0.0, 0.0, 1.0]]), np.array([1])
    assert marginals([], transitions) == []
    assert log_likelihoods([], [], transitions).shape == (0,)
    for sentences in ([nothing], [nothing, word, nothing]):
        scores, labels = zip(*sentences, strict=True)
        rows = marginals(scores, transitions)
        assert [r.shape for r in rows] == [s.shape for s in scores]
        assert {r.dtype for r in rows} == {np.dtype(np.float64)}
        found = log_likelihoods(scores, labels, transitions)
        expected = [0 if not len(s) else np.log(0.5) for s in scores]
        np.testing.assert_allclose(found, expected)


def test_what_has_no_probabilities_is_refused():
    rules = iob2_transitions(("O", "B", "I"))
    good = np.zeros([2, 3])
    for value in (np.nan, np.inf):
        bad = np.diag([0, value, 0])
        with pytest.raises(ValueError, match="sentence 1: got NaN or inf"):
            marginals([good, bad, good], rules)
    no_way = np.full([3, 3], FORBIDDEN)
    impossible = Transitions(rules.start, no_way, rules.end)
    one_word = np.zeros([1, 3])
    marginals([one_word], impossible)
    with pytest.raises(ValueError, match=r"forbid all .* of sentence 1,"):
        marginals([one_word, good, one_word], impossible)
    with pytest.raises(ValueError, match=r"forbid all .* of sentence 0,"):
        log_likelihoods([good], [np.zeros(2, int)], impossible)
    with pytest.raises(ValueError, match="got 1 a word, expected 3"):
        marginals([np.zeros([2, 1])], rules)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([[0, 1]], "got 1 sentences, expected 2"),
        ([[0, 1], [0, 1]], "of sentence 1: got 2, expected 1"),
        ([[0, 1], [3]], "of sentence 1: got ids from 3 to 3, expected 0 to 2"),
        ([[-1, 1], [0]], "of sentence 0: got ids from -1 to 1"),
    ],
)
def test_labels_of_something_else_are_refused(labels, message):
    scores = [np.zeros([2, 3]), np.zeros([1, 3])]
    with pytest.raises(ValueError, match=message):
        log_likelihoods(
            scores,
            [np.array(path) for path in labels],
            iob2_transitions(("O", "B", "I")),
        )

"""Viterbi equals enumeration; its output is always well-formed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tasks import decoding
from tasks.decoding import (
    Transitions,
    are_allowed,
    best_paths,
    iob2_transitions,
)
from tasks.labels import BIOBERT_LABELS
from tasks.tag_schemes import to_iob2

DISEASE = ("O", "B-Disease", "I-Disease")
UNTYPED = ("O", "B", "I")
CELLS = ("O", "B-cell-line", "I-cell-line", "B-cell-type", "I-cell-type")
FORBIDDEN = -np.inf


def free(num_labels):
    zeros = np.zeros(num_labels)
    return Transitions(zeros, np.zeros([num_labels] * 2), zeros)


def random_transitions(random, num_labels, draw):
    """Draws scores; a random share of them is -inf."""

    def values(*shape):
        forbidden = random.random(shape) < random.choice([0, 0.2, 0.5])
        return np.where(forbidden, FORBIDDEN, draw(shape))

    return Transitions(
        values(num_labels), values(num_labels, num_labels), values(num_labels)
    )


def exhaustive(scores, transitions):
    """Returns the best total and its path; ties as the docstring has them."""
    words, num_labels = scores.shape
    paths = np.array(list(itertools.product(range(num_labels), repeat=words)))
    totals = scores[np.arange(words), paths].sum(axis=1)
    totals = totals + transitions.start[paths[:, 0]]
    totals += transitions.between[paths[:, :-1], paths[:, 1:]].sum(axis=1)
    totals += transitions.end[paths[:, -1]]
    tied = paths[totals == totals.max()]
    return totals.max(), min(tied.tolist(), key=lambda path: path[::-1])


@pytest.mark.parametrize("ties", [False, True])
def test_equals_exhaustive_argmax(ties):
    # Small integers tie often, and their sums are exact in any order.
    random = np.random.default_rng(1)

    def draw(shape):
        if ties:
            return random.integers(-2, 3, shape).astype(np.float64)
        return random.normal(size=shape)

    impossible = 0
    for _ in range(700):
        num_labels = int(random.integers(1, 6))
        transitions = random_transitions(random, num_labels, draw)
        scores = draw((random.integers(1, 7), num_labels))
        total, path = exhaustive(scores, transitions)
        if total == FORBIDDEN:
            impossible += 1
            with pytest.raises(ValueError, match="forbid all"):
                best_paths([scores], transitions)
            continue
        assert best_paths([scores], transitions)[0].tolist() == path
    assert 0 < impossible < 200


def test_rules_alone_equal_exhaustive_argmax():
    # Sentences whose argmax is allowed take another way than the others.
    random = np.random.default_rng(2)
    transitions = iob2_transitions(CELLS)
    sentences = [
        random.integers(0, 3, (random.integers(1, 7), 5)).astype(np.float32)
        for _ in range(500)
    ]
    paths = best_paths(sentences, transitions)
    for scores, path in zip(sentences, paths, strict=True):
        assert path.tolist() == exhaustive(scores, transitions)[1]


@pytest.mark.parametrize("chunk", [1, 200, 1 << 18])
def test_sentences_do_not_matter_to_each_other(chunk, monkeypatch):
    monkeypatch.setattr(decoding, "_CHUNK", chunk)
    random = np.random.default_rng(3)
    transitions = random_transitions(random, 4, lambda s: random.normal(size=s))
    transitions = Transitions(
        np.zeros(4), transitions.between * 0.5, np.ones(4)
    )
    sentences = [random.normal(size=(n, 4)) for n in random.integers(0, 30, 60)]
    together = best_paths(sentences, transitions)
    assert [len(path) for path in together] == [len(s) for s in sentences]
    for scores, path in zip(sentences, together, strict=True):
        assert path.dtype == np.int64
        assert path.tolist() == best_paths([scores], transitions)[0].tolist()


@pytest.mark.parametrize("labels", [DISEASE, UNTYPED, CELLS])
def test_no_ill_formed_output(labels):
    random = np.random.default_rng(4)
    sentences = [
        random.normal(scale=5, size=(n, len(labels))).astype(np.float32)
        for n in random.integers(1, 40, 10_000)
    ]
    transitions = iob2_transitions(labels)
    argmax = [scores.argmax(axis=1) for scores in sentences]
    found = best_paths(sentences, transitions)
    kept = 0
    for before, after in zip(argmax, found, strict=True):
        tags = [labels[i] for i in after]
        assert to_iob2(tags) == tags  # which it is if and only if well-formed
        unchanged = np.array_equal(before, after)
        before_tags = [labels[i] for i in before]
        assert unchanged == (to_iob2(before_tags) == before_tags)
        kept += unchanged
    assert 100 < kept < 9900


def test_allowed_argmax_survives_rounding():
    # 1e16 + 1 is 1e16: the sums of these paths are equal, their words are not.
    scores = np.array([[1e16, 0, 0], [0, 1, 0]])
    assert best_paths([scores], iob2_transitions(UNTYPED))[0].tolist() == [0, 1]


def test_rules_of_iob2():
    transitions = iob2_transitions(CELLS)
    assert transitions.start.tolist() == [0, 0, FORBIDDEN, 0, FORBIDDEN]
    assert transitions.end.tolist() == [0] * 5
    into_line, into_type = transitions.between[:, 2], transitions.between[:, 4]
    assert into_line.tolist() == [FORBIDDEN, 0, 0, FORBIDDEN, FORBIDDEN]
    assert into_type.tolist() == [FORBIDDEN, FORBIDDEN, FORBIDDEN, 0, 0]
    assert not transitions.between[:, [0, 1, 3]].any()


def test_classes_of_no_word_are_never_chosen():
    labels = BIOBERT_LABELS.labels
    transitions = iob2_transitions(labels)
    random = np.random.default_rng(5)
    sentences = [random.normal(size=(n, len(labels))) for n in (1, 2, 3) * 200]
    for path in best_paths(sentences, transitions):
        tags = [labels[i] for i in path]
        assert set(tags) <= set(UNTYPED)
        assert to_iob2(tags) == tags


def test_scores_are_added_to_the_rules():
    weights = {
        "start": np.array([0.0, -1.0, 5.0], np.float32),
        "between": np.array([[0, 0, 9], [0, 0, 4], [0, 0, -6]], np.float32),
        "end": np.array([0.0, 0.5, 0.0], np.float32),
    }
    rules = iob2_transitions(DISEASE)
    transitions = rules.with_scores(**weights)
    assert transitions.between[0, 2] == transitions.start[2] == FORBIDDEN
    scores = np.zeros([3, 3])
    # O B I: 4. Without rules it would be I O I: 5 + 0 + 9.
    assert best_paths([scores], transitions)[0].tolist() == [0, 1, 2]
    unruled = free(3).with_scores(**weights)
    assert best_paths([scores], unruled)[0].tolist() == [2, 0, 2]
    with pytest.raises(ValueError, match=r"end: got shape \(2,\), expected"):
        rules.with_scores(**{**weights, "end": np.zeros(2)})


def test_nothing_to_decode():
    transitions = iob2_transitions(DISEASE)
    assert best_paths([], transitions) == []
    assert are_allowed([], transitions).tolist() == []
    empty = np.zeros([0, 3], np.float32)
    full = np.array([[0.0, 0.0, 1.0]])
    paths = best_paths([empty, full, empty], transitions)
    assert [path.tolist() for path in paths] == [[], [0], []]
    assert [path.tolist() for path in best_paths([empty], transitions)] == [[]]


def test_are_allowed():
    paths = [[0, 1, 2], [], [2], [1, 0, 2], [1], [0, 2], []]
    allowed = are_allowed(
        [np.array(path, np.int64) for path in paths], iob2_transitions(DISEASE)
    )
    assert allowed.tolist() == [True, True, False, False, True, False, True]
    no_end = Transitions(
        np.zeros(2), np.zeros([2, 2]), np.array([0, FORBIDDEN])
    )
    paths = [np.array([1, 0]), np.array([0, 1]), np.array([1])]
    assert are_allowed(paths, no_end).tolist() == [True, False, False]


def test_nan_is_refused():
    good, bad = np.zeros([2, 3]), np.array([[0, 1, 2], [0, np.nan, 0]])
    for transitions in (iob2_transitions(DISEASE), free(3)):
        with pytest.raises(ValueError, match="sentence 1: got NaN"):
            best_paths([good, bad], transitions)

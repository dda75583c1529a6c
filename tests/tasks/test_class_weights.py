"""Weights of labels against scikit-learn's and what cannot be read."""

from __future__ import annotations

import numpy as np
import pytest

from foundation.errors import InputError
from tasks.class_weights import class_weights

LABELS = ("O", "B-Disease", "I-Disease", "B-Drug")


def test_none_is_one_for_all():
    weights = class_weights("none", LABELS, [5, 0, 2, 1])
    assert weights.dtype == np.float32
    assert weights.tolist() == [1.0] * 4


@pytest.mark.parametrize("seed", range(20))
def test_balanced_equals_scikit_learn(seed):
    oracle = pytest.importorskip("sklearn.utils.class_weight")
    random = np.random.default_rng(seed)
    shares = random.dirichlet([0.3] * len(LABELS))
    positions = random.choice(len(LABELS), 50, p=shares)
    counts = np.bincount(positions, minlength=len(LABELS))
    occurring = np.flatnonzero(counts)
    expected = np.ones(len(LABELS))  # it has nothing to say of the others
    expected[occurring] = oracle.compute_class_weight(
        "balanced", classes=occurring, y=positions
    )
    weights = class_weights("balanced", LABELS, counts)
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    # The mean weight of a position is 1: the learning rate keeps its meaning.
    assert (weights * counts).sum() == pytest.approx(counts.sum(), rel=1e-5)


def test_balanced_without_any_label():
    assert class_weights("balanced", LABELS, [0] * 4).tolist() == [1.0] * 4


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("B-Disease:2,I-Disease:2,O:0.5", [0.5, 2, 2, 1]),
        (" B-Drug:1e1 , O:0", [0, 1, 1, 10]),
        ("O:3", [3, 1, 1, 1]),
    ],
)
def test_a_list_of_weights(spec, expected):
    weights = class_weights(spec, LABELS, [7, 1, 1, 1])
    assert weights.dtype == np.float32
    assert weights.tolist() == expected


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("B-Gene:2", "unknown label: got B-Gene, expected labels of the"),
        ("b-disease:2", "unknown label: got b-disease"),
        ("balance", "no list of weights: got balance, expected none, bal"),
        ("O", "no list of weights: got O"),
        (":2", "no list of weights"),
        ("O:", "no list of weights: got 2 characters"),
        ("", "no list of weights"),
        ("O:2,", "no list of weights"),
        ("O:-1", "no list of weights: got O:-1"),
        ("O:nan", "no list of weights: got O:nan"),
        ("O:inf", "no list of weights: got O:inf"),
        ("O:1e40", "no list of weights: got O:1e40"),
        ("O:two", "no list of weights: got O:two"),
        ("O:1,O:2", "twice: got O"),
        ("O:0,B-Disease:0,I-Disease:0,B-Drug:0", "no loss"),
    ],
)
def test_what_cannot_be_read(spec, words):
    with pytest.raises(InputError) as error:
        class_weights(spec, LABELS, [7, 1, 1, 1])
    assert words in str(error.value)
    assert "--class_weights" in str(error.value)
    assert error.value.next_step


def test_text_of_a_note_is_not_shown():
    with pytest.raises(InputError) as error:
        class_weights("Smith was seen today:2", LABELS, [7, 1, 1, 1])
    assert "Smith" not in str(error.value)


def test_counts_of_other_labels_are_a_defect():
    with pytest.raises(ValueError, match="got 3, expected one for each of"):
        class_weights("balanced", LABELS, [1, 2, 3])

"""Dropout: the rate, the scale, and what a mask depends on."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from modeling import dropout
from modeling.dropout import NO_DROPOUT, DropoutMasks
from training.random_numbers import dropout_seed

pytestmark = pytest.mark.usefixtures("way")
X = tf.ones([64, 1001])  # an odd number of elements: half a word is left


@pytest.fixture(params=["hashed", "drawn"])
def way(request, monkeypatch):
    """Masks as on a CPU with known shapes, and as anywhere else."""
    if request.param == "drawn":
        monkeypatch.setattr(dropout, "compiles", lambda *_: False)


def _mask(place="layer_0/output", rate=0.1, seed=7, **where) -> np.ndarray:
    where = {"batch": 0, **where}
    masks = DropoutMasks(tf.constant(dropout_seed(seed, **where)))
    return masks(X, rate, place).numpy() > 0


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_rate_and_scale(rate):
    masks = DropoutMasks(tf.constant(dropout_seed(1, batch=5)))
    values = masks(X, rate, "place").numpy()
    kept = values > 0
    sigma = np.sqrt(rate * (1 - rate) / kept.size)
    assert abs(kept.mean() - (1 - rate)) < 3 * sigma
    np.testing.assert_allclose(values[kept], 1 / (1 - rate), rtol=1e-4)
    # No row or column is favoured (6 sigma: so few make a skewed binomial).
    for axis, count in ((0, 64), (1, 1001)):
        spread = 6 * np.sqrt(rate * (1 - rate) / count)
        assert np.abs(kept.mean(axis=axis) - (1 - rate)).max() < spread


def test_neighbours_are_independent():
    # Where bits are drawn, two elements share one random word.
    kept = _mask(rate=0.5)[:, :1000].reshape(64, 500, 2)
    both = (kept[..., 0] & kept[..., 1]).mean()
    assert abs(both - 0.25) < 3 * np.sqrt(0.25 * 0.75 / 32000)


def test_the_same_place_in_the_run_has_the_same_mask():
    np.testing.assert_array_equal(_mask(batch=3), _mask(batch=3))


@pytest.mark.parametrize(
    "other",
    [
        {"place": "layer_1/output"},
        {"seed": 8},
        {"batch": 1},
        {"micro_batch": 1},
        {"replica": 1},
    ],
)
def test_any_other_place_has_another(other):
    same = (_mask(rate=0.5) == _mask(rate=0.5, **other)).mean()
    assert abs(same - 0.5) < 5 * np.sqrt(0.25 / X.shape.num_elements())


def test_seeds_of_a_run_are_all_different():
    seeds = {
        tuple(dropout_seed(seed, batch=batch, micro_batch=m, replica=r))
        for seed in (0, 1, 2**31 - 1)
        for batch in range(500)
        for m in range(4)
        for r in range(2)
    }
    assert len(seeds) == 3 * 500 * 4 * 2


def test_seeds_are_known():
    # Pinned: a change of them would break runs that are resumed.
    got = dropout_seed(12345, batch=678, micro_batch=1)
    assert got.dtype == np.int32
    assert got.tolist() == [1419699572, 651213851]


def test_nothing_is_dropped_outside_training():
    assert NO_DROPOUT(X, 0.5, "place") is X
    assert not NO_DROPOUT.training
    masks = DropoutMasks(tf.constant([1, 2]))
    assert masks.training
    assert masks(X, 0.0, "place") is X


def test_the_gradient_goes_through_what_is_kept():
    masks = DropoutMasks(tf.constant([1, 2]))
    x = tf.random.stateless_uniform([4, 9], seed=[0, 0]) + 1.0
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = masks(x, 0.5, "place")
    gradient = tape.gradient(y, x).numpy()
    np.testing.assert_array_equal(gradient, np.where(y.numpy() > 0, 2.0, 0.0))


def test_a_graph_draws_what_eager_code_draws():
    @tf.function(autograph=False)
    def compiled(seed, x):
        return DropoutMasks(seed)(x, 0.3, "place")

    seed = tf.constant(dropout_seed(1, batch=2))
    np.testing.assert_array_equal(
        compiled(seed, X), DropoutMasks(seed)(X, 0.3, "place")
    )

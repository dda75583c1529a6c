"""AdamW, LAMB, clipping and the schedule against originals.md section 5."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from training.optimizers import Optimizer, OptimizerOptions, clip_gradients
from training.schedules import WarmupPolynomialDecay

# Decayed and adapted, then three that are not, then one that starts at 0, and
# a CRF's, which is not decayed either.
NAMES = (
    "bert/embeddings/word_embeddings",
    "bert/encoder/layer_0/output/LayerNorm/gamma",
    "bert/encoder/layer_0/output/dense/bias",
    "output_bias",
    "output_weights",
    "crf/transitions",
)
DECAYED = {NAMES[0], NAMES[4]}
STEPS = 100


def _reference(
    weights, gradients, options: OptimizerOptions, *, learning_rate, rates=None
) -> dict[str, np.ndarray]:
    """The update rules as written in originals.md section 5, in float64."""
    rates = rates or {}
    w = {n: v.astype(np.float64) for n, v in weights.items()}
    m = {n: np.zeros_like(v) for n, v in w.items()}
    v = {n: np.zeros_like(v) for n, v in w.items()}
    b1, b2 = options.beta_1, options.beta_2
    for step, grads in enumerate(gradients, start=1):
        for n, g in grads.items():
            g = g.astype(np.float64)
            m[n] = b1 * m[n] + (1 - b1) * g
            v[n] = b2 * v[n] + (1 - b2) * g**2
            m_hat, v_hat = m[n], v[n]
            if options.bias_correction:
                m_hat = m_hat / (1 - b1**step)
                v_hat = v_hat / (1 - b2**step)
            u = m_hat / (np.sqrt(v_hat) + options.epsilon)
            ratio = 1.0
            if n in DECAYED:
                u = u + options.weight_decay * w[n]
                if options.kind == "lamb":
                    norms = np.linalg.norm(w[n]), np.linalg.norm(u)
                    ratio = norms[0] / norms[1] if min(norms) > 0 else 1.0
            w[n] = w[n] - ratio * learning_rate * rates.get(n, 1.0) * u
    return w


@pytest.mark.parametrize("kind", ["adamw", "lamb"])
@pytest.mark.parametrize("bias_correction", [False, True])
@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("scale", [1.0, 1e-5])
@pytest.mark.parametrize("rates", [{}, {NAMES[0]: 0.25, NAMES[5]: 100.0}])
def test_update_equals_the_reference(
    kind, bias_correction, weight_decay, scale, rates
):
    # With gradients of 1e-5 epsilon counts: BERT's are as small as that.
    random = np.random.default_rng(0)
    shapes = [(6, 4), (4,), (4,), (3,), (3, 4), (3, 3)]
    weights = {
        # As large as BERT's. (Decay is a rounding of its own: some ulps.)
        n: random.normal(0, 0.04, s).astype(np.float32)
        for n, s in zip(NAMES, shapes, strict=True)
    }
    weights[NAMES[4]][:] = 0.0
    gradients = [
        {
            n: (random.normal(0, scale, s)).astype(np.float32)
            for n, s in zip(NAMES, shapes, strict=True)
        }
        for _ in range(STEPS)
    ]
    options = OptimizerOptions(
        kind=kind, bias_correction=bias_correction, weight_decay=weight_decay
    )
    variables = {n: tf.Variable(w) for n, w in weights.items()}
    optimizer = Optimizer(variables, options, rates=rates)

    @tf.function(autograph=False)
    def update(grads, step):
        optimizer.apply(grads, learning_rate=tf.constant(1e-4), step=step)

    for step, grads in enumerate(gradients):
        update(
            [tf.constant(g) for g in grads.values()],
            tf.constant(step, tf.int64),
        )
    expected = _reference(
        weights, gradients, options, learning_rate=1e-4, rates=rates
    )
    for name, variable in variables.items():
        assert np.abs(expected[name] - weights[name]).max() > 1e-5
        # Steps a hundred times as long have roundings as much larger.
        tolerance = 1e-6 * max(rates.get(name, 1.0), 1.0)
        np.testing.assert_allclose(
            variable.numpy(),
            expected[name],
            atol=tolerance,
            rtol=0,
            err_msg=name,
        )


def test_slots_have_the_originals_names():
    variables = {n: tf.Variable([1.0]) for n in NAMES}
    optimizer = Optimizer(variables, OptimizerOptions(kind="lamb"))
    assert set(optimizer.slots) == {
        f"{n}/{slot}" for n in NAMES for slot in ("adam_m", "adam_v")
    }


def test_a_rate_of_one_changes_no_bit():
    gradients = [tf.constant([0.3, -0.1])]
    values = []
    for rates in (None, {"w": 1.0}, {"w": 1.0 + 1e-6}):
        w = tf.Variable([0.1, 0.2])
        optimizer = Optimizer({"w": w}, OptimizerOptions(), rates=rates)
        for step in range(50):
            optimizer.apply(
                gradients,
                learning_rate=tf.constant(1e-3),
                step=tf.constant(step, tf.int64),
            )
        values.append(w.numpy().tobytes())
    assert values[0] == values[1]
    assert values[0] != values[2]


def test_the_test_that_google_has_for_it():
    # google-research/bert optimization_test.py.
    x = tf.constant([0.4, 0.2, -0.5])
    w = tf.Variable([0.1, -0.2, -0.1])
    optimizer = Optimizer({"w": w}, OptimizerOptions(weight_decay=0.0))
    for step in range(100):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(x - w))
        optimizer.apply(
            [tape.gradient(loss, w)],
            learning_rate=tf.constant(0.2),
            step=tf.constant(step, tf.int64),
        )
    np.testing.assert_allclose(w.numpy(), x.numpy(), atol=1e-2, rtol=0)


def _gradients():
    dense = tf.constant([[3.0, 0.0], [0.0, 4.0]])
    # Row 1 twice: the rows count as they are, not summed.
    sparse = tf.IndexedSlices(
        tf.constant([[6.0, 0.0], [8.0, 0.0], [0.0, 0.0]]),
        tf.constant([1, 1, 0]),
        tf.constant([4, 2]),
    )
    return [dense, sparse, tf.constant([0.1])]


def test_clip_by_global_norm():
    gradients = _gradients()
    norm = np.sqrt(9 + 16 + 36 + 64 + 0.01)
    clipped, got = clip_gradients(gradients, OptimizerOptions(clip_norm=2.0))
    assert float(got) == pytest.approx(norm)
    assert isinstance(clipped[1], tf.IndexedSlices)
    for before, after in zip(gradients, clipped, strict=True):
        np.testing.assert_allclose(
            tf.convert_to_tensor(after),
            tf.convert_to_tensor(before) * 2.0 / norm,
            rtol=1e-6,
        )
    assert clipped[1].indices.numpy().tolist() == [1, 1, 0]


def test_a_small_gradient_is_not_clipped():
    clipped, norm = clip_gradients(
        [tf.constant([0.3, 0.4])], OptimizerOptions()
    )
    assert float(norm) == pytest.approx(0.5)
    np.testing.assert_allclose(clipped[0], [0.3, 0.4], rtol=1e-7)


def test_clip_by_tensor():
    clipped, norm = clip_gradients(
        _gradients(), OptimizerOptions(clip_norm=2.0, clip_by="tensor")
    )
    assert float(norm) == pytest.approx(np.sqrt(125.01))
    np.testing.assert_allclose(clipped[0], [[1.2, 0.0], [0.0, 1.6]], rtol=1e-6)
    # The sparse one is summed first, as a PyTorch gradient is: norm 14.
    expected = np.zeros((4, 2))
    expected[1, 0] = 2.0
    np.testing.assert_allclose(clipped[1], expected, rtol=1e-6)
    np.testing.assert_allclose(clipped[2], [0.1], rtol=1e-6)


def test_no_clipping():
    gradients = _gradients()
    clipped, norm = clip_gradients(gradients, OptimizerOptions(clip_norm=0.0))
    assert clipped == gradients
    assert float(norm) == pytest.approx(np.sqrt(125.01))


def test_schedule():
    schedule = WarmupPolynomialDecay(
        learning_rate=1e-3, num_train_steps=100, num_warmup_steps=10
    )
    assert schedule(0) == 0.0
    assert schedule(9) == pytest.approx(9e-4)
    assert schedule(10) == pytest.approx(9e-4)  # not shifted: it jumps
    assert schedule(11) == pytest.approx(8.9e-4)
    assert schedule(100) == 0.0
    assert schedule(150) == 0.0
    assert schedule.rate_of_update(0) == pytest.approx(1e-4)
    assert schedule.rate_of_update(99) == 0.0


def test_schedule_without_warmup():
    schedule = WarmupPolynomialDecay(learning_rate=1e-3, num_train_steps=4)
    rates = [schedule(step) for step in range(5)]
    np.testing.assert_allclose(rates, [1e-3, 7.5e-4, 5e-4, 2.5e-4, 0])

"""Twenty training steps equal those of the original programs.

Losses within 1e-4 relative and weights within 1e-4, from fresh slots and from
a checkpoint in the middle with its slots.
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from modeling.weights import tf1
from tests.modeling.golden_models import open_model, read_trajectory
from training.optimizers import Optimizer, OptimizerOptions, clip_gradients
from training.schedules import WarmupPolynomialDecay

TOLERANCE = 1e-4  # DESIGN 2.7
RECORDS = {
    "bert_tiny": "bert_plain",
    "albert_tiny": "albert_default",
    "albert_tiny_adamw": "albert_default",
}


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("start", [0, 10])
def test_trajectory_equals_the_original(recorded_dir, name, start):
    folder = recorded_dir / name
    checkpoint = "halfway/model.ckpt-10" if start else "model.ckpt-200"
    if not (folder / f"{checkpoint}.index").exists():
        pytest.skip(f"needs the shared folder beside the checkout for {name}")
    trajectory = read_trajectory(folder)
    records = dict(
        np.load(recorded_dir / "pretraining_data" / f"{RECORDS[name]}.npz")
    )
    model = open_model(folder, checkpoint)
    optimizer = Optimizer(
        model.variables, OptimizerOptions(kind=trajectory["optimizer"])
    )
    if start:
        bundle = tf1.Tf1Bundle(str(folder / checkpoint))
        assert int(bundle.read("global_step")) == start
        for slot, variable in optimizer.slots.items():
            variable.assign(bundle.read(slot))
    schedule = WarmupPolynomialDecay(
        learning_rate=trajectory["learning_rate"],
        num_train_steps=trajectory["num_train_steps"],
        num_warmup_steps=trajectory["num_warmup_steps"],
    )

    @tf.function(autograph=False)
    def step_on(batch, learning_rate, step):
        with tf.GradientTape() as tape:
            masked_lm, sentence = model.losses(batch)
            total = masked_lm + sentence
        gradients = tape.gradient(total, list(model.variables.values()))
        clipped, _ = clip_gradients(gradients, optimizer.options)
        optimizer.apply(clipped, learning_rate=learning_rate, step=step)
        return masked_lm, sentence

    losses = []
    for step in range(start, trajectory["num_train_steps"]):
        rows = [(16 * step + j) % len(records["input_ids"]) for j in range(16)]
        batch = {k: tf.constant(v[rows]) for k, v in records.items()}
        losses.append(
            step_on(
                batch,
                tf.constant(schedule.rate_of_update(step), tf.float32),
                tf.constant(step, tf.int64),
            )
        )
    masked_lm, sentence = np.array(losses).T
    np.testing.assert_allclose(
        masked_lm, trajectory["losses_masked_lm"][start:], rtol=TOLERANCE
    )
    np.testing.assert_allclose(
        sentence, trajectory["losses_sentence"][start:], rtol=TOLERANCE
    )
    expected = np.load(folder / "after_20_steps.npz")
    for key, variable in model.variables.items():
        np.testing.assert_allclose(
            variable.numpy(),
            expected[key.replace("/", "|")],
            atol=TOLERANCE,
            rtol=0,
            err_msg=key,
        )

"""One update: accumulation, reduction of the loss, gradients that overflow."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from foundation.errors import InputError
from preprocessing.features import FeatureSpec, FeatureTable
from tests.training.tiny_model import SPECS, TinyTagger, random_batch, tensors
from training import parameter_groups
from training.batch_source import BatchSource
from training.loop import Trainer
from training.metrics_log import MetricsLog
from training.optimizers import Optimizer, OptimizerOptions
from training.options import BatchOptions, TransferOptions
from training.resume_state import ResumeState
from training.schedules import WarmupPolynomialDecay
from training.step import StepInputs, TrainingStep

SEED = tf.constant([1, 2])


def _scalars(step: int, *, rate: float = 5e-5, scale: float = 1.0):
    return StepInputs(
        tf.constant(rate, tf.float32),
        tf.constant(step, tf.int64),
        tf.constant(scale, tf.float32),
    )


@pytest.mark.parametrize("sums_loss", [False, True])
def test_four_batches_of_eight_equal_one_of_32(sums_loss):
    whole, parts = TinyTagger(), TinyTagger()
    before = whole.values()
    one = TrainingStep(whole.functions(sums_loss=sums_loss))
    four = TrainingStep(parts.functions(sums_loss=sums_loss), micro_batches=4)
    for step in range(20):
        # Rows differ in their number of labels: a mean of means would show.
        batch = random_batch(32, seed=step)
        results = [
            one([tensors(batch)], [SEED], _scalars(step)),
            four(
                [tensors(batch, slice(i, i + 8)) for i in (0, 8, 16, 24)],
                [SEED] * 4,
                _scalars(step),
            ),
        ]
        np.testing.assert_allclose(*[r.loss for r in results], rtol=1e-4)
    moved = 0.0
    for name, values in whole.values().items():
        np.testing.assert_allclose(
            parts.values()[name], values, atol=1e-6, rtol=0, err_msg=name
        )
        moved = max(moved, np.abs(values - before[name]).max())
    assert moved > 1e-4


def _adamw(weights, slots, gradients, *, rates) -> None:
    """AdamW as originals.md section 5 has it, a rate for each variable.

    Changes weights and slots (m, v) in place; float64.
    """
    for name, g in gradients.items():
        m, v = slots.setdefault(name, [0.0, 0.0])
        slots[name] = m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        update = m / (np.sqrt(v) + 1e-6)
        if "LayerNorm" not in name and "bias" not in name:
            update = update + 0.01 * weights[name]
        weights[name] = weights[name] - rates[name] * update


def test_layerwise_rates_equal_adamw_with_a_rate_for_each_variable():
    model, rate = TinyTagger(), 1e-3
    # Two layers: 0.5^2 for the upper one, ^3 for the lower, ^4 below.
    rates = {
        name: rate * 0.5**exponent
        for name in model.variables
        for scope, exponent in (
            ("bert/encoder/layer_1/", 2),
            ("bert/encoder/layer_0/", 3),
            ("bert/embeddings/", 4),
            ("output_", 0),
        )
        if name.startswith(scope)
    }
    factors = parameter_groups.rate_factors(
        model.variables,
        model.encoder.config,
        transfer=TransferOptions(layerwise_lr_decay=0.5),
        learning_rate=rate,
    )
    options = OptimizerOptions(clip_norm=0.0)
    optimizer = Optimizer(model.variables, options, rates=factors)
    step = TrainingStep(model.functions(optimizer=optimizer))
    before, slots = model.values(), {}
    expected = {n: v.astype(np.float64) for n, v in before.items()}
    for index in range(10):
        batch = tensors(random_batch(8, seed=index))
        with tf.GradientTape() as tape:
            total, weight = model.loss(batch)
            loss = total / weight
        gradients = tape.gradient(loss, model.variables)
        _adamw(
            expected,
            slots,
            {
                name: tf.convert_to_tensor(g).numpy().astype(np.float64)
                for name, g in gradients.items()
            },
            rates=rates,
        )
        step([batch], [SEED], _scalars(index, rate=rate))
    for name, values in model.values().items():
        moved = np.abs(values - before[name]).max()
        # Softmax does not see what is added to all keys.
        assert moved > 1e-5 or name.endswith("key/bias"), name
        np.testing.assert_allclose(
            values, expected[name], atol=1e-6, rtol=0, err_msg=name
        )


def _operations(functions) -> list[str]:
    graph = TrainingStep(functions)._whole.get_concrete_function().graph
    return [operation.name for operation in graph.get_operations()]


def test_the_backward_pass_ends_at_the_lowest_layer_that_trains():
    counts = []
    for lowest in ("bert/embeddings", "bert/encoder/layer_1", "output"):
        model = TinyTagger()
        names = list(model.variables)
        start = next(i for i, n in enumerate(names) if n.startswith(lowest))
        trained = {n: model.variables[n] for n in names[start:]}
        functions = model.functions(
            variables=list(trained.values()),
            optimizer=Optimizer(trained, OptimizerOptions()),
        )
        operations = _operations(functions)
        counts.append(sum("gradient" in name for name in operations))
    whole, upper_half, head = counts
    assert upper_half < 0.6 * whole
    assert head < 0.15 * whole  # the loss and the head alone


@pytest.mark.parametrize("sums_loss", [False, True])
def test_the_loss_is_the_mean_or_the_sum(sums_loss):
    model = TinyTagger()
    batch = random_batch(8)
    total, weight = (float(x) for x in model.loss(tensors(batch)))
    assert weight == (batch["label_ids"] >= 0).sum()
    step = TrainingStep(model.functions(sums_loss=sums_loss))
    result = step([tensors(batch)], [SEED], _scalars(0))
    expected = total if sums_loss else total / weight
    assert float(result.loss) == pytest.approx(expected, rel=1e-6)
    assert bool(result.finite)


def test_a_batch_without_labels_leaves_gradients_at_zero():
    model = TinyTagger()
    before = model.values()
    batch = random_batch(4)
    batch["label_ids"][:] = -1
    step = TrainingStep(model.functions(OptimizerOptions(weight_decay=0.0)))
    result = step([tensors(batch)], [SEED], _scalars(0))
    assert float(result.loss) == 0.0
    assert bool(result.finite)
    for name, values in model.values().items():
        np.testing.assert_array_equal(values, before[name])


@pytest.mark.parametrize("micro_batches", [1, 2])
def test_a_gradient_that_is_not_finite_changes_nothing(micro_batches):
    model = TinyTagger()
    functions = model.functions()
    step = TrainingStep(functions, micro_batches=micro_batches)
    batches = [tensors(random_batch(4, seed=i)) for i in range(micro_batches)]
    seeds = [SEED] * micro_batches
    bias = model.variables["output_bias"]
    bias.assign([np.nan, 0.0, 0.0])
    before = model.values()
    slots = {n: v.numpy() for n, v in functions.optimizer.slots.items()}
    result = step(batches, seeds, _scalars(0))
    assert not bool(result.finite)
    for name, values in model.values().items():
        np.testing.assert_array_equal(values, before[name])
    for name, variable in functions.optimizer.slots.items():
        np.testing.assert_array_equal(variable.numpy(), slots[name])
    # Nothing of it is left for the next update.
    bias.assign([0.0, 0.0, 0.0])
    result = step(batches, seeds, _scalars(0))
    assert bool(result.finite)
    fresh = TinyTagger()
    again = TrainingStep(fresh.functions(), micro_batches=micro_batches)
    again(batches, seeds, _scalars(0))
    for name, values in fresh.values().items():
        np.testing.assert_array_equal(model.values()[name], values)


def test_the_loss_scale_cancels_out():
    models = {scale: TinyTagger() for scale in (1.0, 1024.0)}
    for scale, model in models.items():
        step = TrainingStep(model.functions(scales_loss=True))
        for index in range(5):
            step(
                [tensors(random_batch(8, seed=index))],
                [SEED],
                _scalars(index, scale=scale),
            )
    expected = models[1.0].values()
    for name, values in models[1024.0].values().items():
        np.testing.assert_allclose(values, expected[name], atol=1e-7, rtol=0)


def _table() -> FeatureTable:
    batch = random_batch(20)
    lengths = batch["input_mask"].sum(axis=1)
    return FeatureTable(
        [FeatureSpec(n, padding=-1 if "label" in n else 0) for n in SPECS],
        [
            {name: values[row, :length] for name, values in batch.items()}
            for row, length in enumerate(lengths)
        ],
    )


def _trainer(model: TinyTagger, folder, state, *, scales_loss: bool):
    options = BatchOptions(train_batch_size=4, max_seq_length=12)
    return Trainer(
        TrainingStep(model.functions(scales_loss=scales_loss)),
        BatchSource(_table(), options, seed=3),
        WarmupPolynomialDecay(1e-3, 10),
        state=state,
        log=MetricsLog(str(folder), from_step=0),
        log_every=1,
        scales_loss=scales_loss,
    )


def test_float16_overflow_skips_the_update_and_halves_the_scale(tmp_path):
    model = TinyTagger(dtype="float16")
    state = ResumeState(global_step=2, batches_seen=3, loss_scale=2.0**40)
    trainer = _trainer(model, tmp_path, state, scales_loss=True)
    before = model.values()
    result = trainer._update(2)
    assert not bool(result.finite)
    assert not trainer._count(result)
    for name, values in model.values().items():
        np.testing.assert_array_equal(values, before[name])
    assert trainer.loss_scale == 2.0**39
    assert int(trainer.global_step) == 2
    assert trainer.batches_seen == 4
    # It comes to its senses by itself, and only then counts an update.
    trainer.train(tf.constant(1))
    assert int(trainer.global_step) == 3
    assert trainer.batches_seen > 6
    assert trainer.loss_scale < 2.0**30
    assert trainer.skipped_steps == trainer.batches_seen - 3
    assert any((model.values()[n] != before[n]).any() for n in before)


def test_the_loss_scale_grows_after_a_thousand_good_updates(tmp_path):
    state = ResumeState(loss_scale=8.0, good_steps=998)
    model = TinyTagger(dtype="float16")
    trainer = _trainer(model, tmp_path, state, scales_loss=True)
    trainer.train(tf.constant(1))
    assert (trainer.loss_scale, trainer.good_steps) == (8.0, 999)
    trainer.train(tf.constant(1))
    assert (trainer.loss_scale, trainer.good_steps) == (16.0, 0)


def test_float32_that_diverges_stops_the_run(tmp_path):
    model = TinyTagger()
    trainer = _trainer(model, tmp_path, ResumeState(), scales_loss=False)
    model.variables["output_bias"].assign([np.inf, 0.0, 0.0])
    with pytest.raises(InputError, match="diverged"):
        trainer.train(tf.constant(1))


def test_a_trainer_restored_in_the_middle_goes_on_alike(tmp_path):
    # Updates 0..5 in one go, and 0..2 + 3..5 by two trainers.
    whole = TinyTagger(dropout=0.1)
    trainer = _trainer(whole, tmp_path, ResumeState(), scales_loss=False)
    trainer.train(tf.constant(6))
    halves = TinyTagger(dropout=0.1)
    first = _trainer(halves, tmp_path, ResumeState(), scales_loss=False)
    first.train(tf.constant(3))
    slots = first._step._functions.optimizer.slots
    state = ResumeState(global_step=3, batches_seen=first.batches_seen)
    second = _trainer(halves, tmp_path, state, scales_loss=False)
    for name, slot in second._step._functions.optimizer.slots.items():
        slot.assign(slots[name])
    second.train(tf.constant(3))
    for name, values in whole.values().items():
        np.testing.assert_array_equal(halves.values()[name], values)

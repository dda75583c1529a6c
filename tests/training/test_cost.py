from __future__ import annotations

import dataclasses
import math

import pytest
import tensorflow as tf
from tensorflow.python.framework import op_callbacks

from modeling.config import AlbertConfig, BertConfig
from modeling.dropout import DropoutMasks
from modeling.pretraining import PretrainingModel
from tests.tiny_configs import tiny_albert, tiny_bert
from training.cost import (
    Clock,
    CostFacts,
    PhaseFacts,
    describe_cost,
    describe_duration,
    step_flops,
)

_BATCH, _LENGTH, _PREDICTIONS = 3, 7, 5
_OPS = ("MatMul", "BatchMatMulV2", "BatchMatMulV3")


def counted_flops(config, *, with_sentence, recompute) -> int:
    """Runs a forward and a backward pass; adds up the products it sees."""
    model = PretrainingModel(
        config,
        gelu_form="tanh",
        with_sentence=with_sentence,
        recompute=recompute,
    )
    grid = tf.ones([_BATCH, _LENGTH], tf.int32)
    places = tf.ones([_BATCH, _PREDICTIONS], tf.int32)
    batch = {
        "input_ids": grid,
        "input_mask": grid,
        "segment_ids": grid,
        "masked_lm_positions": places,
        "masked_lm_ids": places,
        "masked_lm_weights": tf.cast(places, tf.float32),
        "next_sentence_labels": tf.ones([_BATCH, 1], tf.int32),
    }
    seen = []

    def watch(op_type, inputs, attrs, outputs, *_, **__):
        if op_type in _OPS:
            seen.append(product_flops(inputs, attrs, outputs))

    op_callbacks.add_op_callback(watch)
    try:
        with tf.GradientTape() as tape:
            sums = model.sums(batch, DropoutMasks(tf.constant([1, 2])))
            loss = sums.masked_lm_loss + sums.sentence_loss
        tape.gradient(loss, list(model.trainable.values()))
    finally:
        op_callbacks.remove_op_callback(watch)
    if not with_sentence:  # the graph of a real run prunes the unused pooler
        seen.append(-2 * _BATCH * config.hidden_size**2)
    return sum(seen)


def product_flops(inputs, attrs, outputs) -> int:
    """2 m k n for each pair of matrices; 0 where a side is 1 or 2."""
    options = dict(zip(attrs[::2], attrs[1::2], strict=True))
    turned = options.get("transpose_a") or options.get("adj_x")
    inner = inputs[0].shape[-2 if turned else -1]
    sizes = outputs[0].shape.as_list()
    if min(inner, *sizes[-2:]) <= 2:
        return 0  # kinds of segment, sentence labels, layer norm's sums
    return 2 * math.prod(sizes) * inner


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("with_sentence", [False, True])
@pytest.mark.parametrize(
    "config",
    [
        tiny_bert(num_attention_heads=4),
        tiny_albert(num_attention_heads=4),
        tiny_albert(embedding_size=16, num_attention_heads=4),
        tiny_albert(inner_group_num=2, num_hidden_groups=2),
    ],
    ids=["bert", "albert", "albert without mapping", "albert of two blocks"],
)
def test_flops_are_those_of_the_products_that_a_step_runs(
    config, with_sentence, recompute
):
    counted = counted_flops(
        config, with_sentence=with_sentence, recompute=recompute
    )
    said = step_flops(
        config,
        batch_size=_BATCH,
        seq_length=_LENGTH,
        predictions=_PREDICTIONS,
        with_sentence=with_sentence,
        recompute=recompute,
    )
    assert said == counted


def test_flops_of_bert_base_are_six_a_weight_and_piece():
    # 85 M weights of layers, but in the last of the 12 layers five sixths of
    # them see 21 of 128 pieces; attention adds 2 % at 128 pieces, and the
    # vocabulary's 23 M weights see 20 of them.
    flops = step_flops(
        BertConfig(vocab_size=30522),
        batch_size=8,
        seq_length=128,
        predictions=20,
        with_sentence=True,
    )
    weights = 85e6 * (1 - 5 / 6 * (1 - 21 / 128) / 12)
    assert flops == pytest.approx(6 * weights * 8 * 128 * 1.07, rel=0.01)


def test_recompute_is_a_third_more_for_a_large_model():
    sizes = {
        "batch_size": 8,
        "seq_length": 512,
        "predictions": 20,
        "with_sentence": True,
    }
    config = AlbertConfig(vocab_size=30000)
    plain = step_flops(config, **sizes)
    again = step_flops(config, **sizes, recompute=True)
    assert again / plain == pytest.approx(4 / 3, rel=0.01)


def test_the_clock_leaves_out_what_was_before_its_first_tick():
    times = iter([100.0, 102.5, 110.0])
    clock = Clock(now=lambda: next(times))
    assert clock.seconds_per_step == 0
    clock.tick(5)
    assert clock.seconds_per_step == 0
    clock.tick(10)
    assert clock.seconds_per_step == 0.5
    clock.tick(25)
    assert clock.seconds_per_step == 0.5
    assert Clock().seconds_per_step == 0


SHORT = PhaseFacts(
    num_train_steps=900_000,
    records_per_update=256,
    num_records=20_000_000,
    max_seq_length=128,
    step_flops=1e12,
)
LONG = PhaseFacts(
    num_train_steps=100_000,
    records_per_update=64,
    num_records=8_000_000,
    max_seq_length=512,
    step_flops=2e12,
)


def facts(*phases, **changes) -> CostFacts:
    values = {"phase": 0, "step": 20, "seconds_per_step": 0.5}
    values = {**values, "real_share": 0.75, **changes}
    return CostFacts(phases=phases, **values)


def test_a_run_of_one_phase():
    assert describe_cost(facts(SHORT)).splitlines() == [
        "What this run costs, evaluation and saving aside:",
        "  900,000 updates of 256 records = 230,400,000 examples, 11.52 "
        "epochs of 20,000,000 records",
        "    29.49 billion tokens, 22.12 billion of them real (25% padding), "
        "125.0 hours (5.2 days)",
        "  time: 125.0 hours (5.2 days) in all, 125.0 hours (5.2 days) left "
        "after update 20; 65,536 tokens/s (49,152 real), 0.5 s an update",
    ]


def test_a_run_of_two_phases():
    assert describe_cost(facts(SHORT, LONG)).splitlines()[1:] == [
        "  phase 1: 900,000 updates of 256 records = 230,400,000 examples, "
        "11.52 epochs of 20,000,000 records",
        "    29.49 billion tokens, 22.12 billion of them real (25% padding), "
        "125.0 hours (5.2 days)",
        "  phase 2: 100,000 updates of 64 records = 6,400,000 examples, 0.80 "
        "epochs of 8,000,000 records",
        "    3.28 billion tokens with padding, about 27.8 hours",
        "  in all: 1,000,000 updates, 236,800,000 examples, 32.77 billion "
        "tokens",
        "  time: 152.8 hours (6.4 days) in all, 152.8 hours (6.4 days) left "
        "after update 20; 65,536 tokens/s (49,152 real), 0.5 s an update",
    ]


def test_what_is_done_is_not_left():
    def hours_left(**changes):
        return facts(SHORT, LONG, **changes).seconds_left / 3600

    assert hours_left(step=0) == pytest.approx(152.8, abs=0.05)
    assert hours_left(step=450_000) == pytest.approx(152.8 - 62.5, abs=0.05)
    assert hours_left(step=900_000) == pytest.approx(27.8, abs=0.05)
    # In the second phase its own updates are measured, a second each.
    now = {"phase": 1, "seconds_per_step": 1.0}
    assert hours_left(step=950_000, **now) == pytest.approx(13.9, abs=0.05)
    assert hours_left(step=1_000_000, **now) == 0
    assert facts(SHORT, LONG, **now).seconds / 3600 == pytest.approx(
        152.8, abs=0.05
    )


def test_small_runs_and_runs_without_speed_are_described():
    tiny = dataclasses.replace(
        SHORT, num_train_steps=100, records_per_update=8, num_records=50
    )
    lines = describe_cost(facts(tiny, seconds_per_step=0.0)).splitlines()
    assert "800 examples, 16.00 epochs of 50 records" in lines[1]
    assert "102,400 tokens, 76,800 of them real" in lines[2]
    assert lines[-1].endswith(
        "0 seconds left after update 20; speed not known yet"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"),
        (89, "89 seconds"),
        (150, "2 minutes"),
        (5399, "90 minutes"),
        (5401, "1.5 hours"),
        (170_000, "47.2 hours"),
        (259_200, "72.0 hours (3.0 days)"),
    ],
)
def test_durations(seconds, text):
    assert describe_duration(seconds) == text

"""What pretraining starts from, group by group and slot by slot."""

from __future__ import annotations

import numpy as np
import pytest
from absl import logging

from foundation.errors import InputError
from modeling.pretraining import PretrainingModel
from modeling.weights import tf1
from tests.tiny_configs import tiny_albert, tiny_bert
from training.optimizers import Optimizer, OptimizerOptions
from training.pretraining_weights import load_initial, load_with_slots

GROUP = "bert/encoder/transformer/group_{}/inner_group_0/"
KERNEL = GROUP + "attention_1/self/query/kernel"


def build(config, *, seed: int, with_sentence: bool = True):
    return PretrainingModel(
        config, gelu_form="tanh", with_sentence=with_sentence, seed=seed
    )


def values_of(model) -> dict[str, np.ndarray]:
    return {name: v.numpy() for name, v in model.variables.items()}


@pytest.fixture
def warnings(monkeypatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(
        logging, "warning", lambda text, *args: lines.append(text % args)
    )
    return lines


def saved(folder, model, *, without: str = "-") -> str:
    """Writes a model's weights but those whose names begin so."""
    prefix = str(folder / "model.ckpt-7")
    named = model.variables.items()
    tf1.write_bundle(
        prefix, {n: v for n, v in named if not n.startswith(without)}
    )
    return prefix


def albert(groups: int, *, seed: int):
    return build(tiny_albert(num_hidden_groups=groups), seed=seed)


def test_groups_that_are_missing_start_as_the_first(tmp_path):
    one = albert(1, seed=1)
    prefix, first = saved(tmp_path, one), values_of(one)
    two = albert(2, seed=2)
    with pytest.raises(InputError, match="group_1"):
        load_initial(prefix, two)
    load_initial(prefix, two, from_group0=True)
    found = values_of(two)
    others = [n for n in found if "/group_1/" in n]
    assert KERNEL.format(1) in others
    assert set(found) == {*first, *others}
    for name, value in found.items():
        source = name.replace("/group_1/", "/group_0/")
        np.testing.assert_array_equal(value, first[source], name)


def test_groups_that_are_there_stay_as_they_are(tmp_path):
    two = albert(2, seed=1)
    expected = values_of(two)
    assert (expected[KERNEL.format(0)] != expected[KERNEL.format(1)]).any()
    again = albert(2, seed=2)
    load_initial(saved(tmp_path, two), again, from_group0=True)
    for name, value in values_of(again).items():
        np.testing.assert_array_equal(value, expected[name], name)


@pytest.mark.parametrize("config", [tiny_bert(), tiny_albert()])
def test_heads_that_are_missing_start_fresh_and_are_named(
    tmp_path, warnings, config
):
    trained, model = build(config, seed=1), build(config, seed=2)
    fresh = values_of(model)
    load_initial(saved(tmp_path, trained, without="cls/"), model)
    expected = values_of(trained)
    heads = {name for name in fresh if name.startswith("cls/")}
    for name, value in values_of(model).items():
        source = fresh if name in heads else expected
        np.testing.assert_array_equal(value, source[name], name)
    (told,) = [line for line in warnings if "start fresh" in line]
    assert f"lacks {len(heads)} weights" in told
    assert all(name in told for name in heads)


def test_a_pooler_that_nothing_trains_is_not_missed(tmp_path, warnings):
    """A masked-LM folder of Hugging Face's has none."""
    trained = build(tiny_bert(), seed=1)
    alone = build(tiny_bert(), seed=2, with_sentence=False)
    prefix = saved(tmp_path, trained, without="bert/pooler/")
    load_initial(prefix, alone)
    assert not [line for line in warnings if "start fresh" in line]
    both = build(tiny_bert(), seed=2)
    load_initial(prefix, both)
    (told,) = [line for line in warnings if "start fresh" in line]
    assert "bert/pooler/dense/kernel" in told


def test_a_part_of_the_encoder_is_no_start(tmp_path):
    prefix = saved(
        tmp_path, build(tiny_bert(), seed=1), without="bert/encoder/layer_1/"
    )
    with pytest.raises(InputError, match="layer_1"):
        load_initial(prefix, build(tiny_bert(), seed=2))


def test_without_a_checkpoint_all_is_of_the_seed():
    model, same = build(tiny_bert(), seed=3), build(tiny_bert(), seed=3)
    load_initial(None, model)
    for name, value in values_of(model).items():
        np.testing.assert_array_equal(value, same.variables[name], name)


def test_slots_come_back_and_those_that_are_missing_are_0(tmp_path, warnings):
    model = build(tiny_bert(), seed=1)
    optimizer = Optimizer(model.trainable, OptimizerOptions())
    for number, slot in enumerate(optimizer.slots.values(), start=1):
        slot.assign(np.full(slot.shape, number, np.float32))
    expected = {n: s.numpy() for n, s in optimizer.slots.items()}
    lost = "cls/seq_relationship/output_bias/adam_v"
    kept = {n: s for n, s in optimizer.slots.items() if n != lost}
    prefix = str(tmp_path / "model.ckpt-7")
    tf1.write_bundle(prefix, {**model.variables, **kept})

    again = build(tiny_bert(), seed=2)
    other = Optimizer(again.trainable, OptimizerOptions())
    load_with_slots(prefix, again, other)
    for name, value in values_of(again).items():
        np.testing.assert_array_equal(value, model.variables[name], name)
    assert not other.slots[lost].numpy().any()
    for name in kept:
        np.testing.assert_array_equal(other.slots[name], expected[name], name)
    (told,) = [line for line in warnings if "slots" in line]
    assert f"lacks 1 of {len(expected)} optimizer slots" in told

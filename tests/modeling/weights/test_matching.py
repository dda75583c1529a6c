"""Matching a source to a model: counted, named, never silent."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from foundation.errors import InputError
from modeling.albert import albert_variables
from modeling.bert import bert_variables
from modeling.config import AlbertConfig, read_config
from modeling.weights import matching, tf1
from tests.tiny_configs import tiny_albert, tiny_bert

CONFIG = tiny_bert(vocab_size=11, hidden_size=4)


class Source:
    path = "model.ckpt-1"

    def __init__(self, shapes):
        self.shapes = shapes

    def read(self, name):
        return np.full(self.shapes[name], 0.5, np.float32)


def model_shapes(config=CONFIG):
    return {v.name: v.shape for v in bert_variables(config)}


def test_all_match_beside_slots_and_heads():
    shapes = model_shapes()
    extra = {
        "bert/pooler/dense/bias/adam_m": (4,),
        "bert/pooler/dense/bias/BERTAdam": (4,),
        "bert/pooler/dense/bias/BERTAdam_1": (4,),
        "cls/predictions/output_bias": (11,),
        "global_step": (),
    }
    result = matching.match(Source({**shapes, **extra}), shapes)
    assert len(result.matched) == len(shapes)
    assert result.missing == ()
    assert result.unused == ("cls/predictions/output_bias",)
    assert result.slots == 3


def test_fresh_head_is_named():
    shapes = model_shapes()
    wanted = {**shapes, "output_weights": (3, 4), "output_bias": (3,)}
    result = matching.match(Source(shapes), wanted)
    assert result.missing == ("output_weights", "output_bias")
    assert "output_weights, output_bias" in result.summary()


def test_one_missing_tensor_of_the_encoder_stops():
    shapes = model_shapes()
    lost = "bert/encoder/layer_1/output/dense/kernel"
    part = {n: s for n, s in shapes.items() if n != lost}
    with pytest.raises(InputError, match=lost):
        matching.match(Source(part), shapes)


def test_no_match_at_all_stops():
    with pytest.raises(InputError, match="no encoder tensor"):
        matching.match(Source({"transformer/wte": (3, 4)}), model_shapes())


def test_albert_checkpoint_for_a_bert_config_stops():
    albert = tiny_albert(vocab_size=11, hidden_size=4)
    source = Source({v.name: v.shape for v in albert_variables(albert)})
    with pytest.raises(InputError, match="bert_config_file"):
        matching.match(source, model_shapes())


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("bert/embeddings/word_embeddings", "--vocab_file"),
        ("bert/embeddings/position_embeddings", "max_position_embeddings"),
        ("bert/encoder/layer_0/output/dense/kernel", "--bert_config_file"),
        ("output_weights", "label set"),
    ],
)
def test_wrong_shape_names_tensor_shapes_and_flag(name, flag):
    shapes = {**model_shapes(), "output_weights": (3, 4)}
    source = Source({**shapes, name: (99, 4)})
    with pytest.raises(InputError) as caught:
        matching.match(source, shapes)
    message = str(caught.value)
    assert name in message
    assert "[99, 4]" in message
    assert str(list(shapes[name])) in message
    assert flag in message


def test_pooler_may_be_missing_where_it_is_not_used():
    shapes = model_shapes()
    pooler = {n for n in shapes if n.startswith("bert/pooler/")}
    source = Source({n: s for n, s in shapes.items() if n not in pooler})
    result = matching.match(source, shapes, optional=pooler)
    assert set(result.missing) == pooler
    with pytest.raises(InputError):
        matching.match(source, shapes)


def test_load_assigns_the_values():
    variables = {n: tf.Variable(tf.zeros(s)) for n, s in model_shapes().items()}
    matching.load(Source(model_shapes()), variables)
    assert all(np.all(v.numpy() == 0.5) for v in variables.values())


def test_head_can_be_left_out():
    shapes = {**model_shapes(), "output_bias": (7,)}
    source = matching.without_head(Source(shapes), {"output_bias"})
    wanted = {**model_shapes(), "output_bias": (3,)}
    assert matching.match(source, wanted).missing == ("output_bias",)


def test_deeper_checkpoint_than_the_config_stops():
    deeper = dataclasses.replace(CONFIG, num_hidden_layers=3)
    with pytest.raises(InputError, match="num_hidden_layers") as caught:
        matching.match(Source(model_shapes(deeper)), model_shapes())
    assert "16 more, such as bert/encoder/layer_2/" in str(caught.value)


@pytest.mark.parametrize(
    ("folder", "slots"),
    [
        ("RadhikaSatam_CoVBERT", True),
        ("llSiddharthll_uncased_L-8_H-512", False),
        ("jadepeng_albert_base_zh", False),
    ],
)
def test_indexes_of_real_checkpoints(shared_dir, folder, slots):
    path = shared_dir / "data" / "ckpt" / "index-only" / folder
    (config_file,) = path.glob("*config.json")
    (index,) = path.glob("*.index")
    config = read_config(str(config_file))
    variables = (
        albert_variables(config)
        if isinstance(config, AlbertConfig)
        else bert_variables(config)
    )
    source = tf1.Tf1Bundle(str(index.with_suffix("")))
    result = matching.match(source, {v.name: v.shape for v in variables})
    assert result.missing == ()
    assert all(name.startswith("cls/") for name in result.unused)
    assert (result.slots > 0) == slots

"""Configs: the originals' defaults, families, unknown keys, refusals."""

from __future__ import annotations

import json

import pytest

from foundation.errors import InputError
from modeling.config import (
    AlbertConfig,
    BertConfig,
    config_from_dict,
    config_to_json,
    read_config,
    with_dropout,
)


def test_defaults_are_those_of_the_original_classes():
    bert = BertConfig(vocab_size=100)
    assert (bert.hidden_size, bert.type_vocab_size) == (768, 16)
    albert = AlbertConfig(vocab_size=100)
    assert (albert.embedding_size, albert.hidden_size) == (128, 4096)
    assert (albert.intermediate_size, albert.hidden_dropout_prob) == (16384, 0)


def test_albert_is_recognised_by_its_keys_whatever_the_file_is_called(tmp_path):
    path = tmp_path / "bert_config.json"
    path.write_text(
        json.dumps(
            {
                "vocab_size": 30000,
                "embedding_size": 128,
                "hidden_size": 768,
                "num_attention_heads": 12,
            }
        ),
        encoding="utf-8",
    )
    assert isinstance(read_config(str(path)), AlbertConfig)


def test_unknown_keys_survive_a_round_trip():
    values = {"vocab_size": 10, "directionality": "bidi", "pooler_type": "x"}
    config = config_from_dict(values)
    again = json.loads(config_to_json(config))
    assert again["directionality"] == "bidi"
    assert config_from_dict(again) == config


def test_json_is_written_as_the_originals_write_it():
    text = config_to_json(BertConfig(vocab_size=10))
    assert text.endswith("}\n")
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert text.splitlines()[1].startswith('  "')


def test_published_config_of_albert_base(shared_dir):
    folder = shared_dir / "data" / "ckpt" / "index-only"
    config = read_config(
        str(folder / "jadepeng_albert_base_zh" / "albert_config.json")
    )
    assert isinstance(config, AlbertConfig)
    assert config.hidden_size == 768


def test_layer_norm_epsilon_of_hugging_face_is_kept():
    assert BertConfig(vocab_size=9).layer_norm_epsilon == 1e-12
    config = config_from_dict({"vocab_size": 9, "layer_norm_eps": 1e-5})
    assert config.layer_norm_epsilon == 1e-5


def test_dropout_can_be_replaced():
    config = BertConfig(vocab_size=9)
    changed = with_dropout(config, hidden=0.3, attention=None)
    assert changed.hidden_dropout_prob == 0.3
    assert changed.attention_probs_dropout_prob == 0.1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"num_attention_heads": 5}, "does not divide"),
        ({"hidden_size": 0}, "hidden_size"),
        ({"hidden_size": "768"}, "hidden_size"),
        ({"hidden_dropout_prob": 1.5}, "hidden_dropout_prob"),
        ({"hidden_act": "swish"}, "hidden_act"),
        ({"gelu_form": "exact"}, "gelu_form"),
        ({"layer_norm_eps": "small"}, "layer_norm_eps"),
        ({"layer_norm_eps": None}, "layer_norm_eps"),
    ],
)
def test_impossible_values_are_named(change, named):
    with pytest.raises(InputError, match=named):
        config_from_dict({"vocab_size": 10, **change})


def test_missing_vocab_size_is_named():
    with pytest.raises(InputError, match="vocab_size"):
        config_from_dict({"hidden_size": 768})

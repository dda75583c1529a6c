"""Parts of a model by name: frozen, fresh, and at which rate."""

from __future__ import annotations

import pytest

from foundation.errors import InputError
from modeling.albert import albert_variables
from modeling.bert import bert_variables
from tests.tiny_configs import tiny_albert, tiny_bert
from training import parameter_groups
from training.options import TransferOptions

BERT = tiny_bert(num_hidden_layers=12)
SHARED = tiny_albert(num_hidden_layers=12)
GROUPS = tiny_albert(num_hidden_layers=6, num_hidden_groups=3)
HEAD = ("output_weights", "output_bias", "crf/transitions")


def _names(config) -> list[str]:
    list_of = albert_variables if config.family == "albert" else bert_variables
    return [*(v.name for v in list_of(config)), *HEAD]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("bert/embeddings/word_embeddings", "embeddings"),
        ("bert/embeddings/LayerNorm/gamma", "embeddings"),
        ("bert/encoder/embedding_hidden_mapping_in/kernel", "embeddings"),
        ("bert/encoder/layer_1/output/dense/bias", "1"),
        ("bert/encoder/layer_11/output/dense/bias", "11"),
        (
            "bert/encoder/transformer/group_2/inner_group_0/LayerNorm/beta",
            "2",
        ),
        ("bert/pooler/dense/kernel", "pooler"),
        ("output_weights", "head"),
        ("crf/transitions", "head"),
        ("cls/predictions/output_bias", "head"),
    ],
)
def test_part_of_a_name(name, part):
    assert parameter_groups.part_of(name) == part


@pytest.mark.parametrize("config", [BERT, SHARED, GROUPS])
def test_every_variable_is_of_a_part_that_can_be_named(config):
    everything = parameter_groups.frozen_parts("all", config)
    names = _names(config)
    frozen = parameter_groups.names_in(everything, names)
    assert set(names) - set(frozen) == set(HEAD)


@pytest.mark.parametrize(
    ("spec", "config", "parts"),
    [
        ("none", BERT, ()),
        ("", BERT, ()),
        ("embeddings", BERT, ("embeddings",)),
        ("3", BERT, ("3",)),
        ("embeddings,0-2", BERT, ("embeddings", "0", "1", "2")),
        (" 2 , 0-1,1,embeddings", BERT, ("embeddings", "0", "1", "2")),
        ("9-11", BERT, ("9", "10", "11")),
        ("encoder", BERT, tuple(map(str, range(12)))),
        ("all", GROUPS, ("embeddings", "0", "1", "2", "pooler")),
        ("encoder", SHARED, ("0",)),
        ("0-11,embeddings", SHARED, ("embeddings", "0")),
        ("0-1", GROUPS, ("0",)),
        ("5,4,0,1", GROUPS, ("0", "2")),
        ("pooler", BERT, ("pooler",)),
    ],
)
def test_frozen_parts(spec, config, parts):
    assert parameter_groups.frozen_parts(spec, config) == parts


@pytest.mark.parametrize(
    ("spec", "config", "words"),
    [
        ("12", BERT, "got 12, expected numbers from 0 to 11"),
        ("embeddings,6-12", BERT, "got 6-12, expected numbers from 0 to 11"),
        ("5-0", BERT, "got 5-0"),
        ("-1", BERT, "got '-1', expected embeddings, a layer"),
        ("embedings", BERT, "got 'embedings', expected embeddings"),
        ("none,3", BERT, "got 'none'"),
        ("0 1", BERT, "got '0 1'"),
        ("0-5", SHARED, "got 6 of the layers 0-11, expected all 12"),
        ("0-2", GROUPS, "got 1 of the layers 2-3, expected all 2"),
    ],
)
def test_what_cannot_be_frozen(spec, config, words):
    with pytest.raises(InputError) as error:
        parameter_groups.frozen_parts(spec, config)
    assert words in str(error.value)
    assert "--freeze" in str(error.value)
    assert error.value.next_step


def test_fresh_parts():
    assert parameter_groups.fresh_parts(0, BERT) == ()
    assert parameter_groups.fresh_parts(2, BERT) == ("10", "11", "pooler")
    assert parameter_groups.fresh_parts(2, GROUPS) == ("2", "pooler")
    assert parameter_groups.fresh_parts(12, SHARED) == ("0", "pooler")


@pytest.mark.parametrize(
    ("number", "config", "words"),
    [
        (13, BERT, "got 13, expected at most 12"),
        (1, SHARED, "got 1 of the layers 0-11, expected all 12"),
        (3, GROUPS, "got 1 of the layers 2-3, expected all 2"),
    ],
)
def test_what_cannot_start_anew(number, config, words):
    with pytest.raises(InputError) as error:
        parameter_groups.fresh_parts(number, config)
    assert words in str(error.value)
    assert "--reinit_layers" in str(error.value)


def test_what_starts_anew_must_train():
    parameter_groups.check(
        TransferOptions(freeze="embeddings,0-9", reinit_layers=2), BERT
    )
    with pytest.raises(InputError, match=r"must train.*both for 10,"):
        parameter_groups.check(
            TransferOptions(freeze="0-10", reinit_layers=2), BERT
        )


# Worked out by hand from google-research/electra `_get_layer_lrs` for its 12
# layers: depths 0 (embeddings), 1 to 12 and 14 (task), none with 13.
ELECTRA_EXPONENTS = {
    "head": 0,
    "11": 2,
    "10": 3,
    "9": 4,
    "8": 5,
    "7": 6,
    "6": 7,
    "5": 8,
    "4": 9,
    "3": 10,
    "2": 11,
    "1": 12,
    "0": 13,
    "embeddings": 14,
}


def test_layerwise_rates_are_electras():
    factors = parameter_groups.rate_factors(
        _names(BERT),
        BERT,
        transfer=TransferOptions(layerwise_lr_decay=0.8),
        learning_rate=1e-4,
    )
    assert set(factors) == set(_names(BERT))
    assert factors.pop("crf/transitions") == pytest.approx(100.0)
    for name, factor in factors.items():
        part = parameter_groups.part_of(name)
        exponent = ELECTRA_EXPONENTS["head" if part == "pooler" else part]
        assert factor == pytest.approx(0.8**exponent, rel=1e-12), name


@pytest.mark.parametrize(
    ("config", "layer", "embeddings"),
    [(SHARED, 0.25, 0.125), (GROUPS, 1 / 16, 1 / 32)],
)
def test_layers_that_share_weights_have_one_rate(config, layer, embeddings):
    transfer = TransferOptions(layerwise_lr_decay=0.5)
    factors = parameter_groups.rate_factors(
        _names(config), config, transfer=transfer, learning_rate=1e-4
    )
    group = "bert/encoder/transformer/group_0/inner_group_0/LayerNorm/beta"
    assert factors[group] == layer
    assert factors["bert/embeddings/word_embeddings"] == embeddings
    mapping = "bert/encoder/embedding_hidden_mapping_in/kernel"
    assert factors[mapping] == embeddings
    line = parameter_groups.describe_rates(
        config, transfer=transfer, learning_rate=1e-4
    )
    assert f"group 0 {layer * 1e-4:.3g}" in line
    assert f"{config.num_hidden_layers} layers share" in line


def test_without_options_all_rates_are_the_runs():
    names = [name for name in _names(BERT) if not name.startswith("crf/")]
    factors = parameter_groups.rate_factors(
        names, BERT, transfer=TransferOptions(), learning_rate=5e-5
    )
    assert set(factors.values()) == {1.0}
    line = parameter_groups.describe_rates(
        BERT, transfer=TransferOptions(), learning_rate=5e-5
    )
    assert line == ""

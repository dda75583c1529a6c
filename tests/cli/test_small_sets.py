"""Flags for small training sets: what they say and what they refuse."""

from __future__ import annotations

import pytest
from absl import flags

from cli import small_sets
from foundation.errors import InputError
from tests.tiny_configs import tiny_albert, tiny_bert
from training.options import TransferOptions

CONFIG = tiny_bert(num_hidden_layers=12)


def _flags(*words: str, with_crf: bool = True) -> flags.FlagValues:
    fv = flags.FlagValues()
    small_sets.define(fv, with_crf=with_crf)
    if with_crf:
        flags.DEFINE_boolean("use_crf", False, "", flag_values=fv)
    fv(["program", *words])
    return fv


@pytest.mark.parametrize("with_crf", [True, False])
def test_nothing_is_on_unless_asked_for(with_crf):
    fv = _flags(with_crf=with_crf)
    small_sets.check(fv, CONFIG)
    assert small_sets.read(fv) == TransferOptions()
    assert fv.class_weights == "none"


def test_flags_are_read():
    fv = _flags(
        "--layerwise_lr_decay=0.9",
        "--freeze=embeddings,0-5",
        "--reinit_layers=2",
        "--use_crf",
        "--crf_learning_rate=0.001",
    )
    small_sets.check(fv, CONFIG)
    assert small_sets.read(fv) == TransferOptions(
        layerwise_lr_decay=0.9,
        freeze="embeddings,0-5",
        reinit_layers=2,
        crf_learning_rate=0.001,
    )


@pytest.mark.parametrize(
    ("words", "config", "message"),
    [
        (["--layerwise_lr_decay=0"], CONFIG, "trains the head alone"),
        (["--freeze=12"], CONFIG, "layers that the model has not"),
        (["--freeze=0-1"], tiny_albert(), None),
        (["--freeze=1"], tiny_albert(), "share their weights"),
        (["--reinit_layers=13"], CONFIG, "more than the model's layers"),
        (["--reinit_layers=1"], tiny_albert(), "share their weights"),
        (["--freeze=all", "--reinit_layers=1"], CONFIG, "must train"),
        (["--crf_learning_rate=0.1"], CONFIG, "without a CRF"),
        (["--use_crf", "--crf_learning_rate=0.1"], CONFIG, None),
        (["--class_weights=balanced"], CONFIG, None),
        (["--use_crf"], CONFIG, None),
        (
            ["--use_crf", "--class_weights=balanced"],
            CONFIG,
            "of whole sentences",
        ),
    ],
)
def test_what_goes_together(words, config, message):
    fv = _flags(*words)
    if message is None:
        small_sets.check(fv, config)
        return
    with pytest.raises(InputError, match=message) as error:
        small_sets.check(fv, config)
    assert error.value.next_step


@pytest.mark.parametrize(
    "word",
    [
        "--layerwise_lr_decay=1.1",
        "--reinit_layers=-1",
        "--crf_learning_rate=-1",
    ],
)
def test_numbers_out_of_range(word):
    with pytest.raises(flags.IllegalFlagValueError):
        _flags(word)

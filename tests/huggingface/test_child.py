"""The child answers, with transformers' own values."""

import json

import numpy as np
import pytest


@pytest.mark.parametrize("family", ["bert", "albert"])
def test_known_models_load_and_compute(huggingface, fixtures_dir, family):
    folder = fixtures_dir / "huggingface" / f"{family}_tiny"
    class_name = f"{family.capitalize()}ForPreTraining"
    loaded = huggingface.load(folder, class_name)
    assert loaded["class"] == class_name
    assert not loaded["missing"] + loaded["unexpected"] + loaded["mismatched"]
    with np.load(folder / "expected.npz") as arrays:
        expected = dict(arrays)
    inputs = {
        "input_ids": expected["input_ids"],
        "attention_mask": expected["input_mask"],
        "token_type_ids": expected["segment_ids"],
    }
    # A row a batch, so that putting rows together is seen.
    found = huggingface.logits(folder, class_name, inputs, batch_size=1)
    pair = {"bert": "seq_relationship_logits", "albert": "sop_logits"}[family]
    same(found["prediction_logits"], expected["masked_lm_logits"])
    same(found[pair], expected["next_sentence_logits"])


def same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_missing_and_unexpected_keys_are_told(huggingface, fixtures_dir):
    folder = fixtures_dir / "huggingface" / "bert_tiny"
    loaded = huggingface.load(folder, "BertForTokenClassification")
    assert loaded["missing"] == ["classifier.bias", "classifier.weight"]
    assert "cls.predictions.bias" in loaded["unexpected"]


def test_errors_are_told(huggingface, tmp_path):
    error = huggingface.ask_for_error(
        verb="load", folder=tmp_path, class_name="BertModel"
    )
    assert "Error" in error


def test_random_models_are_made(huggingface, tmp_path):
    config = {
        "vocab_size": 50,
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
    }
    huggingface.make(tmp_path, "BertForQuestionAnswering", config)
    assert (
        json.loads((tmp_path / "config.json").read_text())["hidden_size"] == 8
    )
    loaded = huggingface.load(tmp_path, "BertForQuestionAnswering")
    assert not loaded["missing"] + loaded["unexpected"]

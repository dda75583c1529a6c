"""Encoders read from Hugging Face folders give transformers' numbers."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.config import read_config
from modeling.encoder import build_encoder
from modeling.tensors import EncoderInputs
from modeling.weights import huggingface, matching

TOLERANCE = 1e-5  # DESIGN 2.7


def run(folder, batch):
    source = huggingface.open_huggingface(str(folder))
    encoder = build_encoder(
        read_config(str(folder / "config.json")),
        gelu_form=source.gelu or "erf",
        seed=3,
    )
    result = matching.load(source, encoder.named)
    assert not result.missing
    names = ("input_ids", "input_mask", "segment_ids")
    return encoder(EncoderInputs(*(batch[name] for name in names)))


@pytest.mark.parametrize("name", ["bert_tiny", "albert_tiny"])
def test_tiny_models(fixtures_dir, name):
    folder = fixtures_dir / "huggingface" / name
    expected = np.load(folder / "expected.npz")
    outputs = run(folder, expected)
    hidden = [k for k in expected if k.startswith("hidden_state_")]
    assert len(hidden) == len(outputs.layer_outputs) + 1
    mask = expected["input_mask"][..., np.newaxis]
    for number, layer in enumerate(outputs.layer_outputs, start=1):
        np.testing.assert_allclose(
            layer * mask,
            expected[f"hidden_state_{number}"] * mask,
            atol=TOLERANCE,
            rtol=0,
        )
    np.testing.assert_allclose(
        outputs.pooled_output,
        expected["pooled_output"],
        atol=TOLERANCE,
        rtol=0,
    )


def test_real_weights(minilm_dir, golden_dir):
    expected = np.load(golden_dir / "minilm" / "hidden_states.npz")
    outputs = run(minilm_dir, expected)
    kept = expected["input_mask"].astype(bool)
    for name, values in (
        ("layer_3", outputs.layer_outputs[2]),
        ("sequence_output", outputs.sequence_output),
    ):
        np.testing.assert_allclose(
            values.numpy()[kept], expected[name], atol=TOLERANCE, rtol=0
        )
    np.testing.assert_allclose(
        outputs.pooled_output,
        expected["pooled_output"],
        atol=TOLERANCE,
        rtol=0,
    )

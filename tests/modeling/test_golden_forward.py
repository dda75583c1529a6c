"""Forward passes equal those of the original programs, within 1e-5."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tests.modeling.golden_models import open_model

TOLERANCE = 1e-5  # DESIGN 2.7


@pytest.mark.parametrize(
    "name", ["bert_tiny", "albert_tiny", "albert_tiny_adamw"]
)
def test_forward_equals_the_original(recorded_dir, name):
    folder = recorded_dir / name
    if not (folder / "forward.npz").exists():
        pytest.skip(f"needs the shared folder beside the checkout for {name}")
    expected = np.load(folder / "forward.npz")
    batch = {
        key
        if key in ("input_ids", "input_mask")
        else key[len("input_") :]: expected[key]
        for key in expected
        if key.startswith("input_")
    }
    model = open_model(folder, "model.ckpt-200")
    outputs, logits, sentence_logits = model.forward(batch)
    masked_lm_loss, sentence_loss = model.losses(batch)
    got = {
        "embedding_output": outputs.embedding_output,
        "sequence_output": outputs.sequence_output,
        "pooled_output": outputs.pooled_output,
        "masked_lm_log_probs": tf.nn.log_softmax(logits),
        "next_sentence_log_probs": tf.nn.log_softmax(sentence_logits),
        "masked_lm_loss": masked_lm_loss,
        "next_sentence_loss": sentence_loss,
    }
    for key, values in got.items():
        np.testing.assert_allclose(
            values, expected[key], atol=TOLERANCE, rtol=0, err_msg=key
        )

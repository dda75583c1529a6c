"""Gradients repeat bit for bit: the ground that resuming stands on."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import tensorflow as tf

from modeling.dropout import DropoutMasks
from tests.training.tiny_model import TinyTagger, random_batch, tensors
from training.random_numbers import dropout_seed


def gradient_digest(dtype: str = "float32") -> str:
    """Returns a hash of all gradients of one batch, dropout on."""
    model = TinyTagger(dropout=0.1, dtype=dtype)
    variables = model.variables

    @tf.function(autograph=False)
    def gradients(batch, seed):
        with tf.GradientTape() as tape:
            total, weight = model.loss(batch, DropoutMasks(seed))
            loss = total / weight
        return [
            tf.convert_to_tensor(g)
            for g in tape.gradient(loss, list(variables.values()))
        ]

    batch = tensors(random_batch(64))
    seed = tf.constant(dropout_seed(3, batch=4))
    first, second = (
        [g.numpy().tobytes() for g in gradients(batch, seed)] for _ in "ab"
    )
    assert first == second
    return hashlib.sha256(b"".join(first)).hexdigest()


def test_gradients_repeat_within_a_process():
    assert gradient_digest() == gradient_digest()
    assert gradient_digest("bfloat16") == gradient_digest("bfloat16")


def test_gradients_repeat_in_another_process(root_dir):
    code = (
        "from tests.training.test_gradients_repeat import gradient_digest;"
        "print(gradient_digest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root_dir,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[-1] == gradient_digest()

"""A BERT small enough to train in a test, with a tagger on top."""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf

from modeling.dropout import NO_DROPOUT, DropoutMasks
from modeling.encoder import build_encoder
from modeling.heads import LabelHead
from modeling.losses import weighted_cross_entropy
from modeling.tensors import EncoderInputs
from tests.tiny_configs import tiny_bert
from training.optimizers import Optimizer, OptimizerOptions
from training.step import TrainingFunctions

NUM_LABELS = 3
SPECS = dict.fromkeys(
    ("input_ids", "input_mask", "segment_ids", "label_ids"), "int32"
)


class TinyTagger:
    """Random weights; float32 unless asked otherwise."""

    def __init__(
        self, *, dropout: float = 0.0, dtype: str = "float32", seed: int = 1
    ) -> None:
        config = tiny_bert(
            hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout
        )
        self.encoder = build_encoder(
            config, gelu_form="tanh", seed=seed, dtype=dtype
        )
        self.head = LabelHead("", NUM_LABELS, config, seed=seed)

    @property
    def variables(self) -> dict[str, tf.Variable]:
        named = {**self.encoder.named, **self.head.named}
        return {n: v for n, v in named.items() if "pooler" not in n}

    def loss(
        self, batch: dict[str, tf.Tensor], masks: DropoutMasks = NO_DROPOUT
    ) -> tuple[tf.Tensor, tf.Tensor]:
        outputs = self.encoder(
            EncoderInputs(
                batch["input_ids"], batch["input_mask"], batch["segment_ids"]
            ),
            masks,
        )
        labels = batch["label_ids"]
        return weighted_cross_entropy(
            self.head(outputs.sequence_output),
            tf.maximum(labels, 0),
            tf.cast(labels >= 0, tf.float32),
        )

    def functions(
        self, options: OptimizerOptions | None = None, **changes: bool
    ) -> TrainingFunctions:
        functions = TrainingFunctions(
            loss=self.loss,
            sums_loss=False,
            scales_loss=False,
            variables=list(self.variables.values()),
            optimizer=Optimizer(self.variables, options or OptimizerOptions()),
            specs=SPECS,
        )
        return dataclasses.replace(functions, **changes)

    def values(self) -> dict[str, np.ndarray]:
        return {n: v.numpy() for n, v in self.variables.items()}


def random_batch(rows: int, *, seed: int = 0) -> dict[str, np.ndarray]:
    """Rows of 3 to 12 pieces, about half of them labelled."""
    random = np.random.default_rng(seed)
    lengths = random.integers(3, 13, rows)
    mask = (np.arange(12) < lengths[:, None]).astype(np.int32)
    labels = random.integers(0, NUM_LABELS, mask.shape)
    scored = (random.random(mask.shape) < 0.5) & (mask > 0)
    return {
        "input_ids": (random.integers(5, 50, mask.shape) * mask).astype("i4"),
        "input_mask": mask,
        "segment_ids": np.zeros_like(mask),
        "label_ids": np.where(scored, labels, -1).astype("i4"),
    }


def tensors(batch: dict[str, np.ndarray], rows: slice | None = None) -> dict:
    """Returns a batch's rows as tensors."""
    return {k: tf.constant(v[rows or slice(None)]) for k, v in batch.items()}

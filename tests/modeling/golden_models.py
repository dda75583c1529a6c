"""The original programs' tiny models, opened for the golden tests."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from modeling.config import read_config
from modeling.encoder import Encoder, build_encoder
from modeling.heads import LabelHead, MaskedLanguageModel
from modeling.losses import masked_lm_loss, mean_cross_entropy
from modeling.tensors import EncoderInputs, EncoderOutputs
from modeling.weights import matching, tf1


@dataclasses.dataclass
class PretrainingModel:
    """Encoder and both pretraining heads."""

    encoder: Encoder
    masked_lm: MaskedLanguageModel
    sentence: LabelHead

    @property
    def variables(self) -> dict[str, tf.Variable]:
        return {
            **self.encoder.named,
            **self.masked_lm.named,
            **self.sentence.named,
        }

    def forward(
        self, batch: dict[str, np.ndarray]
    ) -> tuple[EncoderOutputs, tf.Tensor, tf.Tensor]:
        outputs = self.encoder(
            EncoderInputs(
                tf.convert_to_tensor(batch["input_ids"]),
                tf.convert_to_tensor(batch["input_mask"]),
                tf.convert_to_tensor(batch["segment_ids"]),
            )
        )
        logits = self.masked_lm(
            tf.gather(
                outputs.sequence_output,
                batch["masked_lm_positions"],
                batch_dims=1,
            )
        )
        return outputs, logits, self.sentence(outputs.pooled_output)

    def losses(
        self, batch: dict[str, np.ndarray]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        _, logits, sentence_logits = self.forward(batch)
        return (
            masked_lm_loss(
                logits, batch["masked_lm_ids"], batch["masked_lm_weights"]
            ),
            mean_cross_entropy(
                sentence_logits, batch["next_sentence_labels"][:, 0]
            ),
        )


def open_model(folder: Path, checkpoint: str) -> PretrainingModel:
    """Builds the model of a golden folder with a checkpoint's weights."""
    (config_file,) = folder.glob("*config.json")
    encoder = build_encoder(read_config(str(config_file)), gelu_form="tanh")
    model = PretrainingModel(
        encoder,
        MaskedLanguageModel(encoder, gelu_form="tanh"),
        LabelHead("cls/seq_relationship", 2, encoder.config),
    )
    source = tf1.Tf1Bundle(str(folder / checkpoint))
    result = matching.load(source, model.variables)
    assert not result.missing
    assert not result.unused
    return model


def read_trajectory(folder: Path) -> dict:
    """Returns the recorded losses and settings of 20 original steps."""
    return json.loads((folder / "trajectory.json").read_text())

"""An encoder with its masked-LM head: what it puts in the place of a mask."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from foundation.errors import InputError
from inference.trained_weights import best_checkpoint, open_checkpoint
from modeling.config import Config
from modeling.encoder import build_encoder
from modeling.heads import MaskedLanguageModel
from modeling.tensors import EncoderInputs
from modeling.weights import matching
from modeling.weights.source import WeightSource
from preprocessing.features import INPUT_SPECS

_NAMES = (*(spec.name for spec in INPUT_SPECS), "positions")


@dataclasses.dataclass(frozen=True)
class Guesses:
    """The likeliest pieces at each place of a batch.

    Attributes:
      ids: int32 [B, P, k], the likeliest first.
      probabilities: float32 [B, P, k].
      entropies: float32 [B, P], in nats: ln V where all are as likely.
    """

    ids: np.ndarray
    probabilities: np.ndarray
    entropies: np.ndarray


class MaskedLm:
    """Features in, probabilities of pieces at some places out.

    Args:
      config: of the encoder.
      gelu_form: "erf" or "tanh".
      dtype: of the matrix products.
    """

    def __init__(
        self, config: Config, *, gelu_form: str, dtype: str = "float32"
    ) -> None:
        # The seed is of weights that are all replaced.
        self._encoder = build_encoder(
            config, gelu_form=gelu_form, seed=0, dtype=dtype
        )
        self._head = MaskedLanguageModel(
            self._encoder, gelu_form=gelu_form, seed=0, dtype=dtype
        )
        places = {n: tf.TensorSpec([None, None], tf.int32) for n in _NAMES}
        number = tf.TensorSpec([], tf.int32)
        self._best = tf.function(
            self._guesses, input_signature=[places, number], autograph=False
        )
        ids = tf.TensorSpec([None], tf.int32)
        self._loss = tf.function(
            self._losses, input_signature=[places, ids], autograph=False
        )

    def load(self, path: str) -> None:
        """Reads the weights.

        Args:
          path: any spelling of a checkpoint; of a folder of ours the best.

        Raises:
          InputError: it has no masked-LM head, or one that is not ours.
        """
        source = open_checkpoint(best_checkpoint(path))
        _check_head(source, tuple(self._head.named))
        named = {**self._encoder.named, **self._head.named}
        pooler = {name for name in named if name.startswith("bert/pooler/")}
        matching.load(source, named, optional=pooler)

    def guess(self, batch: Mapping[str, np.ndarray], *, top_k: int) -> Guesses:
        """Returns the likeliest pieces.

        Args:
          batch: input_ids, input_mask, segment_ids: int32 [B, S]; positions:
            int32 [B, P], the places in question.
          top_k: how many of each.
        """
        found = self._best(_tensors(batch), tf.constant(top_k, tf.int32))
        return Guesses(*(values.numpy() for values in found))

    def losses(
        self, batch: Mapping[str, np.ndarray], pieces: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns how well the model guesses one piece of each row.

        Args:
          batch: as of `guess`, with P = 1.
          pieces: int32 [B], what stood there.

        Returns:
          -ln of its probability, float32 [B]; whether it is the likeliest
          piece, bool [B].
        """
        loss, is_best = self._loss(_tensors(batch), tf.constant(pieces))
        return loss.numpy(), is_best.numpy()

    def _log_probabilities(self, batch: Mapping[str, tf.Tensor]) -> tf.Tensor:
        outputs = self._encoder(
            EncoderInputs(
                batch["input_ids"],
                batch["input_mask"],
                batch["segment_ids"],
                wanted=batch["positions"],
            )
        )
        return tf.nn.log_softmax(self._head(outputs.sequence_output))

    def _guesses(
        self, batch: Mapping[str, tf.Tensor], top_k: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        logs = self._log_probabilities(batch)  # [B * P, V]
        best, ids = tf.math.top_k(logs, top_k)
        entropy = -tf.reduce_sum(tf.exp(logs) * logs, axis=-1)
        shape = tf.shape(batch["positions"])  # [B, P]
        per_place = tf.concat([shape, [top_k]], axis=0)
        return (
            tf.reshape(ids, per_place),
            tf.reshape(tf.exp(best), per_place),
            tf.reshape(entropy, shape),
        )

    def _losses(
        self, batch: Mapping[str, tf.Tensor], pieces: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        logs = self._log_probabilities(batch)  # [B, V]
        loss = -tf.gather(logs, pieces, batch_dims=1)
        best = tf.argmax(logs, axis=-1, output_type=tf.int32)
        return loss, best == pieces


def _tensors(batch: Mapping[str, np.ndarray]) -> dict[str, tf.Tensor]:
    return {name: tf.constant(batch[name], tf.int32) for name in _NAMES}


def _check_head(source: WeightSource, names: tuple[str, ...]) -> None:
    """Raises InputError unless the source has the whole head, tied."""
    missing = [name for name in names if name not in source.shapes]
    if missing:
        raise InputError(
            "the checkpoint has no masked-LM head"
            if len(missing) == len(names)
            else "the checkpoint lacks a part of the masked-LM head",
            got=f"none of {', '.join(missing)}",
            expected=f"all {len(names)} tensors of cls/predictions",
            next_step="take a checkpoint of pretraining (of BioBERT, v1.1 "
            "came without the head and v1.2 has it), or a Hugging Face model "
            "saved as ...ForMaskedLM or ...ForPreTraining",
            path=source.path,
        )
    # Hugging Face's name, left where the config says that it is not tied.
    untied = [n for n in source.shapes if n.endswith("decoder.weight")]
    if untied:
        raise InputError(
            "the masked-LM head has output weights of its own",
            got=untied[0],
            expected="the word embeddings, as in BERT and ALBERT",
            next_step="take a model with tie_word_embeddings",
            path=source.path,
        )

"""Encoder and pretraining heads: a batch of records to sums of losses.

After google-research/bert `run_pretraining.py` (get_masked_lm_output,
get_next_sentence_output), with the sums kept apart from their denominators,
so that micro-batches and replicas can be added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import tensorflow as tf

from modeling.config import Config
from modeling.dropout import NO_DROPOUT, DropoutMasks
from modeling.encoder import build_encoder
from modeling.heads import LabelHead, MaskedLanguageModel
from modeling.losses import weighted_cross_entropy
from modeling.tensors import EncoderInputs

Batch = Mapping[str, tf.Tensor]
_SENTENCE_SCOPE = "cls/seq_relationship"
_POOLER = "bert/pooler/"


class PretrainingSums(NamedTuple):
    """What a batch adds up to; float32 scalars.

    Attributes:
      masked_lm_loss: sum of cross-entropies, weighted.
      masked_lm_weight: sum of weights: the number of predictions.
      masked_lm_right: predictions that are right.
      sentence_loss: sum of cross-entropies; 0 without a sentence task.
      sentence_right: labels that are right.
      rows: records.
    """

    masked_lm_loss: tf.Tensor
    masked_lm_weight: tf.Tensor
    masked_lm_right: tf.Tensor
    sentence_loss: tf.Tensor
    sentence_right: tf.Tensor
    rows: tf.Tensor


class PretrainingModel:
    """An encoder with the masked-LM head and, if wanted, the sentence head.

    Args:
      config: sizes and dropout rates.
      gelu_form: "erf" or "tanh": what hidden_act "gelu" means.
      with_sentence: whether next sentence or sentence order is learned too.
      seed: of the start values.
      dtype: of the matrix products.
      recompute: whether a layer's activations are computed anew in the
        backward pass.

    Attributes:
      variables: all weights by original name, in the original graph's order.
      trainable: those that have a gradient: without a sentence task all but
        the pooler.
    """

    def __init__(
        self,
        config: Config,
        *,
        gelu_form: str,
        with_sentence: bool,
        seed: int = 0,
        dtype: str = "float32",
        recompute: bool = False,
    ) -> None:
        self.encoder = build_encoder(
            config,
            gelu_form=gelu_form,
            seed=seed,
            dtype=dtype,
            recompute=recompute,
        )
        self._masked_lm = MaskedLanguageModel(
            self.encoder, gelu_form=gelu_form, seed=seed, dtype=dtype
        )
        self.variables: dict[str, tf.Variable] = {
            **self.encoder.named,
            **self._masked_lm.named,
        }
        self._sentence = None
        if with_sentence:
            self._sentence = LabelHead(_SENTENCE_SCOPE, 2, config, seed=seed)
            self.variables.update(self._sentence.named)
        self.trainable = {
            name: variable
            for name, variable in self.variables.items()
            if with_sentence or not name.startswith(_POOLER)
        }

    @property
    def embedding_table(self) -> tf.Variable:
        """The word embeddings, which are the masked LM's output weights too."""
        return self.encoder.embedding_table()

    def sums(
        self,
        batch: Batch,
        masks: DropoutMasks = NO_DROPOUT,
        *,
        output_table: tf.Tensor | None = None,
    ) -> PretrainingSums:
        """Runs the model on a batch.

        Args:
          batch: input_ids, input_mask, segment_ids [B, S];
            masked_lm_positions, masked_lm_ids, masked_lm_weights [B, P];
            next_sentence_labels [B, 1] where there is a sentence task;
            optionally record_weights float32 [B]: 0 for a record that only
            fills the batch.
          masks: dropout of this pass.
          output_table: stands for the word embeddings in the masked LM's
            output, so that their two gradients can be told apart.
        """
        outputs = self.encoder(
            EncoderInputs(
                batch["input_ids"],
                batch["input_mask"],
                batch["segment_ids"],
                wanted=batch["masked_lm_positions"],
            ),
            masks,
        )
        logits = self._masked_lm(
            outputs.sequence_output, output_table=output_table
        )  # [B * P, V]
        ids = tf.reshape(batch["masked_lm_ids"], [-1])
        counted = _record_weights(batch)  # [B]
        weights = batch["masked_lm_weights"] * counted[:, tf.newaxis]
        weights = tf.reshape(weights, [-1])
        loss, weight = weighted_cross_entropy(logits, ids, weights)
        sentence_loss, sentence_right = self._sentence_sums(
            outputs.pooled_output, batch, counted
        )
        return PretrainingSums(
            masked_lm_loss=loss,
            masked_lm_weight=weight,
            masked_lm_right=_right(logits, ids, weights),
            sentence_loss=sentence_loss,
            sentence_right=sentence_right,
            rows=tf.reduce_sum(counted),
        )

    def _sentence_sums(
        self, pooled_output: tf.Tensor, batch: Batch, counted: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the sum of losses and how many are right; 0 without task."""
        if self._sentence is None:
            return tf.constant(0.0), tf.constant(0.0)
        logits = self._sentence(pooled_output)  # [B, 2]
        labels = tf.reshape(batch["next_sentence_labels"], [-1])
        loss, _ = weighted_cross_entropy(logits, labels, counted)
        return loss, _right(logits, labels, counted)


def _record_weights(batch: Batch) -> tf.Tensor:
    if "record_weights" in batch:
        return tf.reshape(batch["record_weights"], [-1])
    return tf.ones([tf.shape(batch["input_ids"])[0]])


def _right(
    logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor
) -> tf.Tensor:
    """Returns the weight of those that the highest logit names."""
    best = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return tf.reduce_sum(tf.cast(best == labels, tf.float32) * weights)

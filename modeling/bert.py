"""The BERT encoder, top to bottom: ids in, one vector a piece out.

After google-research/bert `modeling.py` (BertModel); variable names and
shapes as in its checkpoints.
"""

from __future__ import annotations

import functools

import tensorflow as tf

from modeling import attention, layers
from modeling.config import BertConfig
from modeling.dropout import NO_DROPOUT, DropoutMasks
from modeling.layers import Variable
from modeling.tensors import (
    EncoderInputs,
    EncoderOutputs,
    encoder_outputs,
    wanted_rows,
)


class BertEncoder(layers.NamedWeights):
    """Embeddings, a stack of transformer layers, pooler.

    Args:
      config: sizes and dropout rates.
      gelu_form: "erf" or "tanh": what hidden_act "gelu" means.
      seed: of the start values.
      dtype: of the matrix products.
      recompute: whether a layer's activations are computed anew in the
        backward pass.
    """

    def __init__(
        self,
        config: BertConfig,
        *,
        gelu_form: str,
        seed: int = 0,
        dtype: str = "float32",
        recompute: bool = False,
    ) -> None:
        super().__init__(
            bert_variables(config),
            initializer_range=config.initializer_range,
            seed=seed,
            dtype=dtype,
            epsilon=config.layer_norm_epsilon,
            name="bert",
        )
        self.config = config
        self._activation = layers.activation(config.hidden_act, gelu_form)
        self._recompute = recompute

    def call(
        self, inputs: EncoderInputs, masks: DropoutMasks = NO_DROPOUT
    ) -> EncoderOutputs:
        """Runs the encoder.

        Args:
          inputs: ids, mask, segments: int32 [B, S]; S at most
            max_position_embeddings.
          masks: the dropout of this pass; none when not training.

        Returns:
          Embedding output, every layer's output, sequence output: float32
          [B, S, D]; pooled output: float32 [B, D].
        """
        embedded = self._embed(inputs, masks)  # [B, S, D]
        x = tf.reshape(embedded, [-1, self.config.hidden_size])  # [B * S, D]
        mask = attention.attention_mask(inputs.input_mask)  # [B, 1, 1, S]
        recompute = self._recompute and masks.training
        outputs = []
        last = self.config.num_hidden_layers - 1
        for index in range(self.config.num_hidden_layers):
            run = functools.partial(
                self._layer,
                rows=wanted_rows(inputs) if index == last else None,
                mask=mask,
                scope=f"bert/encoder/layer_{index}",
                masks=masks,
            )
            x = tf.recompute_grad(run)(x) if recompute else run(x)
            outputs.append(x)
        return encoder_outputs(embedded, outputs, inputs, pool=self._pool)

    def embedding_table(self) -> tf.Variable:
        """Returns the word embeddings [V, D], which the masked LM shares."""
        return self.named["bert/embeddings/word_embeddings"]

    def _embed(self, inputs: EncoderInputs, masks: DropoutMasks) -> tf.Tensor:
        scope = "bert/embeddings"
        # Of its value: after a gather from a variable itself, TensorFlow
        # copies that variable wherever else it is read.
        table = self.embedding_table().read_value()
        words = tf.gather(table, inputs.input_ids)  # [B, S, D]
        # The originals, too, multiply by a one-hot matrix here: with two
        # rows it is faster than a gather, its gradient by far.
        types = tf.one_hot(inputs.segment_ids, self.config.type_vocab_size)
        types = tf.matmul(types, self.named[f"{scope}/token_type_embeddings"])
        positions = self.named[f"{scope}/position_embeddings"]
        positions = positions[: tf.shape(inputs.input_ids)[1]]  # [S, D]
        x = self.layer_norm(words + types + positions, f"{scope}/LayerNorm")
        return masks(x, self.config.hidden_dropout_prob, scope)

    def _layer(
        self,
        x: tf.Tensor,
        *,
        rows: tf.Tensor | None,
        mask: tf.Tensor,
        scope: str,
        masks: DropoutMasks,
    ) -> tf.Tensor:
        config = self.config
        rate = config.attention_probs_dropout_prob
        dtype = self.matrix_dtype
        chosen = x if rows is None else tf.gather(x, rows)
        attended = attention.self_attention(
            self,
            x,
            queries=chosen,
            scope=f"{scope}/attention",
            heads=config.num_attention_heads,
            mask=mask,
            dropout=lambda p: masks(p, rate, f"{scope}/self", dtype=dtype),
        )
        attended = self.dense(attended, f"{scope}/attention/output/dense")
        x = self.add_and_norm(
            chosen,
            masks(attended, config.hidden_dropout_prob, f"{scope}/attention"),
            f"{scope}/attention/output/LayerNorm",
        )
        inner = self._activation(
            self.dense(x, f"{scope}/intermediate/dense"), masks.training
        )  # [B * S, F]
        outer = self.dense(inner, f"{scope}/output/dense")  # [B * S, D]
        return self.add_and_norm(
            x,
            masks(outer, config.hidden_dropout_prob, f"{scope}/output"),
            f"{scope}/output/LayerNorm",
        )

    def _pool(self, first: tf.Tensor) -> tf.Tensor:
        pooled = self.dense(first, "bert/pooler/dense")
        return tf.tanh(tf.cast(pooled, tf.float32))


def bert_variables(config: BertConfig) -> list[Variable]:
    """Lists the encoder's variables in the order of the original graph."""
    width = config.hidden_size
    scope = "bert/embeddings"
    variables = [
        Variable(f"{scope}/word_embeddings", (config.vocab_size, width)),
        Variable(
            f"{scope}/token_type_embeddings", (config.type_vocab_size, width)
        ),
        Variable(
            f"{scope}/position_embeddings",
            (config.max_position_embeddings, width),
        ),
        *layers.layer_norm_variables(f"{scope}/LayerNorm", width),
    ]
    for index in range(config.num_hidden_layers):
        variables += _layer_variables(config, f"bert/encoder/layer_{index}")
    return variables + layers.dense_variables("bert/pooler/dense", width, width)


def _layer_variables(config: BertConfig, scope: str) -> list[Variable]:
    width, inner = config.hidden_size, config.intermediate_size
    attention = f"{scope}/attention"
    variables = []
    for part in ("query", "key", "value"):
        variables += layers.dense_variables(
            f"{attention}/self/{part}", width, width
        )
    return [
        *variables,
        *layers.dense_variables(f"{attention}/output/dense", width, width),
        *layers.layer_norm_variables(f"{attention}/output/LayerNorm", width),
        *layers.dense_variables(f"{scope}/intermediate/dense", width, inner),
        *layers.dense_variables(f"{scope}/output/dense", inner, width),
        *layers.layer_norm_variables(f"{scope}/output/LayerNorm", width),
    ]

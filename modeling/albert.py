"""The ALBERT encoder, top to bottom: factorised embeddings, shared layers.

After google-research/albert `modeling.py` (AlbertModel); variable names and
shapes as in its checkpoints.
"""

from __future__ import annotations

import functools
import itertools

import tensorflow as tf

from modeling import attention, layers
from modeling.config import AlbertConfig
from modeling.dropout import NO_DROPOUT, DropoutMasks
from modeling.layers import Variable
from modeling.tensors import (
    EncoderInputs,
    EncoderOutputs,
    encoder_outputs,
    wanted_rows,
)

_MAPPING = "bert/encoder/embedding_hidden_mapping_in"


class AlbertEncoder(layers.NamedWeights):
    """Embeddings of width E, a map to D, groups of shared blocks, pooler.

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
        config: AlbertConfig,
        *,
        gelu_form: str,
        seed: int = 0,
        dtype: str = "float32",
        recompute: bool = False,
    ) -> None:
        super().__init__(
            albert_variables(config),
            initializer_range=config.initializer_range,
            seed=seed,
            dtype=dtype,
            epsilon=config.layer_norm_epsilon,
            name="albert",
        )
        self.config = config
        self._activation = layers.activation(config.hidden_act, gelu_form)
        self._recompute = recompute

    def call(
        self, inputs: EncoderInputs, masks: DropoutMasks = NO_DROPOUT
    ) -> EncoderOutputs:
        """Runs the encoder; see `BertEncoder.call`.

        The embedding output has width E; every inner block counts as one
        layer output.
        """
        config = self.config
        embedded = self._embed(inputs, masks)  # [B, S, E]
        x = tf.reshape(embedded, [-1, config.embedding_size])  # [B * S, E]
        if config.embedding_size != config.hidden_size:
            x = tf.cast(self.dense(x, _MAPPING), tf.float32)  # [B * S, D]
        mask = attention.attention_mask(inputs.input_mask)  # [B, 1, 1, S]
        recompute = self._recompute and masks.training
        outputs: list[tf.Tensor] = []
        blocks = list(
            itertools.product(
                range(config.num_hidden_layers), range(config.inner_group_num)
            )
        )
        for index, inner in blocks:
            group = index * config.num_hidden_groups // config.num_hidden_layers
            is_last = (index, inner) == blocks[-1]
            run = functools.partial(
                self._block,
                rows=wanted_rows(inputs) if is_last else None,
                mask=mask,
                scope=_block_scope(group, inner),
                # Shared weights, but a dropout mask of each layer's own.
                place=f"layer_{index}/inner_{inner}",
                masks=masks,
            )
            x = tf.recompute_grad(run)(x) if recompute else run(x)
            outputs.append(x)
        return encoder_outputs(embedded, outputs, inputs, pool=self._pool)

    def embedding_table(self) -> tf.Variable:
        """Returns the word embeddings [V, E], which the masked LM shares."""
        return self.named["bert/embeddings/word_embeddings"]

    def _embed(self, inputs: EncoderInputs, masks: DropoutMasks) -> tf.Tensor:
        scope = "bert/embeddings"
        # Of its value: after a gather from a variable itself, TensorFlow
        # copies that variable wherever else it is read.
        table = self.embedding_table().read_value()
        words = tf.gather(table, inputs.input_ids)  # [B, S, E]
        types = tf.one_hot(inputs.segment_ids, self.config.type_vocab_size)
        types = tf.matmul(types, self.named[f"{scope}/token_type_embeddings"])
        positions = self.named[f"{scope}/position_embeddings"]
        positions = positions[: tf.shape(inputs.input_ids)[1]]  # [S, E]
        x = self.layer_norm(words + types + positions, f"{scope}/LayerNorm")
        return masks(x, self.config.hidden_dropout_prob, scope)

    def _block(
        self,
        x: tf.Tensor,
        *,
        rows: tf.Tensor | None,
        mask: tf.Tensor,
        scope: str,
        place: str,
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
            scope=f"{scope}/attention_1",
            heads=config.num_attention_heads,
            mask=mask,
            dropout=lambda p: masks(p, rate, f"{place}/self", dtype=dtype),
        )
        attended = self.dense(attended, f"{scope}/attention_1/output/dense")
        x = self.add_and_norm(
            chosen,
            masks(attended, config.hidden_dropout_prob, f"{place}/projected"),
            f"{scope}/LayerNorm",
        )
        feed_forward = f"{scope}/ffn_1/intermediate"
        inner = self._activation(
            self.dense(x, f"{feed_forward}/dense"), masks.training
        )  # [B * S, F]
        outer = self.dense(inner, f"{feed_forward}/output/dense")  # [B * S, D]
        return self.add_and_norm(
            x,
            masks(outer, config.hidden_dropout_prob, f"{place}/output"),
            f"{scope}/LayerNorm_1",
        )

    def _pool(self, first: tf.Tensor) -> tf.Tensor:
        pooled = self.dense(first, "bert/pooler/dense")
        return tf.tanh(tf.cast(pooled, tf.float32))


def albert_variables(config: AlbertConfig) -> list[Variable]:
    """Lists the encoder's variables in the order of the original graph."""
    embedding, width = config.embedding_size, config.hidden_size
    scope = "bert/embeddings"
    variables = [
        Variable(f"{scope}/word_embeddings", (config.vocab_size, embedding)),
        Variable(
            f"{scope}/token_type_embeddings",
            (config.type_vocab_size, embedding),
        ),
        Variable(
            f"{scope}/position_embeddings",
            (config.max_position_embeddings, embedding),
        ),
        *layers.layer_norm_variables(f"{scope}/LayerNorm", embedding),
    ]
    if embedding != width:
        variables += layers.dense_variables(_MAPPING, embedding, width)
    for group in range(config.num_hidden_groups):
        for inner in range(config.inner_group_num):
            variables += _block_variables(config, _block_scope(group, inner))
    return variables + layers.dense_variables("bert/pooler/dense", width, width)


def _block_scope(group: int, inner: int) -> str:
    return f"bert/encoder/transformer/group_{group}/inner_group_{inner}"


def _block_variables(config: AlbertConfig, scope: str) -> list[Variable]:
    width, inner = config.hidden_size, config.intermediate_size
    variables = []
    for part in ("query", "key", "value"):
        variables += layers.dense_variables(
            f"{scope}/attention_1/self/{part}", width, width
        )
    feed_forward = f"{scope}/ffn_1/intermediate"
    return [
        *variables,
        *layers.dense_variables(
            f"{scope}/attention_1/output/dense", width, width
        ),
        *layers.layer_norm_variables(f"{scope}/LayerNorm", width),
        *layers.dense_variables(f"{feed_forward}/dense", width, inner),
        *layers.dense_variables(f"{feed_forward}/output/dense", inner, width),
        *layers.layer_norm_variables(f"{scope}/LayerNorm_1", width),
    ]

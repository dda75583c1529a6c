"""Output layers on top of an encoder, under the originals' names.

Logits are float32 under every precision.
"""

from __future__ import annotations

import tensorflow as tf

from modeling import crf, layers
from modeling.config import Config
from modeling.encoder import Encoder
from modeling.layers import Variable


class MaskedLanguageModel(layers.NamedWeights):
    """Predicts the pieces at the masked positions (`cls/predictions`).

    Shares the encoder's word embeddings as output weights.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        gelu_form: str,
        seed: int = 0,
        dtype: str = "float32",
    ) -> None:
        config = encoder.config
        width, scope = config.embedding_width, "cls/predictions/transform"
        super().__init__(
            [
                *layers.dense_variables(
                    f"{scope}/dense", config.hidden_size, width
                ),
                *layers.layer_norm_variables(f"{scope}/LayerNorm", width),
                Variable(
                    "cls/predictions/output_bias",
                    (config.vocab_size,),
                    "zeros",
                ),
            ],
            initializer_range=config.initializer_range,
            seed=seed,
            dtype=dtype,
            epsilon=config.layer_norm_epsilon,
            name="masked_lm",
        )
        # Not an attribute that Keras tracks: the encoder owns the table.
        self._table = encoder.embedding_table
        self._activation = layers.activation(config.hidden_act, gelu_form)

    def call(
        self,
        masked: tf.Tensor,
        output_table: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Returns logits over the vocabulary.

        Args:
          masked: float32 [B, P, D]: sequence output at the masked places.
          output_table: [V, E] instead of the word embeddings.

        Returns:
          float32 [B * P, V].
        """
        rows = tf.reshape(masked, [-1, masked.shape[-1]])  # [B * P, D]
        scope = "cls/predictions/transform"
        x = self._activation(self.dense(rows, f"{scope}/dense"), False)
        x = self.layer_norm(x, f"{scope}/LayerNorm")  # [B * P, E]
        table = self._table() if output_table is None else output_table
        table = tf.cast(table, self.matrix_dtype)
        logits = layers.product(
            tf.cast(x, self.matrix_dtype), table, transpose_b=True
        )
        bias = self.named["cls/predictions/output_bias"]
        return tf.cast(logits, tf.float32) + bias


class LabelHead(layers.NamedWeights):
    """logits = x W^T + b, with W [labels, D] as every original head has it.

    Args:
      scope: "" for classifiers and taggers (`output_weights`),
        "cls/seq_relationship" for next sentence and sentence order.
      num_labels: rows of W.
      config: of the encoder below.
      suffix: of both names; "_sgm" for yes/no questions.
      with_crf: whether the head owns a CRF's scores too (modeling/crf.py).
    """

    def __init__(
        self,
        scope: str,
        num_labels: int,
        config: Config,
        *,
        suffix: str = "",
        seed: int = 0,
        with_crf: bool = False,
    ) -> None:
        prefix = f"{scope}/" if scope else ""
        self._weights_name = f"{prefix}output_weights{suffix}"
        self._bias_name = f"{prefix}output_bias{suffix}"
        super().__init__(
            [
                Variable(self._weights_name, (num_labels, config.hidden_size)),
                Variable(self._bias_name, (num_labels,), "zeros"),
                *(crf.variables(num_labels) if with_crf else ()),
            ],
            initializer_range=config.initializer_range,
            seed=seed,
            name=(scope or "labels").replace("/", "_"),
        )

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Returns logits [..., labels] for x [..., D]; float32."""
        weights = self.named[self._weights_name]
        rows = tf.reshape(tf.cast(x, tf.float32), [-1, x.shape[-1]])
        product = tf.matmul(rows, weights, transpose_b=True)
        logits = tf.nn.bias_add(product, self.named[self._bias_name])
        shape = [*tf.unstack(tf.shape(x))[:-1], weights.shape[0]]
        return tf.reshape(logits, shape)

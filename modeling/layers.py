"""What both encoders share: weights by name, dense, layer norm, products.

Axis letters used in all tensor code: B batch, S sequence, N heads, H head
size, D hidden, E embedding, F feed-forward, V vocabulary, P predictions.

Arithmetic after google-research/bert `modeling.py`. Under every precision
layer-norm statistics and softmax are float32; matrix products run in the
compute dtype.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tf_keras

from modeling import gradients
from modeling.config import GELU_NAMES
from modeling.dropout import place_id
from modeling.one_pass import only_cpu

Activation = Callable[[tf.Tensor, bool], tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Variable:
    """One weight: its original name, its shape, how it starts.

    Attributes:
      start: "normal" (truncated, `initializer_range`), "zeros" or "ones".
    """

    name: str
    shape: tuple[int, ...]
    start: str = "normal"


class NamedWeights(tf_keras.layers.Layer):
    """A layer whose weights carry the original checkpoint's names.

    The names are the table of originals.md 4.3 and 4.6, so that reading and
    writing a TF1 bundle needs no translation. A weight starts from (seed,
    its name) alone: adding a layer changes no other weight.

    Args:
      variables: what to create, in checkpoint order.
      initializer_range: standard deviation of a "normal" start.
      seed: of the start values.
      dtype: of the matrix products: float32, bfloat16 or float16. The
        weights are float32 always.
      epsilon: of the layer norms.
    """

    def __init__(
        self,
        variables: list[Variable],
        *,
        initializer_range: float,
        seed: int,
        dtype: str = "float32",
        epsilon: float = gradients.LAYER_NORM_EPSILON,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype="float32")
        self._epsilon = epsilon
        self.matrix_dtype = tf.as_dtype(dtype)
        self.named: dict[str, tf.Variable] = {}
        for variable in variables:
            self.named[variable.name] = self.add_weight(
                name=variable.name,
                shape=variable.shape,
                initializer=_start(variable, initializer_range, seed),
            )

    def dense(self, rows: tf.Tensor, scope: str) -> tf.Tensor:
        """Returns rows @ kernel + bias, computed in the compute dtype.

        Args:
          rows: [R, in], a matrix: TensorFlow's CPU kernels fuse product,
            bias and activation only then.
          scope: name of the dense layer; owns `kernel` [in, out], `bias`.
        """
        outputs = product(
            tf.cast(rows, self.matrix_dtype), self.matrix(f"{scope}/kernel")
        )
        return tf.nn.bias_add(outputs, self.matrix(f"{scope}/bias"))

    def matrix(self, name: str) -> tf.Tensor:
        """Returns a weight in the compute dtype."""
        return tf.cast(self.named[name], self.matrix_dtype)

    def add_and_norm(
        self, x: tf.Tensor, update: tf.Tensor, scope: str
    ) -> tf.Tensor:
        """Returns layer norm of the residual sum x + update; float32."""
        return self.layer_norm(x + update, scope)

    def layer_norm(self, x: tf.Tensor, scope: str) -> tf.Tensor:
        """Returns layer norm over the last axis; float32 in, float32 out."""
        return gradients.layer_norm(
            tf.cast(x, tf.float32),
            self.named[f"{scope}/gamma"],
            self.named[f"{scope}/beta"],
            epsilon=self._epsilon,
        )


def _start(
    variable: Variable, initializer_range: float, seed: int
) -> Callable[..., tf.Tensor]:
    def values(shape: Any, dtype: Any = None, **_: Any) -> tf.Tensor:
        dtype = dtype or tf.float32
        # A range of 0: of a model whose weights are all read from a file.
        if variable.start == "zeros" or (
            variable.start == "normal" and initializer_range == 0
        ):
            return tf.zeros(shape, dtype)
        if variable.start == "ones":
            return tf.ones(shape, dtype)
        return tf.random.stateless_truncated_normal(
            shape,
            seed=[seed & 0x7FFFFFFF, place_id(variable.name)],
            stddev=initializer_range,
            dtype=dtype,
        )

    return values


def dense_variables(scope: str, inputs: int, outputs: int) -> list[Variable]:
    """Lists kernel and bias of one dense layer."""
    return [
        Variable(f"{scope}/kernel", (inputs, outputs)),
        Variable(f"{scope}/bias", (outputs,), "zeros"),
    ]


def layer_norm_variables(scope: str, width: int) -> list[Variable]:
    """Lists beta and gamma of one layer norm."""
    return [
        Variable(f"{scope}/beta", (width,), "zeros"),
        Variable(f"{scope}/gamma", (width,), "ones"),
    ]


def activation(name: str, gelu_form: str) -> Activation:
    """Returns the function that a config's hidden_act names.

    Args:
      name: "gelu" or one of Hugging Face's names of the tanh form, "relu",
        "tanh", "linear" or "".
      gelu_form: "erf" or "tanh": which function "gelu" means.

    Returns:
      A function of x and of whether the pass is a training one.
    """
    if name in GELU_NAMES:
        form = gelu_form if name == "gelu" else "tanh"
        for_training = gradients.gelu(form)

        def gelu(x: tf.Tensor, training: bool) -> tf.Tensor:
            if training:
                return for_training(x)
            # In this form TensorFlow fuses product, bias and GELU into one.
            return tf.nn.gelu(x, approximate=form == "tanh")

        return gelu
    simple = {"relu": tf.nn.relu, "tanh": tf.tanh}.get(name, tf.identity)
    return lambda x, _: simple(x)


def product(
    a: tf.Tensor, b: tf.Tensor, *, transpose_b: bool = False
) -> tf.Tensor:
    """Returns a @ b in their dtype.

    TensorFlow's float16 products take a hundred times as long on a CPU as
    float32's. There the values are multiplied in float32 and rounded, which
    is what a GPU does with them.
    """
    if a.dtype == tf.float16 and only_cpu():
        wide = tf.matmul(
            tf.cast(a, tf.float32),
            tf.cast(b, tf.float32),
            transpose_b=transpose_b,
        )
        return tf.cast(wide, tf.float16)
    return tf.matmul(a, b, transpose_b=transpose_b)

"""AdamW and LAMB as the originals compute them, and gradient clipping.

After google-research/bert `optimization.py` and google-research/albert
`lamb_optimizer.py`: no bias correction, decay that skips layer norms and
biases, slots named `<variable>/adam_m` and `<variable>/adam_v`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import tensorflow as tf

from training.options import OptimizerOptions

# Variables that are not decayed, and to which LAMB does not adapt its rate.
# The originals have no CRF: its scores are no matrix of a layer, and 0 is
# where they start, not where they belong.
_EXCLUDED = re.compile(r"LayerNorm|layer_norm|bias|^crf/")


Gradient = tf.Tensor | tf.IndexedSlices


def clip_gradients(
    gradients: Sequence[Gradient],
    options: OptimizerOptions,
    *,
    norm: tf.Tensor | None = None,
) -> tuple[list[Gradient], tf.Tensor]:
    """Returns the clipped gradients and their global norm before clipping.

    A sparse gradient (the embedding's, one row a piece) counts with its rows
    as they are, repeated ones not summed: so did the originals.

    Args:
      gradients: one a variable.
      options: how to clip.
      norm: global norm, where it is known already.
    """
    if norm is None:
        norm = tf.linalg.global_norm(gradients)
    if options.clip_norm <= 0:
        return list(gradients), norm
    if options.clip_by == "tensor":
        clipped = [
            tf.clip_by_norm(tf.convert_to_tensor(g), options.clip_norm)
            for g in gradients
        ]
        return clipped, norm
    # The pass over all gradients is saved where the norm is small enough.
    clipped = tf.cond(
        norm > options.clip_norm,
        lambda: tf.clip_by_global_norm(
            gradients, options.clip_norm, use_norm=norm
        )[0],
        lambda: list(gradients),
    )
    return clipped, norm


class Optimizer:
    """Owns the slots of a model's variables and updates both.

    Args:
      variables: name -> trainable variable.
      options: constants of the update.
      rates: name -> factor of the learning rate; 1 for a name without one.
    """

    def __init__(
        self,
        variables: Mapping[str, tf.Variable],
        options: OptimizerOptions,
        *,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        self.options = options
        self.variables = dict(variables)
        self._rates = dict(rates or {})
        self.slots: dict[str, tf.Variable] = {}
        for name, variable in self.variables.items():
            for slot in ("adam_m", "adam_v"):
                self.slots[f"{name}/{slot}"] = tf.Variable(
                    tf.zeros_like(variable),
                    trainable=False,
                    name=f"{name}/{slot}",
                )

    def apply(
        self,
        gradients: Sequence[Gradient],
        *,
        learning_rate: tf.Tensor,
        step: tf.Tensor,
    ) -> None:
        """Applies one update.

        Args:
          gradients: clipped, in the order of the variables.
          learning_rate: float32 scalar, the run's.
          step: int64 scalar, updates applied so far.
        """
        update = {"adamw": self._adamw, "lamb": self._lamb}[self.options.kind]
        powers = self._beta_powers(step)
        for name, gradient in zip(self.variables, gradients, strict=True):
            factor = self._rates.get(name, 1.0)
            # Moments decay in every row: a sparse gradient becomes dense.
            update(
                name,
                tf.convert_to_tensor(gradient),
                learning_rate if factor == 1.0 else learning_rate * factor,
                bias_powers=powers,
            )

    def _adamw(
        self,
        name: str,
        gradient: tf.Tensor,
        learning_rate: tf.Tensor,
        *,
        bias_powers: tuple[tf.Tensor, tf.Tensor],
    ) -> None:
        variable, options = self.variables[name], self.options
        if _is_adapted(name) and options.weight_decay:
            factor = 1.0 - learning_rate * options.weight_decay
            _assign(variable, variable * factor)
        beta_1_power, beta_2_power = bias_powers
        # One fused pass over four arrays. With both powers 0 there is no
        # bias correction and this is the original's update. The op adds its
        # epsilon before it corrects; the paper and PyTorch do so after.
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self.slots[f"{name}/adam_m"].handle,
            v=self.slots[f"{name}/adam_v"].handle,
            beta1_power=beta_1_power,
            beta2_power=beta_2_power,
            lr=learning_rate,
            beta1=options.beta_1,
            beta2=options.beta_2,
            epsilon=options.epsilon * tf.sqrt(1.0 - beta_2_power),
            grad=gradient,
        )

    def _lamb(
        self,
        name: str,
        gradient: tf.Tensor,
        learning_rate: tf.Tensor,
        *,
        bias_powers: tuple[tf.Tensor, tf.Tensor],
    ) -> None:
        variable, options = self.variables[name], self.options
        m = self.slots[f"{name}/adam_m"]
        v = self.slots[f"{name}/adam_v"]
        first = options.beta_1 * m + (1.0 - options.beta_1) * gradient
        second = options.beta_2 * v + (1.0 - options.beta_2) * tf.math.square(
            gradient
        )
        _assign(m, first)
        _assign(v, second)
        if options.bias_correction:
            beta_1_power, beta_2_power = bias_powers
            first /= 1.0 - beta_1_power
            second /= 1.0 - beta_2_power
        update = first / (tf.sqrt(second) + options.epsilon)
        weights = variable.read_value()
        if _is_adapted(name):
            update += options.weight_decay * weights
            update *= _trust_ratio(tf.norm(weights), tf.norm(update))
        _assign(variable, weights - learning_rate * update)

    def _beta_powers(self, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        if not self.options.bias_correction:
            return tf.constant(0.0), tf.constant(0.0)
        updates = tf.cast(step + 1, tf.float32)
        return (
            tf.pow(self.options.beta_1, updates),
            tf.pow(self.options.beta_2, updates),
        )


def _assign(variable: tf.Variable, value: tf.Tensor) -> None:
    """Assigns on this device alone: all replicas compute the same value.

    `variable.assign` wants a replica's variable to be told how the values of
    several replicas become one.
    """
    tf.raw_ops.AssignVariableOp(resource=variable.handle, value=value)


def _is_adapted(name: str) -> bool:
    return _EXCLUDED.search(name) is None


def _trust_ratio(weight: tf.Tensor, update: tf.Tensor) -> tf.Tensor:
    both = tf.logical_and(weight > 0, update > 0)
    return tf.where(both, weight / tf.maximum(update, 1e-38), 1.0)

"""One update: forward, backward, clip, apply; for any task and precision.

Gradients of micro-batches are summed and divided by the summed weights, so
that 4 micro-batches of 8 give the update of one batch of 32. Here on one
device; `training.replicated_step` has the update of several.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf

from modeling.dropout import DropoutMasks
from training.optimizers import Gradient, Optimizer, clip_gradients

Batch = Mapping[str, tf.Tensor]
# (batch, masks) -> (sum of losses, sum of weights)
LossFunction = Callable[[Batch, DropoutMasks], tuple[tf.Tensor, tf.Tensor]]


class StepResult(NamedTuple):
    """What one update reports; float32 scalars.

    Attributes:
      loss: of the update's whole batch.
      gradient_norm: global, before clipping.
      finite: whether the gradient was, and the update was applied.
    """

    loss: tf.Tensor
    gradient_norm: tf.Tensor
    finite: tf.Tensor


class StepInputs(NamedTuple):
    """Scalars that differ from update to update.

    Attributes:
      learning_rate: float32.
      step: int64, updates applied so far.
      loss_scale: float32; 1 unless float16.
    """

    learning_rate: tf.Tensor
    step: tf.Tensor
    loss_scale: tf.Tensor


@dataclasses.dataclass(frozen=True)
class TrainingFunctions:
    """What a step is made of.

    Attributes:
      loss: of a micro-batch.
      sums_loss: whether the update's loss is the sum, not the mean.
      scales_loss: whether gradients are float16 and need a loss scale.
      variables: trainable, in the optimizer's order.
      optimizer: updates them.
      specs: name and TensorFlow type of the batch's features.
    """

    loss: LossFunction
    sums_loss: bool
    scales_loss: bool
    variables: Sequence[tf.Variable]
    optimizer: Optimizer
    specs: Mapping[str, str]


class GradientSums(NamedTuple):
    """What a part of an update's batch adds to it, not yet divided.

    Attributes:
      gradients: of the summed losses, times the loss scale; one a variable.
      row_squares: float32 [variables]: sum of squares of a sparse gradient's
        rows as they are; 0 for the others.
      total: sum of losses.
      weight: sum of their weights.
    """

    gradients: Sequence[Gradient]
    row_squares: tf.Tensor
    total: tf.Tensor
    weight: tf.Tensor


class TrainingStep:
    """Compiles and runs updates on one device.

    Each function is traced once, for batches of any shape.
    """

    num_replicas = 1

    def __init__(
        self, functions: TrainingFunctions, *, micro_batches: int = 1
    ) -> None:
        self._functions = functions
        self._micro_batches = micro_batches
        batch, seed, scalars = input_specs(functions)
        self._whole = _compiled(self._run_whole, [batch, seed, scalars])
        if micro_batches > 1:
            self._sums = [
                tf.Variable(tf.zeros_like(v), trainable=False)
                for v in functions.variables
            ]
            # Of sparse gradients; stays 0 for the others.
            self._row_squares = tf.Variable(
                tf.zeros([len(self._sums)]), trainable=False
            )
            self._add = _compiled(self._run_add, [batch, seed, scalars])
            totals = [tf.TensorSpec([], tf.float32)] * 2
            self._apply = _compiled(self._run_apply, [*totals, scalars])

    def __call__(
        self,
        batches: Sequence[Batch],
        seeds: Sequence[tf.Tensor],
        scalars: StepInputs,
    ) -> StepResult:
        """Applies one update.

        Args:
          batches: the micro-batches.
          seeds: int32 [2] each, of their dropout.
          scalars: this update's rate, step and loss scale.
        """
        if self._micro_batches == 1:
            return self._whole(batches[0], seeds[0], scalars)
        total, weight = tf.constant(0.0), tf.constant(0.0)
        for batch, seed in zip(batches, seeds, strict=True):
            part, part_weight = self._add(batch, seed, scalars)
            total, weight = total + part, weight + part_weight
        return self._apply(total, weight, scalars)

    def _run_whole(
        self, batch: Batch, seed: tf.Tensor, scalars: StepInputs
    ) -> StepResult:
        functions = self._functions
        # These alone: the backward pass ends at the lowest of them. (Graph
        # pruning drops the rest too, but tracing it takes three times as long.)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(functions.variables)
            total, weight = functions.loss(batch, DropoutMasks(seed))
            loss = total / _divisor(functions, weight)
            scaled = loss * scalars.loss_scale
        gradients = tape.gradient(scaled, list(functions.variables))
        if functions.scales_loss:
            gradients = [_scaled(g, 1 / scalars.loss_scale) for g in gradients]
        return _apply(functions, gradients, scalars, loss=loss)

    def _run_add(
        self, batch: Batch, seed: tf.Tensor, scalars: StepInputs
    ) -> tuple[tf.Tensor, tf.Tensor]:
        sums = gradient_sums(self._functions, batch, seed, scalars=scalars)
        for accumulator, gradient in zip(
            self._sums, sums.gradients, strict=True
        ):
            if isinstance(gradient, tf.IndexedSlices):
                accumulator.scatter_add(gradient)
            else:
                accumulator.assign_add(gradient)
        self._row_squares.assign_add(sums.row_squares)
        return sums.total, sums.weight

    def _run_apply(
        self, total: tf.Tensor, weight: tf.Tensor, scalars: StepInputs
    ) -> StepResult:
        gradients = [sums.read_value() for sums in self._sums]
        rows = self._row_squares.read_value()
        with tf.control_dependencies([*gradients, rows]):
            for accumulator in (*self._sums, self._row_squares):
                accumulator.assign(tf.zeros_like(accumulator))
        return apply_sums(
            self._functions,
            GradientSums(gradients, rows, total, weight),
            scalars,
        )


def input_specs(
    functions: TrainingFunctions,
) -> tuple[dict[str, tf.TensorSpec], tf.TensorSpec, StepInputs]:
    """Returns the types of a batch of any shape, a seed and the scalars."""
    batch = {
        name: tf.TensorSpec([None, None], dtype)
        for name, dtype in functions.specs.items()
    }
    scalars = StepInputs(
        tf.TensorSpec([], tf.float32),
        tf.TensorSpec([], tf.int64),
        tf.TensorSpec([], tf.float32),
    )
    return batch, tf.TensorSpec([2], tf.int32), scalars


def gradient_sums(
    functions: TrainingFunctions,
    batch: Batch,
    seed: tf.Tensor,
    *,
    scalars: StepInputs,
) -> GradientSums:
    """Returns what a part of an update's batch adds to it."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(functions.variables)
        total, weight = functions.loss(batch, DropoutMasks(seed))
        scaled = total * scalars.loss_scale
    gradients = tape.gradient(scaled, list(functions.variables))
    squares = [
        _square_sum(gradient.values)
        if isinstance(gradient, tf.IndexedSlices)
        else tf.constant(0.0)
        for gradient in gradients
    ]
    return GradientSums(gradients, tf.stack(squares), total, weight)


def apply_sums(
    functions: TrainingFunctions, sums: GradientSums, scalars: StepInputs
) -> StepResult:
    """Applies the update that is the sum of its parts.

    Args:
      functions: of the step.
      sums: over all parts; gradients are dense.
      scalars: of the update.
    """
    divisor = _divisor(functions, sums.weight)
    factor = 1.0 / (divisor * scalars.loss_scale)
    gradients = [_scaled(gradient, factor) for gradient in sums.gradients]
    # As in `clip_gradients`, rows count before they are summed: else the
    # norm of 4 x 8 records would not be that of 32.
    rows = sums.row_squares * factor**2
    summed = tf.stack([_square_sum(g) for g in gradients])
    norm = tf.sqrt(tf.reduce_sum(tf.where(rows > 0, rows, summed)))
    loss = sums.total / divisor
    return _apply(functions, gradients, scalars, loss=loss, norm=norm)


def _divisor(functions: TrainingFunctions, weight: tf.Tensor) -> tf.Tensor:
    if functions.sums_loss:
        return tf.constant(1.0)
    return tf.maximum(weight, 1e-5)  # a batch may hold no label at all


def _apply(
    functions: TrainingFunctions,
    gradients: Sequence[Gradient],
    scalars: StepInputs,
    *,
    loss: tf.Tensor,
    norm: tf.Tensor | None = None,
) -> StepResult:
    """Clips and applies gradients, unless they are not finite."""
    optimizer = functions.optimizer
    clipped, norm = clip_gradients(gradients, optimizer.options, norm=norm)

    def apply() -> tf.Tensor:
        optimizer.apply(
            clipped,
            learning_rate=scalars.learning_rate,
            step=scalars.step,
        )
        return tf.constant(True)

    applied = tf.cond(
        tf.math.is_finite(norm), apply, lambda: tf.constant(False)
    )
    return StepResult(loss, norm, applied)


def _compiled(function: Callable, signature: list) -> Callable:
    return tf.function(function, input_signature=signature, autograph=False)


def _scaled(gradient: Gradient, factor: tf.Tensor) -> Gradient:
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(
            gradient.values * factor, gradient.indices, gradient.dense_shape
        )
    return gradient * factor


def _square_sum(x: tf.Tensor) -> tf.Tensor:
    return 2.0 * tf.nn.l2_loss(tf.cast(x, tf.float32))

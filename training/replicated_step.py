"""One update of fine-tuning on several replicas of one machine.

Each replica takes its part of a batch, padded by itself. Their gradients are
added up, then divided by the weights of all: the update of one device.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from training.replicas import Replicas, summed
from training.step import (
    Batch,
    GradientSums,
    StepInputs,
    StepResult,
    TrainingFunctions,
    TrainingStep,
    apply_sums,
    gradient_sums,
    input_specs,
)

_Part = tuple[Batch, tf.Tensor]  # with the seed of its dropout


def make_step(
    functions: TrainingFunctions, replicas: Replicas, *, micro_batches: int
) -> TrainingStep | ReplicatedStep:
    """Returns the compiled update of one device, or of several."""
    if replicas.count == 1:
        return TrainingStep(functions, micro_batches=micro_batches)
    return ReplicatedStep(functions, replicas, micro_batches=micro_batches)


class ReplicatedStep:
    """Compiles and runs updates on several replicas.

    Args:
      functions: of a model and optimizer made in the scope of `replicas`.
      replicas: several.
      micro_batches: of one update.

    Attributes:
      num_replicas: how many parts a micro-batch has.
    """

    def __init__(
        self,
        functions: TrainingFunctions,
        replicas: Replicas,
        *,
        micro_batches: int = 1,
    ) -> None:
        self._functions = functions
        self._micro_batches = micro_batches
        self.num_replicas = replicas.count
        batch, seed, scalars = input_specs(functions)
        part = (batch, seed)
        self._whole = replicas.compiled_parts(
            self._run_whole, part=part, shared=[scalars]
        )
        if micro_batches > 1:
            shapes = [variable.shape for variable in functions.variables]
            with replicas.scope():
                # Each replica adds up for itself, and at the end all do.
                self._sums = [
                    tf.Variable(tf.zeros(shape), trainable=False)
                    for shape in [*shapes, [len(shapes)], [2]]
                ]
            self._add = replicas.compiled_parts(
                self._run_add, part=part, shared=[scalars]
            )
            self._apply = replicas.compiled(self._run_apply)
        self._replicas = replicas

    def __call__(
        self,
        batches: Sequence[Batch],
        seeds: Sequence[tf.Tensor],
        scalars: StepInputs,
    ) -> StepResult:
        """Applies one update.

        Args:
          batches: the parts of the first micro-batch, one a replica, then
            those of the second, and so on.
          seeds: int32 [2] each, of their dropout.
          scalars: this update's rate, step and loss scale.
        """
        parts = list(zip(batches, seeds, strict=True))
        if self._micro_batches == 1:
            return self._whole(parts, scalars)[0]
        count = self.num_replicas
        for start in range(0, len(parts), count):
            self._add(parts[start : start + count], scalars)
        return self._replicas.first(self._apply(scalars))

    def _run_whole(self, part: _Part, scalars: StepInputs) -> StepResult:
        return self._finish(self._sums_of(part, scalars), scalars)

    def _run_add(self, part: _Part, scalars: StepInputs) -> tf.Tensor:
        new = self._sums_of(part, scalars)
        for total, value in zip(self._sums, new, strict=True):
            tf.raw_ops.AssignAddVariableOp(resource=total.handle, value=value)
        return tf.constant(0.0)

    def _run_apply(self, scalars: StepInputs) -> StepResult:
        totals = [total.read_value() for total in self._sums]
        with tf.control_dependencies(totals):
            for total in self._sums:
                tf.raw_ops.AssignVariableOp(
                    resource=total.handle, value=tf.zeros_like(total)
                )
        return self._finish(totals, scalars)

    def _sums_of(self, part: _Part, scalars: StepInputs) -> list[tf.Tensor]:
        """Returns the sums of one part, each as one dense tensor."""
        sums = gradient_sums(self._functions, *part, scalars=scalars)
        return [
            *map(tf.convert_to_tensor, sums.gradients),
            sums.row_squares,
            tf.stack([sums.total, sums.weight]),
        ]

    def _finish(
        self, of_replica: Sequence[tf.Tensor], scalars: StepInputs
    ) -> StepResult:
        *gradients, row_squares, totals = summed(of_replica)
        total, weight = tf.unstack(totals)
        sums = GradientSums(gradients, row_squares, total, weight)
        return apply_sums(self._functions, sums, scalars)

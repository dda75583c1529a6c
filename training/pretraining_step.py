"""One update of pretraining, on any number of devices and micro-batches.

The loss is sum(w * nll) / (sum(w) + 1e-5) over all predictions of the update,
plus the mean over all its records of the sentence loss: google-research/bert
`run_pretraining.py`. Both denominators are known from the records before
anything is computed, so the gradients of micro-batches and replicas just add.

The word embeddings have two gradients, one as input and one as output of the
masked LM. The originals' TensorFlow kept the first as one row a piece, and
their global norm counts repeated rows unsummed; so does this one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from modeling.dropout import DropoutMasks
from modeling.pretraining import PretrainingModel
from training.optimizers import Optimizer, clip_gradients
from training.replicas import Replicas, summed
from training.step_values import StepInputs, StepResult

_MASKED_LM_GUARD = 1e-5  # the original's, against a batch without masks
_NUM_SUMS = 6  # of PretrainingSums


class _Gradients(NamedTuple):
    """Sums of gradients.

    Attributes:
      dense: one a variable; of the word embeddings the output's alone.
      rows: of the word embeddings as input: IndexedSlices or [V, E].
      row_squares: float32: sum of squares of those rows, unsummed.
    """

    dense: Sequence[tf.Tensor]
    rows: tf.IndexedSlices | tf.Tensor
    row_squares: tf.Tensor


@dataclasses.dataclass(frozen=True, kw_only=True)
class StepOptions:
    """How a step is compiled.

    Attributes:
      micro_batches: of one update.
      scales_loss: whether gradients are float16 and need a loss scale.
      use_xla: compile the whole step.
    """

    micro_batches: int = 1
    scales_loss: bool = False
    use_xla: bool = False


class PretrainingStep:
    """Compiles and runs updates.

    Args:
      model: made in the scope of `replicas`.
      optimizer: of the model's trainable weights, in the same scope.
      replicas: the devices.
      options: how it is compiled.
    """

    def __init__(
        self,
        model: PretrainingModel,
        optimizer: Optimizer,
        replicas: Replicas,
        *,
        options: StepOptions,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._replicas = replicas
        self._options = options
        self._variables = list(optimizer.variables.values())
        self._names = list(optimizer.variables)
        self._table = next(
            i
            for i, variable in enumerate(self._variables)
            if variable is model.embedding_table
        )
        xla = options.use_xla
        self._whole = replicas.compiled(self._run_whole, use_xla=xla)
        if options.micro_batches > 1:
            with replicas.scope():
                self._sums = self._make_sums()
            self._add = replicas.compiled(self._run_add, use_xla=xla)
            self._apply = replicas.compiled(self._run_apply, use_xla=xla)

    def __call__(
        self,
        batches: Sequence[Mapping[str, np.ndarray]],
        seeds: Sequence[Any],
        inputs: StepInputs,
    ) -> StepResult:
        """Applies one update.

        Args:
          batches: the micro-batches, of all replicas together.
          seeds: for each, the dropout seeds int32 [2] of the replicas
            (`Replicas.of_each`).
          inputs: this update's scalars.
        """
        first = self._replicas.first
        parts = [self._replicas.split(batch) for batch in batches]
        if len(parts) == 1:
            return first(self._whole(parts[0], seeds[0], inputs))
        for part, seed in zip(parts, seeds, strict=True):
            self._add(part, seed, inputs)
        return first(self._apply(inputs))

    def _run_whole(
        self,
        batch: Mapping[str, tf.Tensor],
        seed: tf.Tensor,
        inputs: StepInputs,
    ) -> StepResult:
        gradients, sums = self._jitted(self._gradients, batch, seed, inputs)
        return self._finish(gradients, sums, inputs)

    def _run_add(
        self,
        batch: Mapping[str, tf.Tensor],
        seed: tf.Tensor,
        inputs: StepInputs,
    ) -> tf.Tensor:
        gradients, sums = self._jitted(self._gradients, batch, seed, inputs)
        rows = tf.convert_to_tensor(gradients.rows)
        new = [*gradients.dense, rows, gradients.row_squares, sums]
        for total, value in zip(self._sums, new, strict=True):
            tf.raw_ops.AssignAddVariableOp(resource=total.handle, value=value)
        return tf.constant(0.0)

    def _run_apply(self, inputs: StepInputs) -> StepResult:
        totals = [total.read_value() for total in self._sums]
        with tf.control_dependencies(totals):
            for total in self._sums:
                tf.raw_ops.AssignVariableOp(
                    resource=total.handle, value=tf.zeros_like(total)
                )
        *dense, rows, row_squares, sums = totals
        return self._finish(_Gradients(dense, rows, row_squares), sums, inputs)

    def _jitted(self, function: Any, *arguments: Any) -> Any:
        """Calls a part of the step, compiled where the whole is not.

        Sums over replicas cannot be compiled: with several of them the parts
        between those are.
        """
        if self._options.use_xla and self._replicas.count > 1:
            function = tf.function(function, autograph=False, jit_compile=True)
        return function(*arguments)

    def _gradients(
        self,
        batch: Mapping[str, tf.Tensor],
        seed: tf.Tensor,
        inputs: StepInputs,
    ) -> tuple[_Gradients, tf.Tensor]:
        """Returns gradients of this part's share of the loss, and its sums."""
        variables = self._variables
        table = tf.stop_gradient(variables[self._table].read_value())
        # These alone: the backward pass ends at the lowest of them.
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([*variables, table])
            sums = self._model.sums(
                batch, DropoutMasks(seed), output_table=table
            )
            loss = sums.masked_lm_loss / (inputs.predictions + _MASKED_LM_GUARD)
            loss += sums.sentence_loss / inputs.rows
            scaled = loss * inputs.loss_scale
        *dense, of_output = tape.gradient(scaled, [*variables, table])
        rows = dense[self._table]
        dense[self._table] = of_output
        if self._options.scales_loss:
            factor = 1.0 / inputs.loss_scale
            dense = [gradient * factor for gradient in dense]
            rows = tf.IndexedSlices(
                rows.values * factor, rows.indices, rows.dense_shape
            )
        squares = 2.0 * tf.nn.l2_loss(rows.values)
        return _Gradients(dense, rows, squares), tf.stack(list(sums))

    def _finish(
        self, gradients: _Gradients, sums: tf.Tensor, inputs: StepInputs
    ) -> StepResult:
        dense, rows, row_squares = gradients
        if self._replicas.count > 1:
            *dense, rows, row_squares, sums, stop = summed(
                [
                    *dense,
                    tf.convert_to_tensor(rows),
                    row_squares,
                    sums,
                    tf.identity(inputs.stop),  # one tensor a replica
                ]
            )
        else:
            stop = inputs.stop
        applied, norm = self._jitted(
            self._update, _Gradients(dense, rows, row_squares), inputs
        )
        masked_loss, _, masked_right, loss, right, _ = tf.unstack(sums)
        return StepResult(
            masked_lm_loss=masked_loss
            / (inputs.predictions + _MASKED_LM_GUARD),
            masked_lm_accuracy=masked_right
            / tf.maximum(inputs.predictions, 1.0),
            sentence_loss=loss / inputs.rows,
            sentence_accuracy=right / inputs.rows,
            gradient_norm=norm,
            applied=applied,
            stop=stop,
        )

    def _update(
        self, gradients: _Gradients, inputs: StepInputs
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Clips and applies; returns whether it did, and the norm."""
        dense, rows, row_squares = gradients
        squares = [2.0 * tf.nn.l2_loss(gradient) for gradient in dense]
        norm = tf.sqrt(tf.add_n([*squares, row_squares]))
        whole = list(dense)
        whole[self._table] = _with_rows(dense[self._table], rows)
        optimizer = self._optimizer

        def apply() -> tf.Tensor:
            clipped, _ = clip_gradients(whole, optimizer.options, norm=norm)
            optimizer.apply(
                clipped, learning_rate=inputs.learning_rate, step=inputs.step
            )
            return tf.constant(1.0)

        applied = tf.cond(
            tf.math.is_finite(norm), apply, lambda: tf.constant(0.0)
        )
        return applied, norm

    def _make_sums(self) -> list[tf.Variable]:
        """Returns what micro-batches are added up in, on each replica."""
        shapes = [variable.shape for variable in self._variables]
        table = self._variables[self._table].shape
        return [
            tf.Variable(tf.zeros(shape), trainable=False)
            for shape in [*shapes, table, [], [_NUM_SUMS]]
        ]


def _with_rows(
    table: tf.Tensor, rows: tf.IndexedSlices | tf.Tensor
) -> tf.Tensor:
    """Returns both gradients of the word embeddings added up."""
    if isinstance(rows, tf.IndexedSlices):
        return tf.tensor_scatter_nd_add(
            table, rows.indices[:, tf.newaxis], rows.values
        )
    return table + rows

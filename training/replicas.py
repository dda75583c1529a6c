"""One device or many behind one small interface.

On one device a step is called as it is; on several (GPUs, machines, TPU cores)
by tf.distribute, each replica with its part of the batch.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from foundation.errors import InputError


class Replicas:
    """The devices of a run.

    Args:
      strategy: of tf.distribute; None = one device.

    Attributes:
      count: replicas over all machines.
      is_chief: whether this process writes files and logs.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None) -> None:
        self._strategy = strategy
        self.count = strategy.num_replicas_in_sync if strategy else 1
        cluster = getattr(strategy, "cluster_resolver", None)
        task = (cluster.task_type, cluster.task_id) if cluster else (None, 0)
        # TF_CONFIG without a "chief" makes worker 0 it.
        self.is_chief = task[0] == "chief" or (
            task[0] in (None, "", "worker") and task[1] in (None, 0)
        )

    def scope(self) -> contextlib.AbstractContextManager:
        """Returns the context in which variables are made."""
        if self._strategy is None:
            return contextlib.nullcontext()
        return self._strategy.scope()

    def check_batch_size(self, size: int, *, flag: str) -> None:
        """Raises InputError unless each replica gets as many records."""
        if size % self.count:
            raise InputError(
                f"{flag} cannot be divided among the devices",
                got=f"{size} records for {self.count} devices",
                expected=f"a multiple of {self.count}: it counts the records "
                "of all devices together",
                next_step=f"change {flag}, or use --distribution_strategy="
                "one_device",
            )

    def compiled(
        self, function: Callable[..., Any], *, use_xla: bool = False
    ) -> Callable[..., Any]:
        """Returns a graph function that runs on all replicas.

        Args:
          function: of tensors; run once a replica.
          use_xla: compile it; with several replicas `function` itself must
            say which of its parts are compiled.
        """
        if self._strategy is None:
            return tf.function(
                function,
                autograph=False,
                jit_compile=use_xla or None,
                reduce_retracing=True,
            )
        strategy = self._strategy

        def on_all(*arguments: Any) -> Any:
            return strategy.run(function, args=arguments)

        return tf.function(on_all, autograph=False, reduce_retracing=True)

    def compiled_parts(
        self,
        function: Callable[..., Any],
        *,
        part: Any,
        shared: Sequence[Any],
    ) -> Callable[..., list[Any]]:
        """Returns a graph function of several parts, one for each replica.

        It is traced once: parts may differ in shape from replica to replica.

        Args:
          function: of a part and of what all share; run once a replica.
          part: tf.TensorSpecs in the structure of a part.
          shared: the same of each of the other arguments.

        Returns:
          (list of parts, *shared) -> list of the replicas' results.
        """

        def on_all(parts: list[Any], *arguments: Any) -> list[Any]:
            if self._strategy is None:
                return [function(parts[0], *arguments)]
            of_each = (
                self._strategy.experimental_distribute_values_from_function(
                    lambda replica: parts[replica.replica_id_in_sync_group]
                )
            )
            results = self._strategy.run(function, args=(of_each, *arguments))
            return [self._result_of(i, results) for i in range(self.count)]

        return tf.function(
            on_all,
            input_signature=[[part] * self.count, *shared],
            autograph=False,
        )

    def split(self, batch: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Returns a batch of all replicas, each with its rows of it."""
        return {name: self._rows(values) for name, values in batch.items()}

    def _rows(self, values: np.ndarray) -> Any:
        if self._strategy is None:
            return tf.constant(values)
        size = len(values) // self.count
        return self.of_each(lambda i: values[i * size : (i + 1) * size])

    def of_each(self, value: Callable[[int], np.ndarray]) -> Any:
        """Returns a value of each replica's own, given its number."""
        if self._strategy is None:
            return tf.constant(value(0))
        return self._strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(value(context.replica_id_in_sync_group))
        )

    def meet(self) -> None:
        """Waits until all processes of a run are here."""
        if self._strategy is not None:
            self.compiled(lambda: summed([tf.ones([])]))()

    def first(self, value: Any) -> Any:
        """Returns what the first replica of this process has."""
        return value if self._strategy is None else self._result_of(0, value)

    def _result_of(self, replica: int, value: Any) -> Any:
        return tf.nest.map_structure(
            lambda v: self._strategy.experimental_local_results(v)[replica],
            value,
        )


def summed(tensors: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Returns sums over all replicas; to be called in a replica's function."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return list(tensors)
    return list(context.all_reduce(tf.distribute.ReduceOp.SUM, list(tensors)))

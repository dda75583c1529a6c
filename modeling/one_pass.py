"""Chains of elementwise operations as one pass over memory.

TensorFlow runs each operation of such a chain as a pass of its own, and on a
CPU the passes of GELU and dropout take a fifth of a training step. XLA makes
one loop of a chain: of one with a single result (two results are computed by
one thread only, and slower than before), and of known shape.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf


def one_pass(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    """Returns the function, compiled wherever that is worth it.

    That is on a CPU, for tensors of known shape: each shape is compiled once,
    which takes a tenth of a second.

    Args:
      function: elementwise, of tensors and tuples of tensors; returns one
        tensor.
    """
    compiled = tf.function(function, autograph=False, jit_compile=True)

    @functools.wraps(function)
    def call(*arguments: Any) -> tf.Tensor:
        is_compiled = compiles(*tf.nest.flatten(arguments))
        return (compiled if is_compiled else function)(*arguments)

    return call


def compiles(*tensors: tf.Tensor) -> bool:
    """Returns whether a function of these tensors is compiled."""
    is_known = all(tensor.shape.is_fully_defined() for tensor in tensors)
    return is_known and only_cpu()


@functools.cache
def only_cpu() -> bool:
    """Returns whether TensorFlow sees no other device."""
    return all(d.device_type == "CPU" for d in tf.config.list_logical_devices())

"""Is a precision worth it on this processor? A word where it is not.

Some processors multiply bfloat16 at half of float32's rate: those that only
emulate it, and virtual machines that hide the units for it.
"""

from __future__ import annotations

import time

import tensorflow as tf
from absl import logging

from modeling.layers import product
from modeling.one_pass import only_cpu

_SIZE = 768  # rows of the products; some milliseconds each
_RUNS = 4
_MARGIN = 1.1  # of noise: less than a tenth is not told


def warn_if_slower(precision: str) -> None:
    """Says so where float32 is the faster one for matrix products.

    Measures for a fifth of a second; on CPUs alone.

    Args:
      precision: "float32", "bfloat16" or "float16".
    """
    if precision == "float32" or not only_cpu():
        return
    ratio = seconds_of_product(precision) / seconds_of_product("float32")
    if ratio > _MARGIN:
        logging.warning(
            "--precision=%s: matrix products take %.1f times as long as in "
            "float32 on this processor. --precision=float32 is faster here.",
            precision,
            ratio,
        )


def seconds_of_product(dtype: str) -> float:
    """Returns the least time of a few products of square matrices.

    Float16 is multiplied as the layers do it, in float32.
    """
    matrix = tf.cast(
        tf.random.stateless_normal([_SIZE, _SIZE], seed=[1, 2]), dtype
    )
    best = float("inf")
    for _ in range(_RUNS):
        began = time.perf_counter()
        product(matrix, matrix)[0, 0].numpy()  # waits for it
        best = min(best, time.perf_counter() - began)
    return best

"""The rate at which a device multiplies matrices, by measuring it.

What a run reaches is told as a share of it: no table of devices knows the
machine that a person has, nor what else runs on it.
"""

from __future__ import annotations

import time

import tensorflow as tf

_SMALLEST = 512  # rows: large enough for any CPU to be busy
_LARGEST_ON_CPU = 2048
_LARGEST_ON_GPU = 4096  # 64 MiB in float32: no GPU is filled by a few
_CHAINED_ON_GPU = 8  # products of a call, so that starting it costs nothing
_SLOW = 0.3  # seconds of a call, above which no larger one is tried
_BUDGET = 0.6  # seconds of measuring, after the first call of each size
_LEAST_RUNS = 2


def measure_peak(dtype: str) -> float:
    """Returns floating point operations a second of the default device.

    The best of several products of square matrices, which are as large as
    may be measured within about a second: [2048, 2048] on a CPU, [4096, 4096]
    on a GPU, smaller where the dtype is slow (float16 on many CPUs).

    Args:
      dtype: "float32", "bfloat16" or "float16".
    """
    on_gpu = bool(tf.config.list_logical_devices("GPU"))
    largest = _LARGEST_ON_GPU if on_gpu else _LARGEST_ON_CPU
    chained = _CHAINED_ON_GPU if on_gpu else 1
    size = _SMALLEST
    while True:
        product = _Product(size, dtype, chained)
        seconds = product.run()
        # Twice the rows are eight times the work.
        if 2 * size > largest or 8 * seconds > _SLOW:
            break
        size *= 2
    end = time.perf_counter() + _BUDGET - seconds
    best, runs = seconds, 1
    while runs < _LEAST_RUNS or time.perf_counter() < end:
        best = min(best, product.run())
        runs += 1
    return chained * 2 * size**3 / best


class _Product:
    """A product of two square matrices; ready to be timed."""

    def __init__(self, size: int, dtype: str, chained: int) -> None:
        # Values as a model has them: a GPU multiplies zeros faster. The
        # second factor keeps the size of the first in a chain.
        left, right = (
            tf.cast(
                tf.random.stateless_normal([size, size], [size, part]) * scale,
                dtype,
            )
            for part, scale in ((0, 1.0), (1, size**-0.5))
        )

        @tf.function
        def multiply(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
            for _ in range(chained):
                left = tf.matmul(left, right)
            return left[0, 0]

        self._call = lambda: multiply(left, right)
        self.run()  # traces, compiles, allocates

    def run(self) -> float:
        """Returns the seconds that one call takes."""
        began = time.perf_counter()
        self._call().numpy()  # waits for the device
        return time.perf_counter() - began

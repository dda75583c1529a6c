"""Dropout whose masks are a pure function of a seed and a place's name.

No layer keeps random state (DESIGN 2.2): a resumed or recomputed step draws
the masks that the first one drew.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable

import tensorflow as tf

from modeling.one_pass import one_pass

_LEVELS = 1 << 16  # values of 16 random bits: a rate is kept within 1e-5


def place_id(name: str) -> int:
    """Returns a number that stands for a name in random seeds."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


class DropoutMasks:
    """The masks of one forward pass.

    Args:
      seed: int32 [2], a function of (run seed, batch, micro-batch, replica);
        None = not training: nothing is dropped.
    """

    def __init__(self, seed: tf.Tensor | None) -> None:
        self._seed = seed

    @property
    def training(self) -> bool:
        """Returns whether the pass is one of training."""
        return self._seed is not None

    def __call__(
        self,
        x: tf.Tensor,
        rate: float,
        place: str,
        *,
        dtype: tf.DType = tf.float32,
    ) -> tf.Tensor:
        """Zeroes a share `rate` of x's elements and scales the rest up.

        Args:
          x: any shape and dtype.
          rate: from 0 to less than 1.
          place: name of the place, other for each place of the model.
          dtype: of the result.
        """
        if self._seed is None or rate == 0.0:
            return tf.cast(x, dtype)
        threshold = round(rate * _LEVELS)
        return _masked(x, self._random_bits(x, place), threshold, dtype=dtype)

    def _random_bits(self, x: tf.Tensor, place: str) -> tf.Tensor:
        # 16 bits an element: half the time of drawing a float for each.
        count = tf.size(x)
        words = tf.random.stateless_uniform(
            [(count + 1) // 2],
            seed=self._seed + tf.constant([place_id(place), 0], tf.int32),
            minval=None,
            maxval=None,
            dtype=tf.int32,
        )
        bits = tf.reshape(tf.bitcast(words, tf.uint16), [-1])[:count]
        return tf.reshape(bits, tf.shape(x))


def _masked(
    x: tf.Tensor, bits: tf.Tensor, threshold: int, *, dtype: tf.DType
) -> tf.Tensor:
    """Returns x where bits reach a threshold, scaled up; 0 elsewhere."""
    scale = _LEVELS / (_LEVELS - threshold)
    forward = _mask(threshold, scale, dtype)

    @tf.custom_gradient
    def apply(
        x: tf.Tensor,
    ) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        # The bits are kept for the way back, a quarter of a float mask.
        backward = _mask(threshold, scale, x.dtype)
        return forward(x, bits), lambda upstream: backward(upstream, bits)

    return apply(x)


@functools.cache
def _mask(
    threshold: int, scale: float, dtype: tf.DType
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Returns the function that masks a tensor, compiled once for a rate."""

    def mask(x: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
        # In float32: others are slow to multiply on a CPU.
        kept = tf.where(bits >= threshold, scale, 0.0)
        return tf.cast(tf.cast(x, tf.float32) * kept, dtype)

    return one_pass(mask)


NO_DROPOUT = DropoutMasks(None)

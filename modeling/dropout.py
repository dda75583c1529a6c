"""Dropout whose masks are a pure function of a seed and a place's name.

No layer keeps random state (DESIGN 2.2): a resumed or recomputed step draws
the masks that the first one drew.
"""

from __future__ import annotations

import zlib

import tensorflow as tf

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

    def __call__(self, x: tf.Tensor, rate: float, place: str) -> tf.Tensor:
        """Zeroes a share `rate` of x's elements and scales the rest up.

        Args:
          x: any shape and dtype.
          rate: from 0 to less than 1.
          place: name of the place, other for each place of the model.

        Returns:
          float32, x's shape.
        """
        x = tf.cast(x, tf.float32)  # others are slow to multiply on a CPU
        if self._seed is None or rate == 0.0:
            return x
        threshold = round(rate * _LEVELS)
        kept = tf.cast(self._random_bits(x, place) >= threshold, x.dtype)
        return x * (kept * tf.cast(_LEVELS / (_LEVELS - threshold), x.dtype))

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


NO_DROPOUT = DropoutMasks(None)

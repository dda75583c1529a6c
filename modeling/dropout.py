"""Dropout whose masks are a pure function of a seed and a place's name.

No layer keeps random state (DESIGN 2.2): a resumed or recomputed step draws
the masks that the first one drew.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable

import tensorflow as tf

from modeling.one_pass import compiles, one_pass

_LEVELS = 1 << 16  # values of 16 random bits: a rate is kept within 1e-5


def place_id(name: str) -> int:
    """Returns a number that stands for a name in random seeds."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


class DropoutMasks:
    """The masks of one forward pass.

    Where chains are compiled (`one_pass`), a mask is computed in the loop
    that applies it, on the way back too: nothing is written to memory for it.
    Elsewhere its bits are drawn and kept. The two draw different masks.

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
        seed = self._seed + tf.constant([place_id(place), 0], tf.int32)
        if compiles(x):
            bits, source = _hash_bits, seed
        else:
            bits, source = _given_bits, _random_bits(x, seed)

        @tf.custom_gradient
        def apply(
            x: tf.Tensor,
        ) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            backward = _mask(bits, threshold, x.dtype)
            masked = _mask(bits, threshold, dtype)(x, source)
            return masked, lambda upstream: backward(upstream, source)

        return apply(x)


@functools.cache
def _mask(
    bits: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    threshold: int,
    dtype: tf.DType,
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Returns the function that masks a tensor, compiled once for a rate.

    Args:
      bits: from x and a source, 16 random bits for each element of x.
      threshold: below it, an element becomes 0.
      dtype: of the result.
    """

    def mask(x: tf.Tensor, source: tf.Tensor) -> tf.Tensor:
        # In float32: others are slow to multiply on a CPU.
        scale = _LEVELS / (_LEVELS - threshold)
        kept = tf.where(bits(x, source) >= threshold, scale, 0.0)
        return tf.cast(tf.cast(x, tf.float32) * kept, dtype)

    return one_pass(mask)


def _given_bits(x: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
    del x
    return bits


def _random_bits(x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns uint16 of x's shape: half the time of floats, to draw."""
    count = tf.size(x)
    words = tf.random.stateless_uniform(
        [(count + 1) // 2], seed=seed, minval=None, maxval=None, dtype=tf.int32
    )
    bits = tf.reshape(tf.bitcast(words, tf.uint16), [-1])[:count]
    return tf.reshape(bits, tf.shape(x))


def _hash_bits(x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns hashes of (seed, element's number): uint32 of 16 bits."""
    keys = tf.bitcast(seed, tf.uint32)  # [2]
    number = tf.reshape(tf.range(tf.size(x)), tf.shape(x))
    words = tf.cast(number, tf.uint32) ^ keys[0]
    words = _hashed(_hashed(words) ^ keys[1])
    return tf.bitwise.right_shift(words, tf.constant(16, tf.uint32))


def _hashed(words: tf.Tensor) -> tf.Tensor:
    """Returns uint32 mixed so that each bit depends on all: murmur3's end."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        words ^= tf.bitwise.right_shift(words, tf.constant(shift, tf.uint32))
        words *= tf.constant(factor, tf.uint32)
    return words ^ tf.bitwise.right_shift(words, tf.constant(16, tf.uint32))


NO_DROPOUT = DropoutMasks(None)

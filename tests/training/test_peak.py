import time

import pytest
import tensorflow as tf

from training import peak


class FakeProduct:
    """Products that take a time of their own each."""

    made: list[int]
    rate: float  # operations a second
    clock: float

    def __init__(self, size, dtype, chained):
        assert (dtype, chained) == ("float32", 1)
        self._size = size
        type(self).made.append(size)

    def run(self):
        self._runs = getattr(self, "_runs", 0) + 1
        # The second one is the undisturbed one.
        slower = 1.0 if self._runs == 2 else 1.5
        seconds = 2 * self._size**3 / FakeProduct.rate * slower
        FakeProduct.clock += seconds
        return seconds


@pytest.mark.parametrize(
    ("rate", "sizes"),
    [
        (1e14, [512, 1024, 2048]),
        (2e11, [512, 1024, 2048]),
        (5e10, [512, 1024]),
        (1e9, [512]),
    ],
)
def test_the_best_run_of_the_largest_size_that_is_quick_enough(
    monkeypatch, rate, sizes
):
    FakeProduct.made, FakeProduct.rate, FakeProduct.clock = [], rate, 0.0
    monkeypatch.setattr(peak, "_Product", FakeProduct)
    monkeypatch.setattr(time, "perf_counter", lambda: FakeProduct.clock)
    assert peak.measure_peak("float32") == pytest.approx(rate)
    assert FakeProduct.made == sizes
    assert FakeProduct.clock < 1.2


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_device_is_measured(dtype):
    began = time.perf_counter()
    rate = peak.measure_peak(dtype)
    assert time.perf_counter() - began < 20  # a second on a free machine
    assert 1e7 < rate < 1e17


def test_the_rate_is_that_of_products_timed_by_hand():
    factor = tf.random.stateless_normal([1024, 1024], [1, 2])
    tf.matmul(factor, factor)
    seconds = []
    for _ in range(10):
        began = time.perf_counter()
        tf.matmul(factor, factor).numpy()
        seconds.append(time.perf_counter() - began)
    by_hand = 2 * 1024**3 / min(seconds)
    # Far apart enough for a machine that does other things too, too near for
    # a forgotten factor of the size.
    assert by_hand / 8 < peak.measure_peak("float32") < by_hand * 8

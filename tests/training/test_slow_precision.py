"""A word where a precision is slower than float32."""

from __future__ import annotations

import logging

import pytest

from training import slow_precision


@pytest.mark.parametrize(
    ("precision", "seconds", "is_told"),
    [
        ("bfloat16", 1.8, True),
        ("bfloat16", 1.05, False),  # noise
        ("bfloat16", 0.5, False),
        ("float16", 3.0, True),
        ("float32", 9.0, False),
    ],
)
def test_slower_ones_alone_are_told(
    monkeypatch, caplog, precision, seconds, is_told
):
    times = {precision: seconds, "float32": 1.0}
    monkeypatch.setattr(slow_precision, "seconds_of_product", times.get)
    with caplog.at_level(logging.WARNING):
        slow_precision.warn_if_slower(precision)
    told = [r.getMessage() for r in caplog.records]
    assert bool(told) == is_told
    if is_told:
        assert f"{seconds:.1f} times as long" in told[0]


def test_a_product_takes_time():
    assert 0 < slow_precision.seconds_of_product("float32") < 10

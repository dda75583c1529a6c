"""Results come in the order of the rows, and few rows are held."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from inference.rows_in_order import StreamLimits, batch_of, run_in_order


@pytest.mark.parametrize("num_pieces", [1, 50, 10_000])
def test_order_batches_and_padding(num_pieces):
    rng = random.Random(3)
    rows = [(i, rng.randint(2, 30)) for i in range(200)]
    batches = []

    def run(chosen, length):
        longest = max(size for _, size in chosen)
        assert longest <= length <= 30
        assert length - longest < 4
        batches.append(len(chosen))
        return [number for number, _ in chosen]

    limits = StreamLimits(
        batch_size=8, max_seq_length=30, num_pieces=num_pieces
    )
    found = run_in_order(rows, run, length_of=lambda r: r[1], limits=limits)
    assert list(found) == list(range(200))
    assert max(batches) <= 8
    assert sum(batches) == 200
    if num_pieces == 10_000:
        assert batches.count(8) == 25


def test_an_endless_stream_is_not_waited_for():
    limits = StreamLimits(batch_size=4, max_seq_length=10, num_pieces=100)
    found = run_in_order(
        itertools.count(),
        lambda chosen, _: list(chosen),
        length_of=lambda _: 10,
        limits=limits,
    )
    assert list(itertools.islice(found, 35)) == list(range(35))


def test_a_batch_is_filled_up_to_a_power_of_two():
    ids = [np.array([5, 6, 7]), np.array([8]), np.array([9, 4])]
    segments = [np.array([0, 0, 1]), np.array([0]), np.array([0, 1])]
    batch = batch_of(ids, segments, length=4)
    assert batch["input_ids"].tolist() == (
        [[5, 6, 7, 0], [8, 0, 0, 0], [9, 4, 0, 0], [9, 4, 0, 0]]
    )
    assert batch["input_mask"].tolist()[2] == [1, 1, 0, 0]
    assert batch["segment_ids"].tolist()[0] == [0, 0, 1, 0]

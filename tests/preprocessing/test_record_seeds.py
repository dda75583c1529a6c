import itertools

import numpy as np
import pytest

from preprocessing.record_seeds import record_seed, record_seeds

SEEDS = [0, 1, 2**32, 2**64 - 2, -1]
EPOCHS = [0, 1, 2**32 - 1]
RECORDS = [0, 1, 2**31, 2**32, 2**63 - 1]


def test_no_two_are_equal():
    everything = itertools.product(SEEDS, EPOCHS, RECORDS)
    seeds = [record_seed(*one) for one in everything]
    assert len(set(seeds)) == len(SEEDS) * len(EPOCHS) * len(RECORDS)
    assert record_seed(2**64 + 5, 1, 2) == record_seed(5, 1, 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_many_at_once(seed):
    records, epochs = map(
        np.array, zip(*itertools.product(RECORDS, EPOCHS), strict=True)
    )
    words = record_seeds(
        records, epochs, seed=seed, num_rows=len(records)
    ).tolist()
    made = [sum(w << 32 * i for i, w in enumerate(row)) for row in words]
    pairs = zip(epochs.tolist(), records.tolist(), strict=True)
    assert made == [record_seed(seed, *pair) for pair in pairs]
    assert all(row[-1] for row in words)


def test_one_epoch_for_all():
    one = record_seeds(np.arange(3), 7, seed=1, num_rows=3)
    many = record_seeds(np.arange(3), np.full(3, 7), seed=1, num_rows=3)
    np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize(
    ("records", "epoch"),
    [([0, -1], 0), ([0, 1], -1), ([0, 1], 2**32), ([0], 0), ([[0, 1]], 0)],
)
def test_what_cannot_be(records, epoch):
    with pytest.raises(ValueError, match=r"record|epoch"):
        record_seeds(np.array(records), epoch, seed=1, num_rows=2)


def test_one_that_cannot_be():
    with pytest.raises(ValueError, match="64 bits"):
        record_seed(1, 0, -1)

import itertools

import numpy as np
import pytest

from preprocessing.record_order import RecordOrder


def seen(order, *, start=0, count):
    """Returns (epoch, record) of `count` records from a position on."""
    found = []
    for block, passed in order.blocks(start):
        records = block.records[block.order[passed:]]
        found += [(block.epoch, record) for record in records.tolist()]
        if len(found) >= count:
            return found[:count]
    raise AssertionError("the order ends")


SIZES = [[1], [5], [3, 0, 4], [8, 8], [1, 1, 1, 1], [20, 3, 9]]


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("block_records", [1, 4, 8, 1000])
@pytest.mark.parametrize("counts", SIZES)
def test_every_record_once_an_epoch(counts, block_records, shuffle):
    order = RecordOrder(
        counts, seed=3, shuffle=shuffle, block_records=block_records
    )
    size = sum(counts)
    assert order.num_records == size
    found = seen(order, count=3 * size)
    for epoch in range(3):
        part = found[epoch * size : (epoch + 1) * size]
        assert sorted(part) == [(epoch, record) for record in range(size)]
        if not shuffle:
            assert part == sorted(part)


@pytest.mark.parametrize("counts", SIZES)
def test_any_position_is_where_it_was(counts):
    order = RecordOrder(counts, seed=3, block_records=4)
    size = sum(counts)
    whole = seen(order, count=4 * size)
    for start in range(3 * size):
        again = RecordOrder(counts, seed=3, block_records=4)
        assert (
            seen(again, start=start, count=size)
            == (whole[start : start + size])
        )


def test_records_lie_as_the_files_are_read():
    counts = [5, 3, 4]
    starts = [0, 5, 8]
    order = RecordOrder(counts, seed=0, block_records=4)
    found = itertools.takewhile(lambda x: x[0].epoch < 6, order.blocks(0))
    by_epoch = {}
    for block, _ in found:
        assert block.start == len(by_epoch.setdefault(block.epoch, []))
        by_epoch[block.epoch] += block.records.tolist()
    orders = set()
    for epoch, records in by_epoch.items():
        files = order.files(epoch).tolist()
        orders.add(tuple(files))
        expected = [
            starts[file] + i for file in files for i in range(counts[file])
        ]
        assert records == expected
    assert len(orders) > 1


def test_a_block_is_well_mixed_and_each_epoch_and_seed_in_another_way():
    size = 2000
    orders = [
        [record for _, record in seen(RecordOrder([size], seed=seed), **part)]
        for seed, part in itertools.product(
            (0, 1, -1), ({"count": size}, {"start": size, "count": size})
        )
    ]
    for order in orders:
        # A fixed point is expected once; ten of them, 1 time in 10 million.
        assert np.sum(np.array(order) == np.arange(size)) < 10
    for one, other in itertools.combinations(orders, 2):
        assert np.sum(np.array(one) == np.array(other)) < 10


def test_blocks_are_at_fixed_places():
    order = RecordOrder([10], seed=1, block_records=4)
    records = [record for _, record in seen(order, count=10)]
    assert sorted(records[:4]) == [0, 1, 2, 3]
    assert sorted(records[4:8]) == [4, 5, 6, 7]
    assert sorted(records[8:]) == [8, 9]


@pytest.mark.parametrize(("counts", "size"), [([], 4), ([0, 0], 4), ([3], 0)])
def test_nothing_to_order(counts, size):
    with pytest.raises(ValueError, match="at least 1"):
        RecordOrder(counts, seed=0, block_records=size)

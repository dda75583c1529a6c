from collections import Counter

import pytest

from preprocessing.table_split import split_by_group

SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}


def groups_of(num_groups):
    """Returns groups of one to nine rows, in no order."""
    rows = [f"g{i}" for i in range(num_groups) for _ in range(1 + i * 7 % 9)]
    return rows[::2] + rows[1::2]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_group_is_in_two_parts(seed):
    groups = groups_of(200)
    parts = split_by_group(groups, SHARES, seed=seed)
    of_group = {}
    for group, part in zip(groups, parts, strict=True):
        assert of_group.setdefault(group, part) == part


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_parts_have_their_shares(seed):
    groups = groups_of(200)
    sizes = Counter(split_by_group(groups, SHARES, seed=seed))
    for part, share in SHARES.items():
        # At worst half of the largest group is missing or too much.
        assert abs(sizes[part] - share * len(groups)) <= 9


def test_the_order_of_the_rows_does_not_matter():
    groups = groups_of(50)
    once = dict(
        zip(groups, split_by_group(groups, SHARES, seed=3), strict=True)
    )
    turned = groups[::-1]
    again = dict(
        zip(turned, split_by_group(turned, SHARES, seed=3), strict=True)
    )
    assert once == again
    other = dict(
        zip(groups, split_by_group(groups, SHARES, seed=4), strict=True)
    )
    assert other != once


def test_shares_are_of_one_whole():
    with pytest.raises(ValueError, match="sum of 1"):
        split_by_group(["a"], {"train": 0.5, "test": 0.4}, seed=1)

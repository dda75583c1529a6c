"""Batches of whole groups: windows and options of a text stay together."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from preprocessing.features import INPUT_SPECS, FeatureSpec, FeatureTable
from training.loop import BatchSource
from training.options import BatchOptions

SIZES = [1, 4, 2, 1, 3, 1, 1, 5, 2, 1, 2]
SPECS = (*INPUT_SPECS, FeatureSpec("starts_example", width=1))


def table_of(sizes):
    def rows():
        number = 0
        for size in sizes:
            for window in range(size):
                number += 1
                ids = np.full(3 + number % 7, number)
                yield {
                    "input_ids": ids,
                    "input_mask": np.ones(len(ids)),
                    "segment_ids": np.zeros(len(ids)),
                    "starts_example": [window == 0],
                }

    return FeatureTable(SPECS, rows(), sizes)


@pytest.mark.parametrize("shuffle_buffer", [None, 4])
@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_groups_are_whole(shuffle_buffer, batch_size):
    options = BatchOptions(
        train_batch_size=batch_size,
        shuffle_buffer=shuffle_buffer,
        max_seq_length=16,
    )
    source = BatchSource(table_of(SIZES), options, seed=7)
    plan = source.plan()
    bounds = np.concatenate([[0], np.cumsum(SIZES)])
    seen = []
    for number in range(len(SIZES)):  # as many epochs as a batch has groups
        groups = plan.indices(number)
        batch = source.padded(groups)
        assert len(groups) == batch_size
        seen += list(groups)
        expected = [
            row + 1
            for group in groups
            for row in range(bounds[group], bounds[group + 1])
        ]
        assert batch["input_ids"][:, 0].tolist() == expected
        assert batch["starts_example"].sum() == len(groups)
        assert batch["starts_example"][0, 0] == 1
    if shuffle_buffer is None:  # the originals' buffer runs over the end
        assert Counter(seen) == dict.fromkeys(range(len(SIZES)), batch_size)


def test_epochs_count_groups():
    options = BatchOptions(train_batch_size=4, max_seq_length=16)
    source = BatchSource(table_of(SIZES), options, seed=7)
    assert source.updates_to_epochs() == pytest.approx(4 / len(SIZES))

"""Rows of one text and of pairs, against the original's rule."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.pair_features import featurize_pair, kept_of_pair


class Pieces:
    """What a row needs of a tokenizer."""

    cls_id, sep_id = 101, 102


def one_by_one(len_a, len_b, room):
    """Cuts as the original does: a piece at a time."""
    while len_a + len_b > room:
        if len_a > len_b:
            len_a -= 1
        else:
            len_b -= 1
    return len_a, len_b


def test_the_longer_text_is_cut_and_b_of_equal_ones():
    for room in range(2, 14):
        for len_a in range(16):
            for len_b in range(16):
                kept = kept_of_pair(len_a, len_b, room=room)
                assert kept == one_by_one(len_a, len_b, room)


@pytest.mark.parametrize(
    ("a", "b", "ids", "segments", "num_cut"),
    [
        ([7, 8], [], [101, 7, 8, 102], [0, 0, 0, 0], 0),
        ([1, 2, 3, 4, 5, 6, 7], [], [101, 1, 2, 3, 4, 5, 102], [0] * 7, 2),
        ([7], [8, 9], [101, 7, 102, 8, 9, 102], [0, 0, 0, 1, 1, 1], 0),
        ([1, 2, 3], [4, 5], [101, 1, 2, 102, 4, 5, 102], [0] * 4 + [1] * 3, 1),
        ([], [], [101, 102], [0, 0], 0),
    ],
)
def test_rows(a, b, ids, segments, num_cut):
    row = featurize_pair(a, b, tokenizer=Pieces(), max_seq_length=7)
    np.testing.assert_array_equal(row.input_ids, ids)
    np.testing.assert_array_equal(row.segment_ids, segments)
    assert row.input_ids.dtype == row.segment_ids.dtype == np.int32
    assert row.num_cut == num_cut

"""A table gives back the rows that were put in, padded as asked."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.features import FeatureSpec, FeatureTable

SPECS = (
    FeatureSpec("input_ids"),
    FeatureSpec("label_ids", padding=-1),
    FeatureSpec("weights", dtype="float32"),
)


def _rows(lengths):
    for index, length in enumerate(lengths):
        ids = np.arange(length) + 100 * index
        yield {
            "input_ids": ids,
            "label_ids": ids % 7,
            "weights": ids / 2,
        }


@pytest.fixture
def table():
    return FeatureTable(SPECS, _rows([3, 1, 5, 2]))


def test_rows_come_back(table):
    assert len(table) == 4
    assert table.lengths.tolist() == [3, 1, 5, 2]
    for index, row in enumerate(_rows([3, 1, 5, 2])):
        for name, values in row.items():
            np.testing.assert_array_equal(table.row(index, name), values)


def test_batch_pads_each_feature_with_its_own_value(table):
    batch = table.batch([3, 0], length=4)
    assert batch["input_ids"].tolist() == [[300, 301, 0, 0], [0, 1, 2, 0]]
    assert batch["label_ids"].tolist() == [[6, 0, -1, -1], [0, 1, 2, -1]]
    assert batch["weights"].tolist() == [[150, 150.5, 0, 0], [0, 0.5, 1, 0]]
    assert {k: v.dtype.name for k, v in batch.items()} == {
        "input_ids": "int32",
        "label_ids": "int32",
        "weights": "float32",
    }


def test_batch_shorter_than_its_longest_row_is_an_error(table):
    with pytest.raises(ValueError, match="broadcast"):
        table.batch([2], length=4)


def test_no_rows():
    table = FeatureTable(SPECS, [])
    assert len(table) == 0
    assert table.batch([], length=8)["input_ids"].shape == (0, 8)


def test_features_of_one_row_have_one_length():
    row = {
        "input_ids": np.arange(4),
        "label_ids": np.arange(3),
        "weights": np.arange(4),
    }
    with pytest.raises(ValueError, match="'label_ids': 3"):
        FeatureTable(SPECS, [row])


WITH_LABEL = (*SPECS[:1], FeatureSpec("scores", dtype="float32", width=2))


def test_values_of_the_row_are_not_padded():
    rows = [
        {"input_ids": np.arange(n), "scores": [n, n / 2]} for n in (4, 1, 3)
    ]
    table = FeatureTable(WITH_LABEL, rows)
    assert table.lengths.tolist() == [4, 1, 3]
    assert table.row(2, "scores").tolist() == [3, 1.5]
    batch = table.batch([2, 1], length=3)
    assert batch["input_ids"].tolist() == [[0, 1, 2], [0, 0, 0]]
    assert batch["scores"].tolist() == [[3, 1.5], [1, 0.5]]
    assert FeatureTable(WITH_LABEL, []).batch([], length=3)["scores"].shape == (
        0,
        2,
    )


@pytest.mark.parametrize("scores", [[1], [1, 2, 3], []])
def test_a_row_with_another_width_is_an_error(scores):
    with pytest.raises(ValueError, match=r"row 0.*width"):
        FeatureTable(WITH_LABEL, [{"input_ids": [1, 2], "scores": scores}])


# --- Rows that belong together.


def test_without_groups_each_row_is_its_own(table):
    assert table.num_groups == 4
    assert table.group_lengths.tolist() == [3, 1, 5, 2]
    assert table.rows_of([2, 0]).tolist() == [2, 0]


def test_a_group_is_all_of_its_rows():
    table = FeatureTable(SPECS, _rows([3, 1, 5, 2, 2, 4]), [1, 3, 2])
    assert len(table) == 6
    assert table.num_groups == 3
    assert table.group_lengths.tolist() == [3, 5, 4]
    assert table.rows_of([2, 0, 1]).tolist() == [4, 5, 0, 1, 2, 3]
    assert table.rows_of(np.array([1])).tolist() == [1, 2, 3]
    batch = table.batch(table.rows_of([2]), length=4)
    assert batch["input_ids"].tolist() == [
        [400, 401, 0, 0],
        [500, 501, 502, 503],
    ]


@pytest.mark.parametrize("sizes", [[1, 1], [1, 4], [3, 0], [4, -1], []])
def test_groups_are_all_the_rows(sizes):
    with pytest.raises(ValueError, match="expected all 3 and none of 0"):
        FeatureTable(SPECS, _rows([1, 2, 3]), sizes)


def test_no_rows_are_no_groups():
    table = FeatureTable(SPECS, [], [])
    assert table.num_groups == 0
    assert table.group_lengths.tolist() == []

"""Rows on disk come in groups; records stay the same."""

import dataclasses

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing.instance_table import InstanceTable
from preprocessing.row_groups import grouped
from tests.preprocessing.record_tables import random_features, table_of

NUM_ROWS = 3000


def table_on_disk(folder, dtype=np.uint16, **without):
    columns = vars(table_of(random_features(NUM_ROWS), dtype)) | without
    for name, values in columns.items():
        if values is not None:
            values.tofile(folder / name)
            columns[name] = np.memmap(folder / name, values.dtype, mode="r")
    return InstanceTable(**columns)


def rows_of(table, order):
    """Returns all that each record has, in the order of the records."""
    return [
        {
            "ids": table.input_ids[table.starts[row] : table.starts[row + 1]],
            "boundary": table.token_boundary is not None
            and table.token_boundary[table.starts[row] : table.starts[row + 1]],
            "segment_b": table.segment_b[row],
            "label": table.next_sentence_labels is not None
            and table.next_sentence_labels[row],
            **{
                name: masked is not None
                and masked[table.masked_starts[row] :][
                    : table.masked_starts[row + 1] - table.masked_starts[row]
                ]
                for name, masked in (
                    ("positions", table.masked_lm_positions),
                    ("masked_ids", table.masked_lm_ids),
                )
            },
        }
        for row in order
    ]


WITHOUT = {
    "everything": {},
    "without a boundary": {"token_boundary": None},
    "without labels": {"next_sentence_labels": None},
    "without masks": {
        "masked_lm_positions": None,
        "masked_lm_ids": None,
        "masked_starts": None,
    },
}


@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
@pytest.mark.parametrize("without", WITHOUT)
@pytest.mark.parametrize("num_files", [1, 3])
@pytest.mark.parametrize("group_bytes", [0, 5000, 1 << 30])
def test_the_records_are_the_same(
    tmp_path, dtype, without, num_files, group_bytes
):
    table = table_on_disk(tmp_path, dtype, **WITHOUT[without])
    order = np.random.default_rng(1).permutation(NUM_ROWS)
    copy, new_order = grouped(
        table,
        order,
        num_files=num_files,
        group_bytes=group_bytes,
        folder=str(tmp_path),
    )
    assert copy is not table
    np.testing.assert_equal(rows_of(copy, new_order), rows_of(table, order))
    for field in dataclasses.fields(table):
        before, after = (getattr(x, field.name) for x in (table, copy))
        assert (before is None) == (after is None)
        assert before is None or before.dtype == after.dtype


@pytest.mark.parametrize("num_files", [1, 4])
def test_what_is_written_together_lies_together(tmp_path, num_files):
    table = table_on_disk(tmp_path)
    order = np.random.default_rng(1).permutation(NUM_ROWS)
    num_bytes = sum(path.stat().st_size for path in tmp_path.iterdir())
    _, new_order = grouped(
        table,
        order,
        num_files=num_files,
        group_bytes=num_bytes // 10,
        folder=str(tmp_path),
    )
    written = np.concatenate(
        [new_order[i::num_files] for i in range(num_files)]
    )
    assert sorted(written) == list(range(NUM_ROWS))
    # Within a tenth of the rows, give or take one for rounding.
    assert abs(written - np.arange(NUM_ROWS)).max() <= NUM_ROWS // 10 + 1


def test_a_table_in_memory_stays_as_it_is(tmp_path):
    table = InstanceTable(**vars(table_of(random_features(9))))
    order = np.arange(9)[::-1]
    result = grouped(
        table, order, num_files=1, group_bytes=10, folder=str(tmp_path)
    )
    assert result[0] is table
    assert result[1] is order


def test_a_folder_that_is_not_there(tmp_path):
    table = table_on_disk(tmp_path)
    with pytest.raises(InputError, match="cannot write"):
        grouped(
            table,
            np.arange(NUM_ROWS),
            num_files=1,
            group_bytes=10,
            folder=str(tmp_path / "missing"),
        )

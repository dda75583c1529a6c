"""Appended rows come back from numpy.load; a run that fails leaves nothing."""

from __future__ import annotations

import io

import numpy as np
import pytest

from inference.npz_writer import write_npz

LAYOUT = {
    "vectors": ("float32", (2, 3)),
    "sizes": ("int64", ()),
    "none": ("int32", (4,)),
}


def written(tmp_path):
    file = io.BytesIO()
    with write_npz(file, LAYOUT, folder=str(tmp_path)) as writer:
        for number in range(5):
            writer.append("vectors", np.full((2, 3), number))
            writer.append("sizes", [number, 7])
        writer.append("vectors", np.zeros((2, 2, 3)))
    return file.getvalue()


def test_round_trip(tmp_path):
    data = written(tmp_path)
    found = np.load(io.BytesIO(data), allow_pickle=False)
    assert list(found) == list(LAYOUT)
    assert found["vectors"].shape == (7, 2, 3)
    assert found["vectors"].dtype == np.float32
    assert found["vectors"][:, 0, 0].tolist() == [0, 1, 2, 3, 4, 0, 0]
    assert found["sizes"].tolist() == [0, 7, 1, 7, 2, 7, 3, 7, 4, 7]
    assert found["none"].shape == (0, 4)
    assert list(tmp_path.iterdir()) == []
    assert data == written(tmp_path)  # no date in it


def test_rows_of_another_shape(tmp_path):
    with (
        pytest.raises(ValueError, match="expected rows of"),
        write_npz(io.BytesIO(), LAYOUT, folder=str(tmp_path)) as writer,
    ):
        writer.append("vectors", np.zeros((3, 2)))

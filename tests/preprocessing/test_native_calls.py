"""What of a call decides which library it needs."""

from typing import NamedTuple

import numpy as np
import pytest

from preprocessing import native_calls


class One(NamedTuple):
    value: int


class Other(NamedTuple):
    value: int


def grid():
    return np.zeros((4, 6), np.int32)


def frozen():
    array = grid()
    array.flags.writeable = False
    return array


DIFFERENT = [
    1,
    1.0,
    True,
    (1,),
    (1, 1),
    ((1,), 1),
    (1, (1,)),
    One(1),
    Other(1),
    One(True),
    grid(),
    frozen(),
    grid().T,
    grid()[:, ::2],
    grid()[0],
    grid().astype(np.int64),
    grid().astype(np.uint32),
    grid().astype(np.float32),
    np.zeros(1, [("a", np.int32)]),
    np.zeros(1, [("a", np.int32)])[0],
    np.zeros(1, [("b", np.int32)])[0],
    np.zeros(1, [("a", np.int32, (2,))])[0],
]


def test_what_numba_compiles_apart_has_libraries_apart():
    names = [native_calls.types_of((value,)) for value in DIFFERENT]
    assert "" not in names
    assert len(set(names)) == len(DIFFERENT)


def test_values_and_sizes_share_a_library(tmp_path):
    np.zeros(5, np.int32).tofile(tmp_path / "file")
    mapped = np.memmap(tmp_path / "file", np.int32, mode="r+")
    groups = [
        [(1, 2), (0, -(1 << 63))],
        [(np.zeros(0),), (np.ones(9),)],
        [(mapped,), (np.zeros(3, np.int32),)],
    ]
    for group in groups:
        assert len({native_calls.types_of(values) for values in group}) == 1


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        1 << 63,
        -(1 << 63) - 1,
        np.int64(1),
        np.float64(1),
        [1],
        np.ma.zeros(3),
        (1, None),
    ],
)
def test_other_arguments_have_none(value):
    assert not native_calls.types_of((value,))


def test_no_library_is_loaded_of_what_is_none(tmp_path):
    path = tmp_path / "x.so"
    assert native_calls.load(str(path)) is None
    path.write_bytes(native_calls.sealed(b"no library"))
    assert native_calls.load(str(path)) is None

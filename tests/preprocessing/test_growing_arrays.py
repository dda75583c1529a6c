import os
import sys

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing.growing_arrays import GrowingArray, release


@pytest.mark.parametrize("spill_after", [0, 1, 5, None])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
def test_values_come_back(tmp_path, spill_after, dtype):
    parts = [np.arange(n, dtype=dtype) for n in (0, 3, 100_000, 1, 0, 70_000)]
    array = GrowingArray(dtype)
    for number, part in enumerate(parts):
        if number == spill_after:
            array.spill(str(tmp_path))
            array.spill(str(tmp_path))  # for a second time: nothing happens
        array.append(part)
    expected = np.concatenate(parts)
    assert array.size == len(expected)
    assert array.nbytes == expected.nbytes
    values = array.finish()
    assert values.dtype == dtype
    assert np.array_equal(values, expected)
    assert isinstance(values, np.memmap) is (spill_after is not None)
    assert os.listdir(tmp_path) == []


def test_nothing_at_all(tmp_path):
    assert len(GrowingArray(np.int32).finish()) == 0
    spilled = GrowingArray(np.int32)
    spilled.spill(str(tmp_path))
    assert len(spilled.finish()) == 0


def test_a_full_disk(tmp_path):
    array = GrowingArray(np.uint8)
    array.spill(str(tmp_path))
    array._file.close()
    with (
        open("/dev/full", "wb", buffering=0) as array._file,
        pytest.raises(InputError, match="No space left") as raised,
    ):
        array.append(np.zeros(10, np.uint8))
    assert str(tmp_path) in str(raised.value)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_released_takes_no_memory(tmp_path):
    array = GrowingArray(np.uint8)
    array.append(np.ones(64 << 20, np.uint8))
    array.spill(str(tmp_path))
    values = array.finish()
    view = np.ascontiguousarray(values).view(np.ndarray)
    for one in (values, view):
        before = resident_mb()
        assert one.min() == 1
        assert resident_mb() - before > 50
        release(one)
        assert resident_mb() - before < 10
    assert view.max() == 1


def resident_mb():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

"""The weights-only reader of torch.save files."""

from __future__ import annotations

import pathlib
import zipfile

import numpy as np
import pytest

from foundation.errors import InputError
from modeling.weights.torch_bin import read_torch_bin

# Pickles written by hand, so that the tests need no pickle module.
_CALLS_SYSTEM = b"cos\nsystem\n(S'touch %s'\ntR."
_HIDES_IN_A_STATE = (
    b"\x80\x02ccollections\nOrderedDict\n)R}X\x01\x00\x00\x00a"
    b"c__builtin__\neval\nX\x03\x00\x00\x001+1\x85Rsb."
)
_LEGACY_START = (
    b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # the magic number
    b"\x80\x02M\xe9\x03."  # version 1001
    b"\x80\x02}X\x0d\x00\x00\x00little_endian\x88s."
)


def _write_zip(path: pathlib.Path, data_pkl: bytes) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", data_pkl)
        archive.writestr("archive/data/0", b"\0" * 8)
    return str(path)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("kinds.zip.bin", "kinds"),
        ("kinds.legacy.bin", "kinds"),
        ("bert.legacy.bin", "bert"),
    ],
)
def test_every_tensor_is_read_as_torch_reads_it(fixtures_dir, file, expected):
    folder = fixtures_dir / "torch_bin"
    tensors = read_torch_bin(str(folder / file))
    reference = np.load(folder / f"{expected}.expected.npz")
    assert set(tensors) == set(reference)
    for name, array in reference.items():
        assert tensors.shapes[name] == array.shape
        assert tensors[name].dtype == array.dtype
        np.testing.assert_array_equal(tensors[name], array)


@pytest.mark.parametrize("start", [b"", _LEGACY_START])
def test_a_hostile_pickle_is_refused_and_not_executed(tmp_path, start):
    trace = tmp_path / "executed"
    pickled = _CALLS_SYSTEM % str(trace).encode()
    path = tmp_path / "pytorch_model.bin"
    if start:
        path.write_bytes(start + pickled)
    else:
        _write_zip(path, pickled)
    with pytest.raises(InputError, match=r"global os\.system"):
        read_torch_bin(str(path))
    assert not trace.exists()


def test_a_global_hidden_in_an_attribute_is_refused(tmp_path):
    path = _write_zip(tmp_path / "x.bin", _HIDES_IN_A_STATE)
    with pytest.raises(InputError, match=r"global __builtin__\.eval"):
        read_torch_bin(path)


def test_a_legacy_file_cut_short_is_named(fixtures_dir, tmp_path):
    whole = (fixtures_dir / "torch_bin" / "kinds.legacy.bin").read_bytes()
    for length in (30, len(whole) // 2):
        path = tmp_path / f"{length}.bin"
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match="cannot read the weights"):
            read_torch_bin(str(path))


def test_missing_data_is_found_on_reading(fixtures_dir, tmp_path):
    whole = (fixtures_dir / "torch_bin" / "bert.legacy.bin").read_bytes()
    path = tmp_path / "x.bin"
    path.write_bytes(whole[:-1])
    tensors = read_torch_bin(str(path))
    with pytest.raises(InputError, match=r"cannot read.*bytes of tensor"):
        [tensors[name] for name in tensors]


@pytest.mark.parametrize("content", [b"<html>", b"\x80\x02K\x01.", b"\0" * 99])
def test_another_file_is_named(tmp_path, content):
    path = tmp_path / "x.bin"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot read the weights"):
        read_torch_bin(str(path))


def test_a_tensor_outside_of_its_storage_is_refused(tmp_path):
    # {"a": _rebuild_tensor_v2(<storage of 2 floats>, 0, (9,), (s,), ...)}
    for stride in (0, 1):
        data_pkl = (
            b"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n"
            b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
            b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK\x00K\x09\x85"
            b"K%c\x85\x89}tRs." % stride
        )
        path = _write_zip(tmp_path / f"{stride}.bin", data_pkl)
        with pytest.raises(InputError, match="tensor a outside"):
            read_torch_bin(path)

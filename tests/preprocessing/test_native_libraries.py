"""Libraries give what numba gives, or are not made."""

import os
import shutil
import sys
from typing import NamedTuple

import numpy as np
import pytest

from preprocessing import native_calls, native_libraries
from preprocessing.compiled import compiled, inlined

pytestmark = pytest.mark.skipif(
    not shutil.which("cc") or not sys.platform.startswith("linux"),
    reason="libraries are made with a C compiler's linker, on Linux",
)

RECORD = np.dtype([("count", np.int64), ("values", np.int32, (3,))])


class Pair(NamedTuple):
    first: np.ndarray
    second: np.ndarray


@inlined
def added(x, y):
    return x + y


@compiled
def number(x, y):
    return added(x, y)


@compiled
def hashed(values):
    result = np.uint32(7)
    for value in values:
        result = np.uint32(result * np.uint32(31) + np.uint32(value))
    return result


@compiled
def largest(values):
    return np.uint64(0xFFFFFFFFFFFFFFFF) - np.uint64(len(values))


@compiled
def sums(values):
    total, products = 0, 1.5
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            total += values[i, j] * (i + 2 * j)
            products += values[i, j] / 7
    return total, products


@compiled
def is_larger(x, y):
    return x > y


@compiled
def comparison(x, y):
    return x > y, x - y, x < y


@compiled
def logs(values, wanted, base):
    if wanted:
        for i in range(len(values)):
            values[i] = np.log(values[i]) ** base


@compiled
def record(state, by):
    state.count += by
    for i in range(3):
        state.values[i] = state.values[i] * by


@compiled
def scaled(pair, rest):
    scale, (offset, is_negative) = rest
    for i in range(len(pair.first)):
        value = pair.second[i] * scale + offset
        pair.first[i] = -value if is_negative else value
    return len(pair.first)


def grid(dtype=np.int64):
    return np.arange(24, dtype=dtype).reshape(4, 6)


def frozen(array):
    array.flags.writeable = False
    return array


def mapped(folder):
    grid().tofile(folder / "grid")
    return np.memmap(folder / "grid", np.int64, mode="r", shape=(4, 6))


def loaded(function, arguments, folder):
    """Returns the function out of a new library, or None without one."""
    path = str(folder / "function.so")
    native_libraries.make(function.dispatcher, arguments, path=path)
    return native_calls.load(path)


CASES = {
    "integers": (number, lambda _: (2, -3)),
    "large integers": (number, lambda _: (1 << 62, -(1 << 63))),
    "floats": (number, lambda _: (0.1, 0.2)),
    "integer and float": (number, lambda _: (1, 0.2)),
    "booleans": (number, lambda _: (True, True)),
    "unsigned": (hashed, lambda _: (np.arange(99, dtype=np.uint8),)),
    "nothing in it": (hashed, lambda _: (np.zeros(0, np.uint8),)),
    "unsigned, 64 bits": (largest, lambda _: (np.zeros(3),)),
    "is": (is_larger, lambda _: (3, 2)),
    "is not": (is_larger, lambda _: (2, 3)),
    "truth in a tuple": (comparison, lambda _: (3, 2)),
    "rows": (sums, lambda _: (grid(),)),
    "columns": (sums, lambda _: (np.asfortranarray(grid()),)),
    "strides": (sums, lambda _: (grid()[::2, ::-3],)),
    "read-only": (sums, lambda _: (frozen(grid()),)),
    "mapped": (sums, lambda folder: (mapped(folder),)),
    "no result": (logs, lambda _: (np.arange(1, 50) / 3, True, 1.7)),
    "not wanted": (logs, lambda _: (np.arange(1, 50) / 3, False, 1.7)),
    "record": (record, lambda _: (np.full(1, 5, RECORD)[0], 3)),
    "record of an array": (record, lambda _: (np.full(4, 5, RECORD)[2], 3)),
    "tuples": (
        scaled,
        lambda _: (
            Pair(np.zeros(9), frozen(np.arange(9, dtype=np.int32))),
            (2.5, (3, True)),
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_library_does_what_numba_does(case, tmp_path):
    function, make_arguments = CASES[case]
    ours, numbas = make_arguments(tmp_path), make_arguments(tmp_path)
    call = loaded(function, ours, tmp_path)
    result, expected = call(*ours), function.dispatcher(*numbas)
    assert result == expected
    assert type(result) is type(expected)
    # What is written into is the same, too, to the last bit.
    for one, other in zip(flat(ours), flat(numbas), strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def flat(arguments):
    for argument in arguments:
        if isinstance(argument, tuple):
            yield from flat(argument)
        else:
            yield argument


def test_a_record_is_changed_where_it_lies(tmp_path):
    states = np.full(2, 5, RECORD)
    loaded(record, (states[1], 3), tmp_path)(states[1], 3)
    assert states["count"].tolist() == [5, 8]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A new cache, for functions of this file."""
    here = os.path.dirname(os.path.abspath(__file__))
    monkeypatch.setattr("preprocessing.compiled._PACKAGE", here)
    monkeypatch.setattr(
        "preprocessing.compiled._cache_folder", lambda: tmp_path
    )
    return tmp_path


def test_it_is_the_library_that_is_called(folder, monkeypatch):
    monkeypatch.setattr(number, "_calls", {})
    assert number(2, 3) == 5
    assert number(2.0, 3) == 5.0
    names = [path.name for path in folder.glob("*.so")]
    assert len(names) == 2
    assert all(f"{__name__}.number-" in name for name in names)


def test_an_error_in_it_is_one_in_python(tmp_path):
    @compiled
    def divided(x, y):
        return x // y

    call = loaded(divided, (7, 2), tmp_path)
    assert call(7, 2) == 3
    with pytest.raises(RuntimeError, match="status 1"):
        call(7, 0)


@compiled
def new_array(count):
    return np.zeros(count)


@compiled
def median(values):
    sorted_values = np.zeros(len(values))
    sorted_values[:] = values
    sorted_values.sort()
    return sorted_values[len(values) // 2]


@compiled
def in_tuples(count):
    return (count, (count, count))


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (new_array, (2,), np.zeros(2)),
        (median, (np.array([3.0, 9.0, 5.0]),), 5.0),
        (in_tuples, (2,), (2, (2, 2))),
        (number, (np.int32(2), 3), 5),
    ],
)
def test_what_no_library_can_do_is_numbas(
    function, arguments, expected, folder, monkeypatch
):
    monkeypatch.setattr(function, "_calls", {})
    np.testing.assert_equal(function(*arguments), expected)
    assert not list(folder.glob("*.so"))


def test_functions_of_other_packages_have_none(tmp_path, monkeypatch):
    # A change of them would not change the name of the folder.
    monkeypatch.setattr(
        "preprocessing.compiled._cache_folder", lambda: tmp_path
    )
    monkeypatch.setattr(number, "_calls", {})
    assert number(2, 3) == 5
    assert not list(tmp_path.glob("*.so"))


@pytest.mark.parametrize("program", ["exit 1", "exec true"])
def test_a_linker_that_fails_leaves_nothing(program, tmp_path, monkeypatch):
    linker = tmp_path / "cc"
    linker.write_text(f"#!/bin/sh\n{program}\n")
    linker.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert loaded(number, (2, 3), tmp_path) is None
    assert list(tmp_path.iterdir()) == [linker]


@pytest.mark.parametrize(
    ("features", "is_for_here"),
    [(None, True), ("-avx,-avx2,-avx512f,-neon", False)],
)
def test_code_is_for_the_processor_that_numba_compiles_for(
    features, is_for_here, tmp_path, monkeypatch
):
    from llvmlite import binding
    from numba.core import config

    asked = []
    target = binding.Target.from_default_triple()

    class Target:
        def create_target_machine(self, **options):
            asked.append((options["cpu"], options["features"]))
            return target.create_target_machine(**options)

    monkeypatch.setattr(binding.Target, "from_default_triple", Target)
    monkeypatch.setattr(config, "CPU_FEATURES", features)
    monkeypatch.setattr(config, "CPU_NAME", None if is_for_here else "generic")
    assert loaded(number, (2, 3), tmp_path)(2, 3) == 5
    ((cpu, given),) = asked
    assert (cpu == binding.get_host_cpu_name()) is is_for_here
    assert (given != features) is is_for_here

"""A process that fills and frees arrays of many sizes does not grow."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import numpy as np
from foundation import memory

def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

memory.give_back_large_arrays()
kept = []
before = resident()
for i in range(60):
    large = [np.ones((5 + (i * 7 + k * 3) % 20) << 17) for k in range(8)]
    kept.append(b"x" * 100_000)  # in the way of the holes
    del large
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_freed_arrays_leave_no_holes(root_dir):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=root_dir,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 20  # MB; 6 of them are kept


FREED = """
import sys
from foundation import memory

class Node:
    pass

def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

before = resident()
large = [b"x" * 20_000 for _ in range(2000)]  # 40 MB
last = b"y" * 20_000  # behind them
node = Node()
node.itself, node.large = node, large
del node, large
memory.give_back_freed()
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_what_only_refers_to_itself_is_given_back(root_dir):
    done = subprocess.run(
        [sys.executable, "-c", FREED],
        cwd=root_dir,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 10  # MB of 40

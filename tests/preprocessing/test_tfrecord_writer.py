"""preprocessing/tfrecord_writer.py: what is removed of killed runs."""

import os

import pytest

from foundation.temporary_names import temporary_name
from preprocessing.tfrecord_writer import (
    remove_leftovers,
    remove_leftovers_of_all,
)


@pytest.fixture
def left(tmp_path):
    """Makes files that a live, a dead and a foreign process began."""
    name = temporary_name("a [1]")
    ours = name.removesuffix(str(os.getpid()))
    dead = ours + str(2**22 + 1)  # above the most of Linux
    machine = ours.rpartition("-")[2][:8]
    other = "00000000" if machine != "00000000" else "00000001"
    foreign = name.replace(f"-{machine}", f"-{other}", 1)
    names = {"live": name, "dead": dead, "foreign": foreign}
    for path in [*names.values(), "a [1]", "b.tmp-1"]:
        (tmp_path / path).touch()
    return names


def test_what_other_machines_began_stays(tmp_path, left):
    remove_leftovers([str(tmp_path / "a [1]")])
    assert set(os.listdir(tmp_path)) == {
        "a [1]",
        "b.tmp-1",
        left["live"],
        left["foreign"],
    }


def test_at_the_end_it_goes_as_well(tmp_path, left):
    remove_leftovers_of_all([str(tmp_path / "a [1]"), str(tmp_path / "c")])
    assert set(os.listdir(tmp_path)) == {"a [1]", "b.tmp-1", left["live"]}

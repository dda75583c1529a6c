"""foundation/temporary_names.py: who writes what, on a disk that many share."""

import os
import subprocess
import sys
import threading

import pytest

from foundation import temporary_names
from foundation.temporary_names import (
    is_being_written,
    is_of_this_machine,
    temporary_name,
)

ASK = """
import sys
from foundation.temporary_names import temporary_name
print(temporary_name(sys.argv[1]))
"""


@pytest.fixture
def other_machine(monkeypatch):
    """Gives a name that another machine would have given."""

    def name(path):
        temporary_names._machine.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(temporary_names.platform, "node", lambda: "other")
            found = temporary_name(path)
        temporary_names._machine.cache_clear()
        return found

    return name


def test_a_name_is_beside_the_file_and_ends_in_digits():
    start, _, digits = temporary_name("gs://a/b.tmp-1").rpartition(".tmp-")
    assert start == "gs://a/b.tmp-1"
    assert digits.isdecimal()


def test_a_thread_writes_over_its_own():
    assert temporary_name("a") == temporary_name("a")


def test_threads_do_not_write_over_each_other():
    names = [temporary_name("a")]
    thread = threading.Thread(target=lambda: names.append(temporary_name("a")))
    thread.start()
    thread.join()
    assert len(set(names)) == 2


def test_machines_with_equal_process_numbers_differ(other_machine):
    ours, theirs = temporary_name("a"), other_machine("a")
    assert ours != theirs
    assert ours.endswith(str(os.getpid()))
    assert theirs.endswith(str(os.getpid()))
    assert is_of_this_machine(ours)
    assert not is_of_this_machine(theirs)
    assert not is_being_written(theirs)


def test_whose_process_lives_is_writing(root_dir):
    assert is_being_written(temporary_name("a"))
    done = subprocess.run(
        [sys.executable, "-c", ASK, "a"],
        cwd=root_dir,
        capture_output=True,
        text=True,
        check=True,
    )
    name = done.stdout.strip()
    assert is_of_this_machine(name)
    assert not is_being_written(name)


@pytest.mark.skipif(
    not os.path.exists("/proc/self/exe"), reason="needs Linux's /proc"
)
def test_who_has_ended_writes_no_more(root_dir):
    process = subprocess.Popen(
        [sys.executable, "-c", ASK, "a"],
        cwd=root_dir,
        stdout=subprocess.PIPE,
        text=True,
    )
    name = process.stdout.readline().strip()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    os.kill(process.pid, 0)  # it is there until somebody waits for it
    assert not is_being_written(name)
    process.communicate()


@pytest.mark.parametrize("name", ["a", "a.tmp-", "a.tmp-draft", "a.tmp-²"])
def test_names_of_others_are_nobodys(name):
    assert not is_of_this_machine(name)
    assert not is_being_written(name)

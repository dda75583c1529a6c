"""A lock of a folder: one at a time, and none that outlives its holder."""

import subprocess
import sys

import pytest

from foundation import folder_lock
from foundation.errors import InputError

_HOLDER = """
import sys, time
from foundation import folder_lock
with folder_lock.held(sys.argv[1], next_step=""):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_one_is_refused_until_the_first_is_killed(
    tmp_path, monkeypatch
):
    folder = str(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, folder], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        monkeypatch.setattr(folder_lock, "_PATIENCE", 0.0)
        with (
            pytest.raises(InputError, match="another run is at work"),
            folder_lock.held(folder, next_step="wait"),
        ):
            pass
        holder.kill()
    with folder_lock.held(folder, next_step="wait"):
        pass
    with folder_lock.held(folder, next_step="wait"):  # was let go of
        pass
    assert not list(tmp_path.iterdir())


def test_a_remote_folder_is_not_locked():
    with folder_lock.held("gs://nowhere/at-all", next_step="wait"):
        pass

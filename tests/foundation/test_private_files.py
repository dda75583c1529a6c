"""A run's files are its owner's alone, and it says so once."""

import os
import stat
import subprocess

import pytest

from foundation import files, private_files


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.fixture(autouse=True)
def usual_mask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def write(path):
    with files.write_atomically(str(path)) as file:
        file.write("text")


def test_all_files_of_a_run_are_private(tmp_path, caplog):
    with private_files.owned():
        write(tmp_path / "a")
        files.make_directory(str(tmp_path / "folder"))
        write(tmp_path / "folder" / "b")
        # As TensorFlow writes, and as a worker does.
        (tmp_path / "c").write_text("text")
        subprocess.run(["touch", str(tmp_path / "d")], check=True)
    assert [mode_of(tmp_path / name) for name in "acd"] == [0o600] * 3
    assert mode_of(tmp_path / "folder") == 0o700
    assert len(caplog.records) == 1
    assert "0600" in caplog.text


def test_a_run_may_say_it_in_its_own_words(tmp_path, caplog):
    with private_files.owned():
        private_files.warn("%s holds notes.", "x")
        write(tmp_path / "a")
    assert [r.getMessage() for r in caplog.records] == ["x holds notes."]


def test_afterwards_and_without_a_run_nothing_changes(tmp_path, caplog):
    with pytest.raises(KeyError), private_files.owned():
        raise KeyError
    write(tmp_path / "a")
    assert mode_of(tmp_path / "a") == 0o644
    assert not caplog.records
    with private_files.owned():
        (tmp_path / "a").read_text()
        files.read_bytes(str(tmp_path / "a"))
    assert not caplog.records

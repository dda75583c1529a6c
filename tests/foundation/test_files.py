"""foundation/files.py: reading, writing whole or not at all, remote paths."""

import errno
import hashlib
import os
import signal
import subprocess
import sys

import pytest

from foundation import files
from foundation.errors import InputError


def read(path):
    return files.read_text(str(path), what="the list", next_step="look again")


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        ("gs://bucket/x", True),
        ("s3://bucket/x", True),
        ("/data/x", False),
        ("data/x", False),
        ("C:\\x", False),
        ("://x", False),
        ("file:///x", False),
    ],
)
def test_what_is_remote(path, remote):
    assert files.is_remote(path) is remote


def test_text_is_utf8_with_line_ends_untouched(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("naïve\r\nβ-cell\n".encode())
    with files.open_file(str(path)) as file:
        assert file.read() == "naïve\r\nβ-cell\n"
    assert read(path) == "naïve\r\nβ-cell\n"


def test_what_was_written_is_read_again(tmp_path):
    path = str(tmp_path / "text")
    with files.open_file(path, "w") as file:
        file.write("β\r\n\n")
    assert files.read_bytes(path) == "β\r\n\n".encode()


def test_a_byte_order_mark_is_dropped(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"\xef\xbb\xbfO\n")
    assert read(path) == "O\n"


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="the list is missing") as caught:
        read(tmp_path / "absent")
    assert "Next: look again" in str(caught.value)
    assert str(tmp_path / "absent") in str(caught.value)


def test_a_folder_for_a_file(tmp_path):
    with pytest.raises(InputError, match="the list is a folder"):
        read(tmp_path)


def test_an_empty_file(tmp_path):
    (tmp_path / "text").touch()
    with pytest.raises(InputError, match="the list is empty: got 0 bytes"):
        read(tmp_path / "text")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    (tmp_path / "text").write_bytes(b"x")
    # Root may read anything, so the answer of the system is replaced.
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    with pytest.raises(InputError, match="cannot be read: got no permission"):
        read(tmp_path / "text")


def test_a_binary_file(tmp_path):
    (tmp_path / "text").write_bytes(b"PK\3\4\0\0")
    with pytest.raises(InputError, match="a NUL byte at offset 4"):
        read(tmp_path / "text")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_utf16_file_is_named_as_such(tmp_path, encoding):
    (tmp_path / "text").write_bytes("\ufeffO\n".encode(encoding))
    with pytest.raises(InputError, match="iconv -f UTF-16 -t UTF-8"):
        read(tmp_path / "text")


def test_bad_utf8_is_placed_and_not_quoted(tmp_path):
    (tmp_path / "text").write_bytes(b"Mrs Smith\nna\xefve\n")
    with pytest.raises(InputError) as caught:
        read(tmp_path / "text")
    assert caught.value.line == 2
    assert "byte 0xef" in str(caught.value)
    assert "Smith" not in str(caught.value)


def test_folders(tmp_path):
    inner = files.join(str(tmp_path), "a", "b")
    files.make_directory(inner)
    files.make_directory(inner)  # one that is there is fine
    for name in ("z", "y"):
        with files.open_file(files.join(inner, name), "w") as file:
            file.write(name)
    assert files.is_directory(inner)
    assert files.list_directory(inner) == ["y", "z"]
    assert files.glob(files.join(inner, "*")) == [
        files.join(inner, "y"),
        files.join(inner, "z"),
    ]
    assert files.size_of(files.join(inner, "y")) == 1
    files.remove(files.join(inner, "y"))
    files.remove(files.join(inner, "y"))  # gone is gone
    files.rename(files.join(inner, "z"), files.join(inner, "y"))
    assert files.list_directory(inner) == ["y"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot make the folder"):
        files.make_directory(str(tmp_path / "file" / "inner"))


def test_remote_parts_join_with_slashes():
    assert files.join("gs://b/x/", "y", "z") == "gs://b/x/y/z"


def test_a_hash_is_that_of_the_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_CHUNK", 3)
    (tmp_path / "data").write_bytes(b"0123456789")
    expected = hashlib.sha256(b"0123456789").hexdigest()
    assert files.sha256_of(str(tmp_path / "data")) == expected


def test_a_private_file_is_its_owners_from_the_beginning(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("old")
    path.chmod(0o644)
    with files.write_atomically(str(path), private=True) as file:
        assert os.stat(file.name).st_mode & 0o777 == 0o600
        file.write("new")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "new"


def test_an_atomic_write_leaves_only_the_new_file(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with files.write_atomically(str(path)) as file:
        file.write("new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["out"]


def test_a_failed_atomic_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"old")

    def write_half():
        with files.write_atomically(str(path), "wb") as file:
            file.write(b"ne")
            raise KeyError("half-way")

    with pytest.raises(KeyError, match="half-way"):
        write_half()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out"]


_KILLED_HALF_WAY = """
import os, signal, sys
from foundation import files
with files.write_atomically(sys.argv[1]) as file:
    file.write("half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_half_way_leaves_the_old_file(tmp_path, root_dir):
    path = tmp_path / "out"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", _KILLED_HALF_WAY, str(path)],
        cwd=root_dir,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"


def test_a_full_disk_is_said_in_one_line(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    path = tmp_path / "out"
    with (
        pytest.raises(InputError, match="No space left on device") as caught,
        files.write_atomically(str(path)) as file,
    ):
        file.write("x")
    assert caught.value.path == str(path)
    assert os.listdir(tmp_path) == []


def test_a_place_that_cannot_be_written_to(tmp_path):
    path = str(tmp_path / "no" / "such" / "folder" / "out")
    with (
        pytest.raises(InputError, match="cannot write the file"),
        files.write_atomically(path),
    ):
        pass


def test_an_error_about_another_file_is_not_dressed_up(tmp_path):
    absent = str(tmp_path / "absent")
    with (
        pytest.raises(FileNotFoundError),
        files.write_atomically(str(tmp_path / "out")),
    ):
        os.stat(absent)

"""foundation/remote_files.py: what opens gs:// and s3:// where."""

import errno
import importlib.util

import pytest

from foundation import files, remote_files
from foundation.errors import InputError
from tests import beam_environment


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    remote_files.system.cache_clear()
    yield
    remote_files.system.cache_clear()


@pytest.fixture
def installed(monkeypatch):
    """Says which of the two libraries there are."""

    def only(*names):
        monkeypatch.setattr(
            importlib.util,
            "find_spec",
            lambda name: object() if name in names else None,
        )
        for kind in ("TensorFlowFiles", "BeamFiles"):
            monkeypatch.setattr(remote_files, kind, lambda kind=kind: kind)

    return only


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["tensorflow", "apache_beam"], "TensorFlowFiles"),
        (["tensorflow"], "TensorFlowFiles"),
        (["apache_beam"], "BeamFiles"),
    ],
)
def test_which_library_is_taken(installed, names, expected):
    installed(*names)
    assert remote_files.system() == expected


def test_neither_is_installed(installed):
    installed()
    with pytest.raises(InputError, match="`make beam`"):
        files.exists("gs://bucket/x")


@pytest.mark.slow
def test_files_through_tensorflow():
    folder = "ram://remote_files"  # TensorFlow's file system in memory
    files.make_directory(folder)
    files.make_directory(folder)
    path = files.join(folder, "a.txt")
    with files.write_atomically(path) as file:
        file.write("β\r\n")
    assert files.read_bytes(path) == "β\r\n".encode()
    assert files.size_of(path) == 4
    files.rename(path, files.join(folder, "b.txt"))
    with files.open_file(path, "wb") as file:
        file.write(b"over")
    files.rename(path, files.join(folder, "b.txt"))
    assert files.read_bytes(files.join(folder, "b.txt")) == b"over"
    assert files.list_directory(folder) == ["b.txt"]
    assert files.glob(files.join(folder, "*.txt")) == [folder + "/b.txt"]
    assert files.is_directory(folder)
    assert not files.exists(path)
    files.remove(path)
    files.remove(files.join(folder, "b.txt"))
    assert files.list_directory(folder) == []


@pytest.mark.slow
def test_refusals_through_tensorflow(monkeypatch):
    import tensorflow as tf

    path = "ram://remote_refusals/none"
    for function in (files.size_of, files.read_bytes, files.list_directory):
        with pytest.raises(FileNotFoundError) as caught:
            function(path)
        assert caught.value.filename == path
    with pytest.raises(InputError, match="far://"):
        files.exists("far://bucket/x")

    def unreachable(*_, **__):
        raise tf.errors.FailedPreconditionError(None, None, "no such\nhost")

    for name in ("exists", "isdir", "glob", "listdir", "stat", "rename"):
        monkeypatch.setattr(tf.io.gfile, name, unreachable)
    for function in (files.exists, files.glob, files.size_of):
        with pytest.raises(OSError, match="no such host") as caught:
            function("gs://bucket/x")
        assert caught.value.errno == errno.EIO
        assert caught.value.filename == "gs://bucket/x"
    monkeypatch.setattr(tf.io.gfile, "makedirs", unreachable)
    with pytest.raises(InputError, match="cannot make the folder"):
        files.make_directory("gs://bucket/x")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["read", "write", "close", "seek"])
def test_refusals_of_an_open_file_of_tensorflow(monkeypatch, method):
    import tensorflow as tf

    path = f"ram://remote_open_{method}"
    with files.open_file(path, "w") as file:
        file.write("β\nγ\n")
    with files.open_file(path) as file:
        assert list(file) == ["β\n", "γ\n"]

    def gone(*_, **__):
        raise tf.errors.NotFoundError(None, None, "gone")

    file = files.open_file(path, "w" if method == "write" else "r")
    with monkeypatch.context() as patch:
        patch.setattr(tf.io.gfile.GFile, method, gone)
        with pytest.raises(FileNotFoundError):
            getattr(file, method)(*([] if method == "close" else ["x"]))
    file.close()


WITH_BEAM = r"""
from foundation import files
from foundation.errors import InputError

folder = "mem://bucket/data"
path = files.join(folder, "a.txt.gz")  # written as it is, whatever its name
files.make_directory(folder)
assert not files.is_directory(folder)
with files.write_atomically(path) as file:
    file.write("β\r\n")
    assert not files.exists(path)
files.make_directory(folder)
assert files.is_directory(folder) and files.is_directory(folder + "/")
assert not files.is_directory("mem://bucket/dat")
assert files.read_bytes(path) == "β\r\n".encode()
assert files.read_text(path, what="x", next_step="y") == "β\r\n"
assert files.size_of(path) == 4
with files.write_atomically(path, "wb") as file:
    file.write(b"01234\n567")
with files.open_file(path, "rb") as file:
    file.seek(6)
    assert file.read(2) == b"56"
    assert file.read() == b"7"
with files.open_file(path) as file:
    assert list(file) == ["01234\n", "567"]
assert files.list_directory(folder) == ["a.txt.gz"]
assert files.glob(folder + "/*.gz") == [path]
assert files.glob("mem://bucket/*.gz") == []
files.remove(path)
files.remove(path)
assert files.list_directory(folder) == []

def refusal(function, *arguments):
    try:
        function(*arguments)
    except (InputError, OSError) as error:
        return error
    raise AssertionError("no error")

error = refusal(files.size_of, path)
assert (error.errno, error.filename) == (2, path), vars(error)
error = refusal(files.rename, path, path + "2")
assert isinstance(error, OSError) and error.errno, vars(error)
error = refusal(files.open_file, path, "rb")
assert isinstance(error, FileNotFoundError)
error = refusal(files.make_directory, "mem://bucket/none")
assert "cannot make the folder" in str(error)
error = refusal(files.exists, "far://bucket/none")
assert "got far://" in str(error) and "apache-beam[gcp]" in str(error)
"""


def test_files_through_beam(tmp_path):
    done = beam_environment.run_program(WITH_BEAM, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr

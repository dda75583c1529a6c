"""Files, local or remote, behind one small door.

Local paths use the ordinary file system. Remote ones (gs://, s3://, ...) go
through remote_files.py, whose libraries are imported on first need only.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import glob as local_glob
import hashlib
import os
from collections.abc import Iterator
from typing import IO, Any

from foundation import private_files, remote_files
from foundation.errors import InputError
from foundation.temporary_names import temporary_name

_CHUNK = 1 << 20  # bytes read at a time when hashing

# What a full or protected disk answers; anything else is a defect of ours.
_CANNOT_WRITE = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EISDIR,
        errno.ENOENT,
        errno.ENOSPC,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)


def is_remote(path: str) -> bool:
    """Returns whether `path` names a remote file system, as in gs://x."""
    scheme, separator, _ = str(path).partition("://")
    return bool(separator) and scheme.isalnum() and scheme != "file"


def open_file(path: str, mode: str = "r") -> IO[Any]:
    """Opens a file; text is UTF-8 with line ends untouched."""
    if is_remote(path):
        return remote_files.system().open_file(path, mode)
    if "r" not in mode:
        private_files.about_to_write()
    if "b" in mode:
        return open(path, mode)
    return open(path, mode, encoding="utf-8", newline="")


def exists(path: str) -> bool:
    """Returns whether a file or folder of that name is there."""
    if is_remote(path):
        return remote_files.system().exists(path)
    return os.path.exists(path)


def is_directory(path: str) -> bool:
    """Returns whether `path` is a folder."""
    if is_remote(path):
        return remote_files.system().is_directory(path)
    return os.path.isdir(path)


def list_directory(path: str) -> list[str]:
    """Returns the sorted names inside a folder."""
    if is_remote(path):
        return sorted(remote_files.system().list_directory(path))
    return sorted(os.listdir(path))


def glob(pattern: str) -> list[str]:
    """Returns the sorted paths that match `pattern`."""
    if is_remote(pattern):
        return sorted(remote_files.system().glob(pattern))
    return sorted(local_glob.glob(pattern))


def escaped(path: str) -> str:
    """Returns a `glob` pattern that matches `path` alone: data [old]/x."""
    return path if is_remote(path) else local_glob.escape(path)


def join(folder: str, *names: str) -> str:
    """Joins path parts; remote paths keep forward slashes."""
    if is_remote(folder):
        return "/".join([folder.rstrip("/"), *names])
    return os.path.join(folder, *names)


def real_path(path: str) -> str:
    """Returns one spelling of a path, behind all links."""
    return path if is_remote(path) else os.path.realpath(path)


def size_of(path: str) -> int:
    """Returns the file's size in bytes."""
    if is_remote(path):
        return remote_files.system().size_of(path)
    return os.path.getsize(path)


def stamp_of(path: str) -> tuple[int, ...]:
    """Returns numbers that change when a file is replaced by another.

    Of remote files it is the length alone, which not every change changes.
    """
    if is_remote(path):
        return (size_of(path),)
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size, found.st_ino


def make_directory(path: str) -> None:
    """Makes a folder and its parents; one that is there is fine."""
    try:
        if is_remote(path):
            remote_files.system().make_directory(path)
        else:
            os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise InputError(
            "cannot make the folder",
            got=error.strerror or type(error).__name__,
            expected="a place that can be written to",
            next_step="choose another --output_dir or change its permissions",
            path=path,
        ) from error


def rename(source: str, target: str) -> None:
    """Moves a file over `target`, in one step on a local file system."""
    if is_remote(source) or is_remote(target):
        remote_files.system().rename(source, target)
    else:
        os.replace(source, target)


def remove(path: str) -> None:
    """Deletes a file, if it is there."""
    if is_remote(path):
        if exists(path):
            remote_files.system().remove(path)
        return
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def check_readable(path: str, *, what: str, next_step: str) -> None:
    """Raises InputError unless `path` is a file with something in it."""
    if not exists(path):
        raise InputError(
            f"{what} is missing",
            got="no such file",
            expected="an existing file",
            next_step=next_step,
            path=path,
        )
    if is_directory(path):
        raise InputError(
            f"{what} is a folder",
            got="a folder",
            expected="a file",
            next_step=next_step,
            path=path,
        )
    if not is_remote(path) and not os.access(path, os.R_OK):
        raise InputError(
            f"{what} cannot be read",
            got="no permission",
            expected="a file that you may read",
            next_step="change its permissions, for example with `chmod u+r`",
            path=path,
        )
    if size_of(path) == 0:
        raise InputError(
            f"{what} is empty",
            got="0 bytes",
            expected="some content",
            next_step=next_step,
            path=path,
        )


def read_bytes(path: str) -> bytes:
    """Returns the whole file."""
    with open_file(path, "rb") as file:
        data = file.read()
    return bytes(data)


def read_text(path: str, *, what: str, next_step: str) -> str:
    """Returns a UTF-8 file as text, without a byte-order mark.

    Args:
      path: the file.
      what: what the file is to the reader ("the vocabulary"), for errors.
      next_step: what to do when it cannot be read, for errors.

    Raises:
      InputError: missing, a folder, empty, binary, or not UTF-8 (with the
        line of the first bad byte).
    """
    check_readable(path, what=what, next_step=next_step)
    data = read_bytes(path)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(
            f"{what} is not UTF-8",
            got="the byte-order mark of UTF-16",
            expected="UTF-8 text",
            next_step="convert it, for example with `iconv -f UTF-16 -t UTF-8`",
            path=path,
        )
    if b"\0" in data:
        raise InputError(
            f"{what} is not a text file",
            got=f"a NUL byte at offset {data.index(0)}",
            expected="UTF-8 text",
            next_step=next_step,
            path=path,
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{what} is not UTF-8",
            got=f"byte 0x{data[error.start]:02x}",
            expected="UTF-8 text",
            next_step="convert it, for example with "
            "`iconv -f ISO-8859-1 -t UTF-8`",
            path=path,
            line=line,
        ) from error


@contextlib.contextmanager
def write_atomically(
    path: str, mode: str = "w", *, private: bool = False
) -> Iterator[IO[Any]]:
    """Yields a file that takes `path`'s place only once all is written.

    A kill at any moment leaves the old file or the new one, never a part. A
    private one can be read by its owner alone, from the beginning.

    Raises:
      InputError: the disk is full, or the place cannot be written to.
    """
    temporary = temporary_name(path)
    try:
        with open_file(temporary, mode) as file:
            if private and not is_remote(path):
                os.fchmod(file.fileno(), 0o600)
            yield file
            if not is_remote(path):
                file.flush()
                os.fsync(file.fileno())
        rename(temporary, path)
    except BaseException as error:
        # A clean-up that fails as well must not hide the first reason.
        with contextlib.suppress(OSError):
            remove(temporary)
        if isinstance(error, OSError) and _is_about(error, temporary, path):
            raise cannot_write(error, path) from error
        raise


def cannot_write(error: OSError, path: str) -> InputError:
    """Returns the refusal of a full or protected disk."""
    return InputError(
        "cannot write here" if is_directory(path) else "cannot write the file",
        got=error.strerror or type(error).__name__,
        expected="a folder you may write to, with room on its disk",
        next_step="free some space, change its permissions, or choose another "
        "--output_dir",
        path=path,
    )


def _is_about(error: OSError, *paths: str) -> bool:
    """Whether writing `paths` failed, not something the caller did beside."""
    if error.errno not in _CANNOT_WRITE:
        return False
    return error.filename is None or str(error.filename) in map(str, paths)


def sha256_of(path: str) -> str:
    """Returns the hexadecimal SHA-256 of the file's bytes."""
    digest = hashlib.sha256()
    with open_file(path, "rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()

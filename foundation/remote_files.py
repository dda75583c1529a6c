"""Files of gs://, s3:// and the like, through TensorFlow or Apache Beam.

TensorFlow's `tf.io.gfile` where it is installed; else Beam's file systems,
which is what an environment of Beam's workers has. Either is imported on first
need only: TensorFlow costs five seconds and 700 MB that text tools and
`--help` must not pay.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib.util
import io
from collections.abc import Iterator
from typing import IO, Any, Protocol, cast

from foundation import tensorflow_errors
from foundation.errors import InputError


class RemoteFiles(Protocol):
    """What `foundation.files` needs of a remote file system."""

    def open_file(self, path: str, mode: str) -> IO[Any]:
        """Opens a file; text is UTF-8 with line ends untouched."""

    def exists(self, path: str) -> bool:
        """Returns whether it is there."""

    def is_directory(self, path: str) -> bool:
        """Returns whether something lies below that name."""

    def list_directory(self, path: str) -> list[str]:
        """Returns the names inside a folder, in any order."""

    def glob(self, pattern: str) -> list[str]:
        """Returns the paths that match, in any order."""

    def size_of(self, path: str) -> int:
        """Returns the file's size in bytes."""

    def make_directory(self, path: str) -> None:
        """Makes a folder and its parents; one that is there is fine."""

    def rename(self, source: str, target: str) -> None:
        """Moves a file over `target`."""

    def remove(self, path: str) -> None:
        """Deletes a file that is there."""


@functools.cache
def system() -> RemoteFiles:
    """Returns what opens remote files here.

    Raises:
      InputError: neither TensorFlow nor Apache Beam is installed.
    """
    if importlib.util.find_spec("tensorflow") is not None:
        return TensorFlowFiles()
    if importlib.util.find_spec("apache_beam") is not None:
        return BeamFiles()
    raise InputError(
        "remote paths need a library that opens them",
        got="neither TensorFlow nor Apache Beam",
        expected="one of them in this environment",
        next_step="run `make setup` (TensorFlow) or `make beam`, or copy the "
        "files to a local folder",
    )


class TensorFlowFiles:
    """`tf.io.gfile`."""

    def __init__(self) -> None:
        import tensorflow as tf  # deferred on purpose: see the module docstring

        self._gfile = tf.io.gfile

    def open_file(self, path: str, mode: str) -> IO[Any]:
        """See `RemoteFiles`."""
        remote = tensorflow_errors.ToldFile(self._gfile.GFile(path, mode), path)
        return cast("IO[Any]", remote)

    def exists(self, path: str) -> bool:
        """See `RemoteFiles`."""
        with tensorflow_errors.told(path):
            return bool(self._gfile.exists(path))

    def is_directory(self, path: str) -> bool:
        """See `RemoteFiles`."""
        with tensorflow_errors.told(path):
            return bool(self._gfile.isdir(path))

    def list_directory(self, path: str) -> list[str]:
        """See `RemoteFiles`."""
        with tensorflow_errors.told(path):
            return [name.rstrip("/") for name in self._gfile.listdir(path)]

    def glob(self, pattern: str) -> list[str]:
        """See `RemoteFiles`."""
        with tensorflow_errors.told(pattern):
            return list(self._gfile.glob(pattern))

    def size_of(self, path: str) -> int:
        """See `RemoteFiles`."""
        with tensorflow_errors.told(path):
            return int(self._gfile.stat(path).length)

    def make_directory(self, path: str) -> None:
        """See `RemoteFiles`."""
        with tensorflow_errors.told(path):
            self._gfile.makedirs(path)

    def rename(self, source: str, target: str) -> None:
        """See `RemoteFiles`."""
        with tensorflow_errors.told(target):
            self._gfile.rename(source, target, overwrite=True)

    def remove(self, path: str) -> None:
        """See `RemoteFiles`."""
        with tensorflow_errors.told(path):
            self._gfile.remove(path)


class BeamFiles:
    """`apache_beam.io.filesystems`.

    Folders are what files lie in: an empty one is none, and listing shows
    files alone.
    """

    def __init__(self) -> None:
        from apache_beam.io import filesystem, filesystems

        self._systems = filesystems.FileSystems
        # Else what ends in .gz is decompressed, or compressed twice.
        self._as_it_is = filesystem.CompressionTypes.UNCOMPRESSED

    def open_file(self, path: str, mode: str) -> IO[Any]:
        """See `RemoteFiles`."""
        begin = self._systems.create if "w" in mode else self._systems.open
        with _told(path):
            file: IO[Any] = begin(path, compression_type=self._as_it_is)
        if "b" in mode:
            return file
        return io.TextIOWrapper(file, encoding="utf-8", newline="")

    def exists(self, path: str) -> bool:
        """See `RemoteFiles`; whether a file is there."""
        with _told(path):
            return bool(self._systems.exists(path))

    def is_directory(self, path: str) -> bool:
        """See `RemoteFiles`."""
        return bool(self._matches(f"{path.rstrip('/')}/**", at_most=1))

    def list_directory(self, path: str) -> list[str]:
        """See `RemoteFiles`."""
        paths = self.glob(f"{path.rstrip('/')}/*")
        return [name.rpartition("/")[2] for name in paths]

    def glob(self, pattern: str) -> list[str]:
        """See `RemoteFiles`."""
        return [found.path for found in self._matches(pattern)]

    def size_of(self, path: str) -> int:
        """See `RemoteFiles`."""
        with _told(path):
            return int(self._systems.get_filesystem(path).size(path))

    def make_directory(self, path: str) -> None:
        """See `RemoteFiles`."""
        try:
            with _told(path):
                self._systems.mkdirs(path)
        except OSError:
            if not (self.exists(path) or self.is_directory(path)):
                raise

    def rename(self, source: str, target: str) -> None:
        """See `RemoteFiles`."""
        try:
            self._move(source, target)
        except OSError:  # HDFS moves nothing over a file
            if not (self.exists(source) and self.exists(target)):
                raise
            self.remove(target)
            self._move(source, target)

    def _move(self, source: str, target: str) -> None:
        with _told(target):
            self._systems.rename([source], [target])

    def remove(self, path: str) -> None:
        """See `RemoteFiles`."""
        with _told(path):
            self._systems.delete([path])

    def _matches(self, pattern: str, at_most: int | None = None) -> list[Any]:
        limits = None if at_most is None else [at_most]
        with _told(pattern):
            (found,) = self._systems.match([pattern], limits)
        return list(found.metadata_list)


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    """Gives Beam's errors what the system's have: a number and the path."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        causes = list(
            (getattr(error, "exception_details", None) or {}).values()
        )
        cause = causes[0] if causes else error.__cause__ or error
        number = getattr(cause, "errno", None) or errno.EIO
        said = getattr(cause, "strerror", None) or type(cause).__name__
        raise OSError(number, said, path) from error
    except ValueError as error:
        scheme = path.partition("://")[0]
        raise InputError(
            "a path of an unknown kind",
            got=f"{scheme}://",
            expected="a file system that this Apache Beam has",
            next_step="install what opens it, for example "
            "`pip install -c requirements-beam.lock 'apache-beam[gcp]'` "
            "([aws] for s3://)",
            path=path,
        ) from error

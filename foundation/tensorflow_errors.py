"""TensorFlow's errors about files -> those that the system has.

What reads and writes files knows `OSError` alone, with a number and the path,
and must not import TensorFlow to catch its errors.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import Any

from foundation.errors import InputError

# TensorFlow has no number of the system's; what is not here is EIO.
_NUMBERS = {
    "AlreadyExistsError": errno.EEXIST,
    "NotFoundError": errno.ENOENT,
    "PermissionDeniedError": errno.EACCES,
    "ResourceExhaustedError": errno.ENOSPC,
    "UnauthenticatedError": errno.EACCES,
}
_LONGEST = 200  # characters of what a server says that are shown


@contextlib.contextmanager
def told(path: str) -> Iterator[None]:
    """Gives TensorFlow's errors about a path what the system's have.

    Raises:
      InputError: this TensorFlow has no file system for such a path.
    """
    import tensorflow as tf  # deferred: text tools must not pay for it

    try:
        yield
    except tf.errors.UnimplementedError as error:
        raise InputError(
            "a path of an unknown kind",
            got=f"{path.partition('://')[0]}://",
            expected="a file system that this TensorFlow has, such as gs://",
            next_step="copy the files to a local folder and name that",
            path=path,
        ) from error
    except tf.errors.OpError as error:
        kind = type(error).__name__
        said = " ".join(str(error.message).split())[:_LONGEST]
        number = _NUMBERS.get(kind, errno.EIO)
        raise OSError(number, f"{kind}: {said}", path) from error


class ToldFile:
    """A file of TensorFlow's whose errors are the system's."""

    def __init__(self, file: Any, path: str) -> None:
        self._file = file
        self._path = path

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._file, name)
        if not callable(value):
            return value

        def call(*arguments: Any, **options: Any) -> Any:
            with told(self._path):
                return value(*arguments, **options)

        return call

    def __enter__(self) -> ToldFile:
        return self

    def __exit__(self, *_: object) -> None:
        with told(self._path):
            self._file.close()

    def __iter__(self) -> ToldFile:
        return self

    def __next__(self) -> Any:
        with told(self._path):
            return next(self._file)

"""The environment of Apache Beam, where there is one, and a remote disk."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest

_ROOT = pathlib.Path(__file__).resolve().parent.parent

# A file system with paths mem://..., which lies in a local folder. Like HDFS
# it moves nothing over a file; like S3 it has no folders until files are in
# them. None can be made that is named "none".
FILE_SYSTEM = """
import logging
import os
logging.disable(logging.WARNING)
from apache_beam.io import filesystem, localfilesystem
logging.disable(logging.NOTSET)

FOLDER = os.environ["MEM_FOLDER"]

class Mem(filesystem.FileSystem):
    local = localfilesystem.LocalFileSystem(None)

    @classmethod
    def scheme(cls):
        return "mem"

    def here(self, path):
        assert path.startswith("mem://"), path
        return os.path.join(FOLDER, path.removeprefix("mem://"))

    def has_dirs(self):
        return False

    def join(self, start, *names):
        return "/".join([start, *names])

    def split(self, path):
        return tuple(path.rsplit("/", 1))

    def mkdirs(self, path):
        if path.endswith("/none") or list(self._list(path + "/")):
            raise OSError("it is there")

    def _list(self, prefix):
        for folder, _, names in os.walk(FOLDER):
            for name in names:
                path = os.path.join(folder, name)
                there = "mem://" + os.path.relpath(path, FOLDER)
                if there.startswith(prefix):
                    yield filesystem.FileMetadata(there, os.path.getsize(path))

    def create(self, path, mime_type="", compression_type="auto"):
        assert compression_type == "uncompressed"
        return self.local.create(self.here(path), mime_type, compression_type)

    def open(self, path, mime_type="", compression_type="auto"):
        assert compression_type == "uncompressed"
        return self.local.open(self.here(path), mime_type, compression_type)

    def copy(self, sources, targets):
        raise NotImplementedError

    def rename(self, sources, targets):
        for source, target in zip(sources, targets, strict=True):
            if self.exists(target):
                raise filesystem.BeamIOError("Rename", {target: OSError("no")})
            os.rename(self.here(source), self.here(target))

    def exists(self, path):
        return os.path.isfile(self.here(path))

    def size(self, path):
        try:
            return os.path.getsize(self.here(path))
        except OSError as error:
            raise filesystem.BeamIOError("Size", {path: error})

    def last_updated(self, path):
        raise NotImplementedError

    def checksum(self, path):
        raise NotImplementedError

    def metadata(self, path):
        return filesystem.FileMetadata(path, self.size(path))

    def delete(self, paths):
        for path in paths:
            os.remove(self.here(path))
"""


def find_python() -> str:
    """Returns a Python that has Apache Beam; skips where there is none."""
    path = os.environ.get("BEAM_PYTHON") or str(
        _ROOT / ".venv-beam" / "bin" / "python"
    )
    if not os.path.exists(path):
        pytest.skip("needs Apache Beam: `make beam`, or $BEAM_PYTHON")
    return path


def run_program(
    program: str, *arguments: str, folder: pathlib.Path
) -> subprocess.CompletedProcess[str]:
    """Runs a program that knows mem://, which lies in `folder`."""
    return subprocess.run(
        [find_python(), "-c", FILE_SYSTEM + program, *arguments],
        cwd=_ROOT,
        env=os.environ | {"MEM_FOLDER": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )

"""Documents and their entities -> a folder that the tool brat opens.

`<document>.txt` is the document's text, unchanged, `<document>.ann` beside it
its entities (`brat_format.py`). Also there: annotation.conf, which tells brat
the types, and, for documents whose name cannot be a file's, file_names.jsonl.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
from collections.abc import Iterable, Iterator
from typing import IO, Any

from foundation import files
from inference.brat_format import annotation_of
from inference.document_file_names import DocumentFileNames
from inference.entities import TaggedBlock
from preprocessing.brat_annotations import annotation_line

TYPES_FILE = "annotation.conf"
NAMES_FILE = "file_names.jsonl"

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def write_brat_folder(folder: str) -> Iterator[BratWriter]:
    """Yields a writer to a folder that appears once all of it is there.

    A folder of that name is moved aside, never changed: somebody may have
    corrected the annotations of an earlier run in it.

    Raises:
      InputError: the disk is full, or the place cannot be written to.
    """
    temporary = f"{folder}.tmp-{os.getpid()}"
    with _naming(folder):
        _discard(temporary)
    files.make_directory(temporary)
    try:
        with contextlib.closing(BratWriter(temporary)) as writer:
            yield writer
            writer.finish()
        with _naming(folder):
            _move_aside(folder)
            files.rename(temporary, folder)
    except BaseException:
        # A clean-up that fails as well must not hide the first reason.
        with contextlib.suppress(OSError):
            _discard(temporary)
        raise


@contextlib.contextmanager
def _naming(path: str) -> Iterator[None]:
    """Turns what a full or protected disk answers into an InputError."""
    try:
        yield
    except OSError as error:
        raise files.cannot_write(error, path) from error


def _discard(folder: str) -> None:
    if not files.exists(folder):
        return
    for name in files.list_directory(folder):
        files.remove(files.join(folder, name))
    if not files.is_remote(folder):  # object stores have no empty folders
        os.rmdir(folder)


def _move_aside(folder: str) -> None:
    if not files.exists(folder):
        return
    for number in itertools.count(1):
        aside = f"{folder}-earlier-{number}"
        if not files.exists(aside):
            files.rename(folder, aside)
            _log.warning("%s is of an earlier run, now %s", folder, aside)
            return


class BratWriter:
    """Writes the two files of each document as its blocks come."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._names = DocumentFileNames()
        self._types: set[str] = set()
        self._open = contextlib.ExitStack()  # the files of one document
        self._text: IO[Any]
        self._annotations: IO[Any]
        self._number = 0  # of its entities

    def add(self, tagged: TaggedBlock) -> None:
        """Writes a block's text and entities."""
        with _naming(self._folder):
            if tagged.block.start == 0:
                self._start(self._names.name_of(tagged.block.document))
            self._write_block(tagged)

    def _write_block(self, tagged: TaggedBlock) -> None:
        self._text.write(tagged.block.text)
        for entity in tagged.entities:
            annotation = annotation_of(entity)
            self._number += 1
            self._types.add(annotation.type)
            line = annotation_line(annotation, self._number)
            self._annotations.write(line + "\n")

    def _start(self, name: str) -> None:
        self.close()
        path = files.join(self._folder, name)
        text = files.open_file(f"{path}.txt", "w")
        self._text = self._open.enter_context(text)
        annotations = files.open_file(f"{path}.ann", "w")
        self._annotations = self._open.enter_context(annotations)
        self._number = 0

    def close(self) -> None:
        """Closes the files of the last document."""
        self._open.close()

    def finish(self) -> None:
        """Writes what is about all documents."""
        with _naming(self._folder):
            self.close()
        types = [*sorted(self._types), ""]
        empty = ("[relations]", "", "[events]", "", "[attributes]")
        self._write(TYPES_FILE, ["[entities]", *types, *empty])
        if self._names.changed:
            self._write(
                NAMES_FILE,
                (
                    json.dumps({"document": document, "file": name})
                    for document, name in self._names.changed.items()
                ),
            )

    def _write(self, name: str, lines: Iterable[str]) -> None:
        path = files.join(self._folder, name)
        with _naming(path), files.open_file(path, "w") as file:
            file.write("".join(line + "\n" for line in lines))

"""The files of a prediction on raw text, written side by side.

with write_entities(output_dir, source) as writers:
    for tagged in find_entities(read_blocks(path), tagger):
        writers.add(tagged)
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from foundation import files
from inference.brat_writer import write_brat_folder
from inference.entities import TaggedBlock
from inference.html_writer import write_html
from inference.jsonl_writer import write_json_lines
from tasks.tagging_outputs import PREDICTIONS_FILE

BRAT_FOLDER = "brat"
HTML_FILE = "predictions.html"


class EntityWriter(Protocol):
    """What each kind of file has."""

    def add(self, tagged: TaggedBlock) -> None:
        """Takes the next block; blocks come in the order of the input."""


@dataclass(frozen=True)
class EntityWriters:
    """Several writers as one.

    Attributes:
      writers: each gets every block.
      paths: of what they write, for the log.
    """

    writers: Sequence[EntityWriter]
    paths: tuple[str, ...]

    def add(self, tagged: TaggedBlock) -> None:
        """Gives the next block to each writer."""
        for writer in self.writers:
            writer.add(tagged)


@contextlib.contextmanager
def write_entities(
    output_dir: str, source: str, *, brat: bool = True
) -> Iterator[EntityWriters]:
    """Yields a writer of predictions.jsonl, brat/ and predictions.html.

    Each appears once it is complete; none does if the block is left with an
    error.

    Args:
      output_dir: a folder that is there.
      source: the path of what is read; its name is the page's title.
      brat: whether to write that folder, which has two files a document.

    Raises:
      InputError: the disk is full, or the place cannot be written to.
    """
    jsonl = files.join(output_dir, PREDICTIONS_FILE)
    page = files.join(output_dir, HTML_FILE)
    folder = files.join(output_dir, BRAT_FOLDER)
    name = os.path.basename(source.rstrip("/"))
    with contextlib.ExitStack() as stack:
        writers: list[EntityWriter] = []
        # What is entered last ends first: the page, which is written as a
        # whole only then, before the others get their names.
        if brat:
            writers.append(stack.enter_context(write_brat_folder(folder)))
        writers.append(stack.enter_context(write_json_lines(jsonl)))
        writers.append(
            stack.enter_context(
                write_html(page, name, all_entities=PREDICTIONS_FILE)
            )
        )
        yield EntityWriters(writers, (jsonl, page, *([folder] * brat)))

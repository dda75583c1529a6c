"""Text files of any kind -> documents: one sentence a line.

For corpora that are neither a table of notes nor papers: a file for each note,
or many in one, with blank lines or line ends between them. Sentences are found
by the splitters of clinical notes; their accents stay, and can be composed.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from foundation import files
from foundation.errors import InputError
from preprocessing.corpus_files import FilePart, read_blocks
from preprocessing.word_spans import Span

# What one document is.
FILE, BLANK_LINE, LINE, JSON_LINE = "file", "blank_line", "line", "jsonl"
UNITS = (FILE, BLANK_LINE, LINE, JSON_LINE)
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # of byte order, at a file's start


@dataclass
class Counts:
    """What has been read: documents with and without a sentence."""

    written: int = 0
    empty: int = 0
    sentences: int = 0


def documents(
    paths: Sequence[str], unit: str, *, text_key: str = "text"
) -> Iterator[str]:
    """Yields the texts of files, in order; empty ones too.

    Args:
      paths: UTF-8 files; .gz is decompressed.
      unit: one of `UNITS`: what one document is.
      text_key: of JSON lines: where the text is.

    Raises:
      InputError: not UTF-8, a damaged .gz, or no such JSON.
    """
    for path in paths:
        lines = _lines(path)
        if unit == FILE:
            yield "\n".join(lines)
        elif unit == BLANK_LINE:
            yield from _paragraphs(lines)
        elif unit == LINE:
            yield from lines
        else:
            yield from _json_texts(lines, path, text_key)


def _lines(path: str) -> Iterator[str]:
    is_first = True
    for block in read_blocks([FilePart(path)]):
        text = block.text.decode()
        if is_first:
            text = text.removeprefix(_MARK)
            is_first = False
        yield from text.removesuffix("\n").split("\n") if text else ()


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """Yields the runs of lines between blank ones; none is empty."""
    run: list[str] = []
    for line in lines:
        if line.strip():
            run.append(line)
        elif run:
            yield "\n".join(run)
            run.clear()
    if run:
        yield "\n".join(run)


def _json_texts(
    lines: Iterable[str], path: str, text_key: str
) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except ValueError:
            value = None
        text = value.get(text_key) if isinstance(value, dict) else None
        # A lone half of a pair cannot be written as UTF-8.
        if not isinstance(text, str) or not _is_writable(text):
            raise InputError(
                "a line holds no text",
                got=f"{len(line)} characters",
                expected='{"text": "..."}, with the key of --text_key',
                next_step="correct the line, or choose another --documents",
                path=path,
                line=number,
            )
        yield text


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def document_lines(
    text: str, splitter: Callable[[str], list[Span]], *, compose: bool
) -> list[str]:
    """Returns the sentences of a text, without line breaks or other space.

    Args:
      text: of one document.
      splitter: of its sentences.
      compose: whether an accent becomes part of its letter (NFC).
    """
    if compose:
        text = unicodedata.normalize("NFC", text)
    return [" ".join(text[start:end].split()) for start, end in splitter(text)]


def write_documents(
    path: str,
    texts: Iterable[str],
    splitter: Callable[[str], list[Span]],
    *,
    compose: bool = True,
    written: Callable[[int], object] = int,
) -> Counts:
    """Writes documents to a file that its owner alone can read (mode 0600).

    Args:
      path: the file; it is there once all is written.
      texts: the documents.
      splitter: of their sentences.
      compose: as in `document_lines`.
      written: called with the number of documents since the last call.

    Raises:
      InputError: the file cannot be written, or what `texts` raises.
    """
    counts = Counts()
    with files.write_atomically(path, private=True) as file:
        for text in texts:
            lines = document_lines(text, splitter, compose=compose)
            written(1)
            if not lines:
                counts.empty += 1
                continue
            file.write("\n".join(lines) + "\n\n")
            counts.written += 1
            counts.sentences += len(lines)
    return counts

"""Files -> documents in blocks -> sentences of words, with offsets.

What a tagger reads of raw text. Offsets are characters (code points) in a
document's text: a file as it is, line ends and a byte-order mark included; the
"text" of a JSON line; or, where words are given, what `given_words.py` makes
of them. A document comes in blocks, so that a file of any size runs in the
same memory; its blocks, joined, are exactly its text.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError
from inference.given_words import Sentences, read_word_file
from inference.json_documents import JsonDocument, read_json_documents
from inference.running_text import MAX_PART, check_running_text, cut_text
from inference.text_stream import NEXT_STEP, read_pieces
from preprocessing.sentence_spans import sentence_spans
from preprocessing.word_spans import Span, word_spans

_log = logging.getLogger(__name__)

_RUNNING_TEXT = ".txt"
_JSON_LINES = ".jsonl"
_WORD_FILES = (".tsv", ".conll", ".iob2", ".iob", ".bio", ".csv", ".tab")


@dataclass(frozen=True)
class TextBlock:
    """A part of a document.

    Attributes:
      document: its name, unique in one input.
      start: character offset of `text` in the document. Every document has
        exactly one block with start 0, its first.
      text: may be empty in a document without text.
      sentences: spans in `text` of the words that the input gives, sentence
        by sentence; None where they are to be found.
    """

    document: str
    start: int
    text: str
    sentences: Sentences | None = None


@dataclass(frozen=True)
class Segment:
    """A sentence.

    Attributes:
      document: the name of its document.
      start: character offset of `text` in the document.
      text: what stands there.
      words: their spans in `text`; there is at least one, and none is empty.
    """

    document: str
    start: int
    text: str
    words: tuple[Span, ...]


@dataclass(frozen=True)
class InputSize:
    """How much there is to read."""

    num_documents: int
    num_characters: int


def measure_input(path: str) -> InputSize:
    """Reads all of the input, so that what is wrong with it shows early.

    Raises:
      InputError: as `read_blocks`.
    """
    num_documents = num_characters = 0
    for block in read_blocks(path):
        num_documents += block.start == 0
        num_characters += len(block.text)
    return InputSize(num_documents, num_characters)


def read_segments(path: str) -> Iterator[Segment]:
    """Yields the sentences of a file or folder; see `read_blocks`."""
    for block in read_blocks(path):
        yield from segments_of(block)


def read_blocks(path: str) -> Iterator[TextBlock]:
    """Yields the blocks of all documents of a file or folder, in order.

    Args:
      path: by its ending. .txt: running text, one document, named after the
        file. .jsonl: one document a line (`json_documents.py`). .tsv, .conll,
        .iob2, .iob, .bio, .csv, .tab: one document with one word a line and a
        blank line between sentences; tags, if any, are not used. A folder:
        its .txt files, sorted; here one may be empty.

    Raises:
      InputError: cannot be read, is no UTF-8, holds no document, has two of
        one name. Text is never shown.
    """
    if files.is_directory(path):
        return _read_folder(path)
    name, ending = os.path.splitext(os.path.basename(path))
    ending = ending.lower()
    if ending == _RUNNING_TEXT:
        return _read_text(name, path)
    if ending == _JSON_LINES:
        return _of_json(read_json_documents(path))
    if ending in _WORD_FILES:
        parts = read_word_file(path, max_part=MAX_PART)
        return _blocks(name, parts)
    raise InputError(
        "the ending of the file to predict is not known",
        got=ending or "a name without ending",
        expected=".txt (running text), .jsonl (a document a line), a folder "
        f"of .txt, or one of {' '.join(_WORD_FILES)} (a word a line)",
        next_step="rename the file after what it holds",
        path=path,
    )


def _blocks(
    name: str, parts: Iterable[tuple[str, Sentences | None]]
) -> Iterator[TextBlock]:
    start = 0
    for text, sentences in parts:
        yield TextBlock(name, start, text, sentences)
        start += len(text)


def _read_text(name: str, path: str) -> Iterator[TextBlock]:
    pieces = check_running_text(read_pieces(path), path)
    return _blocks(name, ((part, None) for part in cut_text(pieces)))


def _of_json(documents: Iterable[JsonDocument]) -> Iterator[TextBlock]:
    for document in documents:
        if document.words is None:
            parts = ((part, None) for part in cut_text([document.text]))
            yield from _blocks(document.name, parts)
        else:
            yield TextBlock(document.name, 0, document.text, (document.words,))


def _read_folder(folder: str) -> Iterator[TextBlock]:
    present = [n for n in files.list_directory(folder) if n[0] != "."]
    chosen = [n for n in present if n.lower().endswith(_RUNNING_TEXT)]
    if not chosen:
        raise InputError(
            "the folder has no text files",
            got=f"{len(present)} files of other endings",
            expected="files that end with .txt",
            next_step=NEXT_STEP,
            path=folder,
        )
    if len(present) > len(chosen):
        others = len(present) - len(chosen)
        _log.info("%s: %d files of other endings are not read", folder, others)
    names = [os.path.splitext(file_name)[0] for file_name in chosen]
    if len(set(names)) < len(names):
        raise InputError(
            "two documents have the same name",
            got="files whose endings differ in case",
            expected="one .txt file for each name",
            next_step="rename one of them",
            path=folder,
        )
    for name, file_name in zip(names, chosen, strict=True):
        path = files.join(folder, file_name)
        if not files.is_directory(path) and files.size_of(path) == 0:
            _log.warning("%s is empty", path)
            yield TextBlock(name, 0, "")
        else:
            yield from _read_text(name, path)


def segments_of(block: TextBlock) -> list[Segment]:
    """Returns the sentences of a block that have words, in order."""
    if block.sentences is None:
        return _found_segments(block)
    return [
        Segment(
            block.document,
            block.start + words[0][0],
            block.text[words[0][0] : words[-1][1]],
            tuple((a - words[0][0], b - words[0][0]) for a, b in words),
        )
        for words in block.sentences
        if words
    ]


def _found_segments(block: TextBlock) -> list[Segment]:
    segments = []
    for start, end in sentence_spans(block.text):
        text = block.text[start:end]
        words = tuple(word_spans(text))
        if words:
            segments.append(
                Segment(block.document, block.start + start, text, words)
            )
    return segments

"""Corpus files to sentences of words and tags (CoNLL, TSV, CSV, IOB2...).

Reads what BioBERT's, BlueBERT's, clinicalBERT's and SciBERT's readers read
(first column the word, last column the tag, blank lines between sentences)
and does not lose what they lost: a last sentence without a blank line,
spaces inside words, a byte-order mark, a header taken for a word
(originals.md 9.4 N11; user-demand.md row 28).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from foundation.errors import InputError
from foundation.files import read_text
from tasks.columns import (
    SPACE,
    Layout,
    Line,
    guess_layout,
    read_separator,
    split_lines,
    split_row,
)

MAX_LABELS = 200  # DESIGN 2.11: more than that is text, not a label set
_TAG_SHAPE = re.compile(r"[\w+/.&()#-]{1,60}")
_DOCUMENT_STARTS = ("-DOCSTART-", "--DOCSTART--")  # CoNLL; EBM-NLP
_COMMENT_STARTS = ("###", "# ")  # ShARe/CLEFE; CoNLL-U

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaggedSentence:
    """One sentence as its file has it.

    Attributes:
      words: one per line; words may hold spaces where tabs separate.
      tags: as in the file, one per word; empty in a file without tags.
      line: 1-based line of the first word; word i stands on line + i.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    line: int


def is_tag_shaped(tag: str) -> bool:
    """Returns whether a string may be shown as a label (DESIGN 2.11)."""
    return _TAG_SHAPE.fullmatch(tag) is not None


def read_tagged_sentences(
    path: str,
    *,
    separator: str | None = None,
    word_column: int = 0,
    tag_column: int | None = -1,
) -> list[TaggedSentence]:
    """Reads a file with one word per line.

    Args:
      path: the file; UTF-8, any line ends.
      separator: "tab", "space", "comma" or a character; None recognises it.
      word_column: index of the word. A header line that names another column
        "word" or "token" wins.
      tag_column: index of the tag; None for a file without tags.

    Returns:
      The sentences, in order; none is empty.

    Raises:
      InputError: the file cannot be read, a line has a wrong number of
        columns, or the tags look like text. Text is never shown.
    """
    text = read_text(
        path,
        what="the corpus file",
        next_step="check --data_dir and the file's name",
    )
    lines = split_lines(text)
    asked = Layout(
        read_separator(separator) if separator else "",
        word_column=word_column,
        tag_column=tag_column,
    )
    layout = guess_layout([p for p in lines if _is_content(p[1])], asked)
    collector = _Collector(path, layout)
    for line in lines:
        collector.add(line)
    return collector.finish()


def _is_content(text: str) -> bool:
    return bool(text.strip(" \t,")) and not text.startswith(
        (*_DOCUMENT_STARTS, *_COMMENT_STARTS)
    )


@dataclass
class _Collector:
    """Turns lines into sentences and remembers what it passed over."""

    path: str
    layout: Layout
    sentences: list[TaggedSentence] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _tags: list[str] = field(default_factory=list)
    _first_line: int = 0
    _labels: set[str] = field(default_factory=set)
    _num_columns: int = 0
    _header_is_due: bool = True
    _sentence_id: str = ""
    _num_comments: int = 0
    _num_empty_words: int = 0

    def add(self, line: Line) -> None:
        number, text = line
        if self.layout.is_blank(text):
            self._end_sentence()
            return
        if text.startswith(_DOCUMENT_STARTS):
            self._end_sentence()
            return
        if self._is_comment(text):
            self._num_comments += 1
            return
        if self._header_is_due and self.layout.has_header:
            self._skip_header(line)
            return
        cells = split_row(
            line, self.layout, num_columns=self._num_columns, path=self.path
        )
        self._header_is_due = False
        self._num_columns = self._num_columns or len(cells)
        self._start_numbered_sentence(cells)
        self._add_word(cells, number)

    def _is_comment(self, text: str) -> bool:
        """Recognises a comment: before a sentence, and without columns.

        A word "#" has a tag after a separator, so it is never taken for one.
        """
        separator = self.layout.separator
        if self._words or not text.startswith(_COMMENT_STARTS):
            return False
        if separator == SPACE:
            return text.startswith("###") and len(self.layout.split(text)) == 1
        return separator not in text and self.layout.tag_column is not None

    def _skip_header(self, line: Line) -> None:
        cells = self.layout.split(line[1])
        self._header_is_due = False
        self._num_columns = len(cells)
        _log.info(
            "%s:%d: skipped a header line of %d columns; the word is column "
            "%d, the tag column %s",
            self.path,
            line[0],
            len(cells),
            self.layout.word_column % len(cells) + 1,
            (self.layout.tag_column or 0) % len(cells) + 1,
        )

    def _start_numbered_sentence(self, cells: Sequence[str]) -> None:
        """Ends a sentence where the sentence column changes."""
        if self.layout.sentence_column is None:
            return
        name = cells[self.layout.sentence_column].strip()
        if name and name != self._sentence_id:
            self._end_sentence()
            self._sentence_id = name

    def _add_word(self, cells: Sequence[str], number: int) -> None:
        if not self._words:
            self._first_line = number
        word = cells[self.layout.word_column]
        self._num_empty_words += not word
        self._words.append(word)
        if self.layout.tag_column is None:
            return
        tag = cells[self.layout.tag_column].strip(" ")
        if tag not in self._labels:
            self._check_new_label(tag, number)
        self._tags.append(tag)

    def _check_new_label(self, tag: str, number: int) -> None:
        self._labels.add(tag)
        if not is_tag_shaped(tag):
            raise InputError(
                "the tag column does not hold tags",
                got=f"{len(tag)} characters that are not shaped like a tag",
                expected="O, B-..., I-... (letters, digits, _+/.&()#-)",
                next_step="check the separator and which column is the tag",
                path=self.path,
                line=number,
            )
        if len(self._labels) > MAX_LABELS:
            raise InputError(
                "the tag column does not hold tags",
                got=f"more than {MAX_LABELS} different values",
                expected="a label set",
                next_step="check the separator and which column is the tag",
                path=self.path,
                line=number,
            )

    def _end_sentence(self) -> None:
        if self._words:
            self.sentences.append(
                TaggedSentence(
                    tuple(self._words), tuple(self._tags), self._first_line
                )
            )
        self._words, self._tags = [], []

    def finish(self) -> list[TaggedSentence]:
        self._end_sentence()
        for what, how_many in self._passed_over():
            _log.warning("%s: %d %s", self.path, how_many, what)
        if self.sentences:
            return self.sentences
        raise InputError(
            "the corpus file has no sentences",
            got="only blank lines, headers or comments",
            expected="one word and its tag per line",
            next_step="check --data_dir and the file's name",
            path=self.path,
        )

    def _passed_over(self) -> Iterator[tuple[str, int]]:
        if self._num_comments:
            yield "comment lines skipped", self._num_comments
        if self._num_empty_words:
            yield "empty words kept, each as [UNK]", self._num_empty_words

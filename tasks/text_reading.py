"""A split of a corpus of texts to examples, each with the line it is from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from foundation import files
from foundation.errors import InputError
from tasks.tables import Column, Row, Table
from tasks.text_corpus import Layout, TextCorpus, find_file
from tasks.text_labels import Label, LabelReader
from tasks.text_readers import read_tables

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextExample:
    """A text, or a pair, or texts to choose from.

    Attributes:
      example_id: as in the file, or the number of its row from 0.
      text_a: the first text.
      text_b: the second; None where texts are single.
      label: a class, the classes that hold, or a score; None = not known.
      choices: the texts to choose from.
      line: 1-based line of its file.
    """

    example_id: str
    text_a: str
    text_b: str | None = None
    label: Label | None = None
    choices: tuple[str, ...] = ()
    line: int = 0

    @property
    def texts(self) -> tuple[str | None, ...]:
        """What is read of it, by which a leak is recognised."""
        return (self.text_a, self.text_b, *self.choices)


@dataclass(frozen=True)
class TextFile:
    """A file that was read, for the log and the result file."""

    path: str
    sha256: str
    num_examples: int


def read_split(
    corpus: TextCorpus,
    data_dir: str,
    split: str,
    *,
    change: Callable[[str], str] | None = None,
) -> tuple[list[TextExample], list[TextFile]]:
    """Reads a split.

    Args:
      corpus: which files, columns, labels.
      data_dir: where they are.
      split: "train", "dev" or "test"; labels may be missing in test.
      change: what is done to each text, such as marking entities.

    Raises:
      InputError: a file is missing or unusable, with path and line.
    """
    path, layout = find_file(corpus, data_dir, split)
    tables = read_tables(path, layout.reader, has_header=layout.has_header)
    examples: list[TextExample] = []
    used = []
    for table in tables:
        reader = _RowReader(corpus, layout, table, needs_label=split != "test")
        found = reader.examples(start=len(examples))
        if change is not None:
            found = [_changed(e, change, table.path) for e in found]
        examples += found
        sha256 = files.sha256_of(table.path)
        used.append(TextFile(table.path, sha256, len(found)))
        _log.info("%s: %d examples", table.path, len(found))
    if corpus.joins_documents:
        examples = join_documents(examples, corpus)
    if not examples:
        raise InputError(
            "no example is left",
            got=f"{sum(len(table.rows) for table in tables)} rows, all of "
            "them left out",
            expected="at least one",
            next_step="check the file and its labels",
            path=path,
        )
    return examples, used


def read_raw(
    corpus: TextCorpus,
    path: str,
    *,
    change: Callable[[str], str] | None = None,
) -> list[TextExample]:
    """Reads texts to predict, without labels.

    Args:
      corpus: whose test columns; a .txt file has a text a line instead.
      path: .txt, .tsv, .csv or .jsonl.
      change: as for `read_split`.

    Raises:
      InputError: it cannot be read, or lacks a column.
    """
    layout = replace(corpus.test[0], label=(), only=None)
    if path.endswith(".txt") and layout.reader != "race":
        layout = Layout(files=(), text_a=(0,), has_header=False)
        if any(each.text_b for each in corpus.test):
            layout = replace(layout, text_b=(1,))
    reader = "jsonl" if path.endswith(".jsonl") else layout.reader
    if reader == "jsonl" and not path.endswith(".jsonl"):
        reader = "table"
    tables = read_tables(path, reader, has_header=layout.has_header)
    examples: list[TextExample] = []
    for table in tables:
        rows = _RowReader(corpus, layout, table, needs_label=False)
        examples += rows.examples(start=len(examples))
    if change is not None:
        examples = [_changed(e, change, path) for e in examples]
    if corpus.joins_documents:
        examples = join_documents(examples, corpus)
    return examples


def _changed(
    example: TextExample, change: Callable[[str], str], path: str
) -> TextExample:
    """Returns an example with changed texts; errors name its line."""
    try:
        return replace(
            example,
            text_a=change(example.text_a),
            text_b=None if example.text_b is None else change(example.text_b),
        )
    except InputError as error:
        raise error.at(path, example.line) from error


class _RowReader:
    """Turns the rows of one table into examples."""

    def __init__(
        self,
        corpus: TextCorpus,
        layout: Layout,
        table: Table,
        *,
        needs_label: bool,
    ) -> None:
        self._corpus, self._layout, self._table = corpus, layout, table
        self._labels = LabelReader(corpus)
        self._text_a = self._needed(layout.text_a, "text")
        self._text_b = self._pick(layout.text_b)
        is_pair = layout.text_b and not layout.may_be_single
        if is_pair and self._text_b is None:
            self._text_b = self._needed(layout.text_b, "second text")
        self._id = self._pick(layout.example_id)
        self._label = self._pick(layout.label)
        if self._label is None and needs_label:
            self._label = self._needed(layout.label, "label")
        self._choices = [table.index(column) for column in layout.choices]
        self._only = layout.only and table.index(layout.only[0])

    def examples(self, *, start: int) -> list[TextExample]:
        """Returns the table's examples; ids count from `start`."""
        found: list[TextExample] = []
        short = undecided = 0
        skipped = {label.casefold() for label in self._corpus.skipped}
        for row in self._table.rows:
            if self._only is not None and not self._is_wanted(row):
                continue
            if self._layout.skips_short and self._is_short(row):
                short += 1
                continue
            if self._label is not None and skipped:
                cell = self._table.cell(row, self._label)
                if cell.strip().casefold() in skipped:
                    undecided += 1
                    continue
            found.append(self._example(row, start + len(found)))
        for count, what in (
            (short, "rows are too short"),
            (undecided, "rows have no decided label"),
        ):
            if count:
                _log.warning(
                    "%s: %d %s: left out", self._table.path, count, what
                )
        return found

    def _example(self, row: Row, number: int) -> TextExample:
        cell = self._table.cell
        label: Label | None = None
        if self._label is not None:
            label = self._labels.read(
                cell(row, self._label), table=self._table, line=row.line
            )
        given = None if self._id is None else cell(row, self._id).strip()
        return TextExample(
            example_id=given or str(number),
            text_a=cell(row, self._text_a).strip(),
            text_b=None
            if self._text_b is None
            else cell(row, self._text_b).strip(),
            label=label,
            choices=tuple(cell(row, c).strip() for c in self._choices),
            line=row.line,
        )

    def _is_wanted(self, row: Row) -> bool:
        _, value = self._layout.only or (0, "")
        return self._table.cell(row, self._only or 0).strip() == value

    def _is_short(self, row: Row) -> bool:
        columns = [self._text_a, self._text_b, self._label]
        return any(
            not -len(row.cells) <= c < len(row.cells)
            for c in columns
            if c is not None
        )

    def _pick(self, candidates: Sequence[Column]) -> int | None:
        """Returns the index of the first column that is there."""
        table = self._table
        for column in candidates:
            if isinstance(column, int) or (table.header and table.has(column)):
                return table.index(column)
        return None

    def _needed(self, candidates: Sequence[Column], what: str) -> int:
        found = self._pick(candidates)
        if found is not None:
            return found
        header = self._table.header
        raise InputError(
            f"no column of the {what}",
            got=f"the columns {', '.join(header)}" if header else "no header",
            expected=" or ".join(map(str, candidates)) or "one that is named",
            next_step="name the columns: --text_col, --text_b_col, --label_col",
            path=self._table.path,
            line=1 if header else None,
        )


def join_documents(
    examples: Iterable[TextExample], corpus: TextCorpus
) -> list[TextExample]:
    """Joins the rows of each document; it has the labels of all of them."""
    by_document: dict[str, list[TextExample]] = {}
    for example in examples:
        name = document_of(example.example_id, corpus)
        by_document.setdefault(name, []).append(example)
    joined = []
    for name, rows in by_document.items():
        labels = [row.label for row in rows if isinstance(row.label, tuple)]
        joined.append(
            TextExample(
                example_id=name,
                text_a=" ".join(row.text_a for row in rows),
                label=tuple(dict.fromkeys(x for each in labels for x in each))
                if labels
                else None,
                line=rows[0].line,
            )
        )
    return joined


def document_of(example_id: str, corpus: TextCorpus) -> str:
    """Returns the id of the document that a row is of."""
    return example_id.split(corpus.document_separator or "\0")[0]

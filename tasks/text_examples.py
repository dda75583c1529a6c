"""Rows of a table to examples: texts with a class, classes, or a score."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from foundation.errors import InputError
from tasks.tables import Row, Table
from tasks.text_columns import find_columns
from tasks.text_corpus import Layout, TextCorpus
from tasks.text_labels import Label, LabelReader

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


class ExampleReader:
    """Turns the rows of one table into examples.

    Args:
      corpus: its labels.
      layout: its columns.
      table: its rows.
      needs_label: whether each row must have one. Where not, a blank cell is
        a label that is not known, and so is each cell of a blank column.

    Raises:
      InputError: the table lacks a column.
    """

    def __init__(
        self,
        corpus: TextCorpus,
        layout: Layout,
        table: Table,
        *,
        needs_label: bool,
    ) -> None:
        self._layout, self._table = layout, table
        self._needs_label = needs_label
        self._labels = LabelReader(corpus)
        self._columns = find_columns(layout, table, needs_label=needs_label)
        self._undecided = {label.casefold() for label in corpus.skipped}
        # No label at all is a set of labels too.
        self._may_be_blank = corpus.kind == "labels"

    def check_header(self) -> None:
        """Raises InputError where the line taken for a header has a label.

        A corpus whose files have headers may come without: its first row
        would be lost without a word.
        """
        header, index = self._table.header or (), self._columns.label
        if index is None or index >= len(header) or not header[index]:
            return
        if not self._labels.knows_labels:
            return
        try:
            self._labels.read(header[index], table=self._table, line=1)
        except InputError:
            return
        raise InputError(
            "the first line is a row, not a header",
            got="a label in the place of a column's name",
            expected="names of the columns, as this corpus's files have them",
            next_step="add --header=no if no file has names, or add them",
            path=self._table.path,
            line=1,
        )

    def examples(self, *, start: int) -> list[TextExample]:
        """Returns the table's examples; ids count from `start`.

        Raises:
          InputError: a row is too short, or its label unknown.
        """
        rows = [row for row in self._table.rows if self._is_wanted(row)]
        if self._layout.skips_short:
            whole = [row for row in rows if not self._is_short(row)]
            self._say(len(rows) - len(whole), "rows are too short: left out")
            rows = whole
        if self._columns.text_b is not None:
            found = [
                self._table.is_blank(r, self._columns.text_b) for r in rows
            ]
            self._say(sum(found), "rows lack the second text: read as single")
        if self._columns.label is not None:
            return list(self._labelled(rows, start))
        return [self._example(r, n, None) for n, r in enumerate(rows, start)]

    def _labelled(
        self, rows: Iterable[Row], start: int
    ) -> Iterator[TextExample]:
        """Yields examples of a table that has a column of labels."""
        index = self._columns.label
        assert index is not None
        rows = list(rows)
        blank = [self._table.is_blank(row, index) for row in rows]
        undecided = unknown = 0
        number = start
        for row, is_blank in zip(rows, blank, strict=True):
            label: Label | None = None
            cell = "" if is_blank else self._table.cell(row, index).strip()
            if cell.casefold() in self._undecided and not all(blank):
                undecided += 1
                continue
            if is_blank and not (self._needs_label or self._may_be_blank):
                unknown += 1
            else:
                label = self._labels.read(
                    cell, table=self._table, line=row.line
                )
            yield self._example(row, number, label)
            number += 1
        self._say(undecided, "rows have no decided label: left out")
        self._say(unknown, "rows have no label: nothing can be scored")

    def _example(
        self, row: Row, number: int, label: Label | None
    ) -> TextExample:
        def cell(index: int) -> str:
            return self._table.cell(row, index).strip()

        columns = self._columns
        given, text_b = "", columns.text_b
        if not self._is_blank(row, columns.example_id):
            given = cell(columns.example_id or 0)
        if self._layout.may_be_single and self._is_blank(row, text_b):
            text_b = None
        return TextExample(
            example_id=given or str(number),
            text_a=cell(columns.text_a),
            text_b=None if text_b is None else cell(text_b),
            label=label,
            choices=tuple(cell(index) for index in columns.choices),
            line=row.line,
        )

    def _is_blank(self, row: Row, index: int | None) -> bool:
        return index is None or self._table.is_blank(row, index)

    def _is_wanted(self, row: Row) -> bool:
        if self._layout.only is None or self._columns.only is None:
            return True
        wanted = self._layout.only[1]
        return self._table.cell(row, self._columns.only).strip() == wanted

    def _is_short(self, row: Row) -> bool:
        columns = self._columns
        return any(
            not -len(row.cells) <= index < len(row.cells)
            for index in (columns.text_a, columns.text_b, columns.label)
            if index is not None
        )

    def _say(self, count: int, what: str) -> None:
        if count:
            _log.warning("%s: %d %s", self._table.path, count, what)


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

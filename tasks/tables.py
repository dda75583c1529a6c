"""Delimited corpus files to rows of cells, with the line each is from.

TSV as the originals read it: tabs alone separate, quotes are characters like
any other (google-research/bert run_classifier.py, `_read_tsv`), except where a
CSV writer put them: in HealthVer and BLUE's files "a ""b"" c" is a "b" c. CSV
with quotes where the name ends in .csv. Columns are asked for by header name
or by index: two projects' MedNLI files have the same columns in another order,
and a fixed index reads the wrong one without a word (originals.md 6.7).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from foundation.errors import InputError
from foundation.files import read_text
from tasks.columns import split_lines

# Cells that a header line has and a row of data does not, in lower case.
HEADER_NAMES = frozenset(
    {"label", "labels", "gold_label", "score", "similarity", "class"}
    | {"sentence", "sentence1", "sentence2", "text", "text_a", "text_b"}
    | {"question", "question1", "question2", "premise", "hypothesis"}
    | {"#1 string", "#2 string", "evidence", "claim"}
)
Column = int | str
# Else the first line may be one of data, which is not shown (DESIGN 2.11).
_COLUMN_NAME = re.compile(r"(?=.{0,40}$)[\w#.:/()-]*( [\w#.:/()-]+){0,2}")
_ALL_QUOTED = re.compile(r'("[^"]*(""[^"]*)*"(\t|\s*[\r\n]|$))+')
_WRITERS_QUOTES = re.compile(r'"[^"]*(""[^"]*)+"')


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
      line: 1-based line of its first cell.
      cells: as many as the file's line has.
      missing: columns that the file says nothing of here (JSON).
    """

    line: int
    cells: tuple[str, ...]
    missing: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Table:
    """A file's rows.

    Attributes:
      path: of the file.
      header: names of the columns; None where the file has none.
      rows: all others, in order; blank lines are left out.
    """

    path: str
    header: tuple[str, ...] | None
    rows: tuple[Row, ...]

    def index(self, column: Column) -> int:
        """Returns the index of a column, negative from the end.

        Raises:
          InputError: the header has no such name, or more than one, or there
            is no header to look in.
        """
        if isinstance(column, int):
            return column
        if self.header is None:
            raise InputError(
                "a column is named in a file without header",
                got=f"the column {column!r}",
                expected="an index, from 0, or a first line with names",
                next_step="give the column's index",
                path=self.path,
            )
        names = [name.casefold() for name in self.header]
        if names.count(column.casefold()) != 1:
            count = names.count(column.casefold())
            raise InputError(
                "a column is not found" if not count else "two columns alike",
                got=f"{column!r}",
                expected=f"one of {self.shown_header}",
                next_step="check the column's name, or give its index",
                path=self.path,
                line=1,
            )
        return names.index(column.casefold())

    @property
    def shown_header(self) -> str:
        """The columns' names for a message; how many, where one may be text."""
        names = tuple(dict.fromkeys(self.header or ()))
        if all(_COLUMN_NAME.fullmatch(name) for name in names):
            return ", ".join(names)
        return f"({len(names)}, whose names may be texts)"

    def has(self, column: Column) -> bool:
        """Returns whether the header names a column, or a row has it."""
        if isinstance(column, str):
            names = [name.casefold() for name in self.header or ()]
            return column.casefold() in names
        return any(-len(r.cells) <= column < len(r.cells) for r in self.rows)

    def is_blank(self, row: Row, index: int) -> bool:
        """Returns whether a cell is there and has nothing in it."""
        return index in row.missing or not self.cell(row, index).strip()

    def cell(self, row: Row, index: int) -> str:
        """Returns one cell.

        Raises:
          InputError: the row is too short, or lacks the key; its text is not
            shown.
        """
        if index in row.missing:
            raise InputError(
                "a value is missing",
                got=f"no {(self.header or ())[index]!r}",
                expected="one in each row",
                next_step="mend this line",
                path=self.path,
                line=row.line,
            )
        if -len(row.cells) <= index < len(row.cells):
            return row.cells[index]
        raise InputError(
            "a row is too short",
            got=f"{len(row.cells)} columns",
            expected=f"at least {index + 1 if index >= 0 else -index}",
            next_step="look for a line end or a missing tab in the row, or "
            "check which columns are asked for",
            path=self.path,
            line=row.line,
        )


def read_table(
    path: str,
    *,
    has_header: bool | None = None,
    names: Collection[str] = (),
) -> Table:
    """Reads a file of rows.

    Args:
      path: UTF-8, with or without byte-order mark; commas and quotes where
        its name ends in .csv, tabs elsewhere.
      has_header: whether the first row names the columns; None recognises it
        by `HEADER_NAMES` and `names`.
      names: of columns, that a header may have.

    Raises:
      InputError: the file cannot be read, or has no rows.
    """
    text = read_text(
        path,
        what="the corpus file",
        next_step="check --data_dir and the file's name",
    )
    if path.casefold().endswith(".csv"):
        rows = _csv_rows(text, path)
    else:
        rows = _tab_rows(text)
        if _all_quoted(text):
            rows = _csv_rows(text, path, separator="\t")
    if has_header is None:
        has_header = bool(rows) and _has_header(rows, names)
    header = None
    if has_header and rows:
        header = tuple(cell.strip() for cell in rows.pop(0).cells)
    if not rows:
        raise InputError(
            "a corpus file without rows",
            got="a header alone" if header else "blank lines alone",
            expected="at least one row",
            next_step="check the file, and whether its first line is taken "
            "for a header",
            path=path,
        )
    return Table(path, header, tuple(rows))


def _has_header(rows: Sequence[Row], names: Collection[str]) -> bool:
    """Returns whether the first row names the columns.

    A name does not come again below itself: "claim", "evidence" and "text"
    are labels of some corpora.
    """
    known = HEADER_NAMES | {name.casefold() for name in names}
    for index, cell in enumerate(rows[0].cells):
        name = cell.strip().casefold()
        if name in known and not any(
            index < len(row.cells)
            and row.cells[index].strip().casefold() == name
            for row in rows[1:]
        ):
            return True
    return False


def _tab_rows(text: str) -> list[Row]:
    return [
        Row(number, tuple(_unquoted(cell) for cell in line.split("\t")))
        for number, line in split_lines(text)
        if line.strip()
    ]


def _unquoted(cell: str) -> str:
    """Returns a cell without the quotes of a CSV writer.

    It puts them about a cell with quotes inside, and doubles those: a text
    has no such quotes of its own.
    """
    if cell[:1] != '"' or not _WRITERS_QUOTES.fullmatch(cell):
        return cell
    return cell[1:-1].replace('""', '"')


def _all_quoted(text: str) -> bool:
    """Returns whether quotes are about every cell, as no original has them."""
    return "\t" in text and bool(_ALL_QUOTED.fullmatch(text.strip()))


def _csv_rows(text: str, path: str, *, separator: str = ",") -> list[Row]:
    """Reads quoted cells, which may hold line ends.

    Raises:
      InputError: a quote is not closed: all rows up to the next would be one.
    """
    rows, first = [], 1
    # A note may be longer than the reader's usual 131072 characters.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    # Not str.splitlines: a cell may hold U+0085 or U+2028.
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(first, tuple(cells)))
            first = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            "a quoted cell has no end",
            got=str(error),
            expected='"..." about the whole cell, "" for a quote in it',
            next_step="mend the quotes, or separate by tabs, where quotes are "
            "characters like others",
            path=path,
            line=first,
        ) from error
    return rows


def column_of(value: str) -> Column:
    """Returns the index that a flag's text is, else the text: a name."""
    try:
        return int(value)
    except ValueError:
        return value.strip()


def check_columns(table: Table, columns: Sequence[Column]) -> list[int]:
    """Returns the columns' indices after a look at every row.

    Raises:
      InputError: a column is not there, or a row is too short.
    """
    indices = [table.index(column) for column in columns]
    for row in table.rows:
        for index in indices:
            table.cell(row, index)
    return indices

"""Tables of notes -> notes, one after the other.

NOTEEVENTS.csv of MIMIC-III, discharge.csv and radiology.csv of MIMIC-IV-Note,
or any CSV whose columns are named; all of them also as .gz. Quoted fields hold
line ends and doubled quotation marks, as the csv module of Python reads them.
Nothing of a table is kept in memory but the note at hand.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from foundation import files
from foundation.errors import InputError

_WHAT = "the table of notes"
_NEXT_STEP = "give --notes_file a NOTEEVENTS.csv, or a table like it"
_BLOCK_BYTES = 1 << 18  # read at a time
_LONGEST_FIELD = 1 << 24  # characters: MIMIC's longest note has 55,000
# Of the columns that MIMIC-III and MIMIC-IV-Note have, in lower case.
_USUAL = {
    "text": ("text",),
    "category": ("category", "note_type"),
    "patient": ("subject_id",),
    "row_id": ("row_id", "note_id"),
    "time": ("charttime", "chartdate"),
}
# An id that can be no word of a note: 1234, MIMIC-IV's 10000032-DS-21.
_NUMBER_LIKE = re.compile(r"\d+(-[A-Z]{2}-\d+)?")

_YEAR_FIRST = re.compile(
    r"(\d{4})\D(\d{1,2})\D(\d{1,2})"
    r"(?:\D+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?"
)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The names of a table's columns; "" = MIMIC's names, where it has them.

    Attributes:
      text: of the notes; the one that must be there.
      category: their kind.
      patient: whose notes they are.
      row_id: what a note is called.
      time: when it was written; of MIMIC-III the second (CHARTTIME), or where
        a note lacks it the day (CHARTDATE).
    """

    text: str = ""
    category: str = ""
    patient: str = ""
    row_id: str = ""
    time: str = ""


@dataclass(frozen=True)
class Note:
    """One row of a table.

    Attributes:
      row: its number among the rows of all tables, from 1.
      row_id: what its table calls it, where that is a number; else "".
      patient: whose it is; "" = not known.
      category: as in the table.
      time: digits of year, month, ... second; 0 = not known.
      text: bytes that are not UTF-8 are in it as lone surrogates.
      num_missing: how many columns the row has less than the header (or more,
        negative); such a row has no text.
    """

    row: int
    row_id: str
    patient: str
    category: str
    time: int
    text: str
    num_missing: int = 0


def read_notes(
    paths: Sequence[str],
    columns: Columns,
    *,
    read: Callable[[int], object] = lambda _count: None,
) -> Iterator[Note]:
    """Yields the notes of some tables, in order.

    Args:
      paths: CSV files; what ends in .gz is decompressed.
      columns: their names.
      read: hears how many more bytes of the files have been read.

    Raises:
      InputError: a table without a column that is needed, with quotation
        marks that do not close, or a damaged .gz.
    """
    row = 0
    for path in paths:
        files.check_readable(path, what=_WHAT, next_step=_NEXT_STEP)
        for note in _of_table(path, columns, row=row, read=read):
            row = note.row
            yield note


def check_columns(path: str, columns: Columns, needed: Sequence[str]) -> None:
    """Looks at a table's header alone.

    Args:
      path: of the table.
      columns: their names.
      needed: which of the attributes of `Columns` must be found.

    Raises:
      InputError: one is not there.
    """
    files.check_readable(path, what=_WHAT, next_step=_NEXT_STEP)
    with _rows_of(path, _Place()) as (rows, _):
        found = _columns_of(path, next(rows, []), columns)
    for role in needed:
        if not found[role]:
            raise _no_column(path, role, _USUAL[role])


@dataclass
class _Place:
    """Where a reader is: rows read of all tables, lines of this one."""

    row: int = 0
    line: int = 1


def _of_table(
    path: str,
    columns: Columns,
    *,
    row: int,
    read: Callable[[int], object],
) -> Iterator[Note]:
    place = _Place(row)
    position = 0
    with _rows_of(path, place) as (rows, raw):
        header: list[str] = next(rows, [])
        places = _columns_of(path, header, columns)
        place.line = rows.line_num + 1
        for fields in rows:
            place.line = rows.line_num + 1
            if not fields:  # a blank line is no row
                continue
            place.row += 1
            yield _note(place.row, fields, places, num_columns=len(header))
            if raw.tell() != position:
                read(raw.tell() - position)
                position = raw.tell()


@contextlib.contextmanager
def _rows_of(path: str, place: _Place) -> Iterator[tuple[Any, IO[Any]]]:
    """Opens a table; what is wrong with it is told with the place."""
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        with files.open_file(path, "rb") as raw:
            yield csv.reader(_lines(path, raw), strict=True), raw
    except csv.Error as error:
        raise InputError(
            f"{_WHAT} is not as CSV is",
            got="a quotation mark that does not close, or characters behind "
            f"one that does; {place.row} rows are read",
            expected='fields in quotation marks, each mark inside as ""',
            next_step="look at the row that begins in this line",
            path=path,
            line=place.line,
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"{_WHAT} is damaged",
            got=f"{type(error).__name__} after {place.row} rows",
            expected="a whole .gz file",
            next_step="copy it again, or test it with `gzip -t`",
            path=path,
        ) from error


def _lines(path: str, raw: IO[Any]) -> Iterator[str]:
    r"""Yields lines, each with its \n; a byte-order mark is dropped."""
    opened = gzip.GzipFile(fileobj=raw) if path.endswith(".gz") else raw
    # What is not UTF-8 tells later which note is at fault.
    decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
    pending = ""
    while block := opened.read(_BLOCK_BYTES):
        *lines, pending = (pending + decoder.decode(block)).split("\n")
        for line in lines:
            yield line + "\n"
        if len(pending) > _LONGEST_FIELD:
            raise csv.Error("a line without an end")
    pending += decoder.decode(b"", final=True)
    if pending:
        yield pending


def _columns_of(
    path: str, header: Sequence[str], columns: Columns
) -> dict[str, tuple[int, ...]]:
    """Returns where the columns of each role are; the first filled counts."""
    names = [name.strip().lower() for name in header]
    places: dict[str, tuple[int, ...]] = {}
    for role, usual in _USUAL.items():
        asked: str = getattr(columns, role)
        wanted = (asked.strip().lower(),) if asked else usual
        places[role] = tuple(names.index(x) for x in wanted if x in names)
        if not places[role] and (asked or role == "text"):
            raise _no_column(path, role, wanted)
    return places


def _no_column(path: str, role: str, wanted: Sequence[str]) -> InputError:
    flag = {"row_id": "id"}.get(role, role)
    return InputError(
        f"{_WHAT} lacks a column",
        got="no " + " or ".join(wanted) + " in its first line",
        expected="the names of the columns in the first line",
        next_step=f"name it with --{flag}_column",
        path=path,
        line=1,
    )


def _note(
    row: int,
    fields: Sequence[str],
    places: dict[str, tuple[int, ...]],
    *,
    num_columns: int,
) -> Note:
    missing = num_columns - len(fields)
    if missing:
        return Note(row, "", "", "", 0, "", missing)

    def value(role: str) -> str:
        for place in places[role]:
            if found := fields[place].strip():
                return found
        return ""

    row_id = value("row_id")
    return Note(
        row,
        row_id if _NUMBER_LIKE.fullmatch(row_id) else "",
        value("patient"),
        value("category"),
        _time(value("time")),
        fields[places["text"][0]],
    )


def _time(value: str) -> int:
    r"""Returns "2155-03-03 14:59:00" as 21550303145900, days as midnight.

    Also without the zeros, and written together. Not known (0) is what begins
    with a day or a month: of "3/4/2155" nobody can say which.
    """
    if value[:8].isdecimal():
        return int("".join(re.findall(r"\d", value))[:14].ljust(14, "0"))
    found = _YEAR_FIRST.match(value)
    if found is None:
        return 0
    return int("".join((part or "").zfill(2) for part in found.groups()))

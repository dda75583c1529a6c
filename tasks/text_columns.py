"""Which column of a table holds what, by name or by index.

Names are looked for before indices. A column that already has a part is not
taken for another one: an index that is right for one project's file would
read the text of another's as its label, without a word (originals.md 6.7).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from foundation.errors import InputError
from tasks.tables import Column, Table
from tasks.text_corpus import Layout

_FLAGS = "name the columns: --text_col, --text_b_col, --label_col"


@dataclass(frozen=True)
class TextColumns:
    """Indices of a table's columns, from 0.

    Attributes:
      text_a: of the first text.
      text_b: of the second; None where texts are single.
      label: of the label; None where there is none.
      example_id: of the id; None where rows are counted.
      choices: of the texts to choose from.
      only: of the column that tells which rows are taken.
    """

    text_a: int
    text_b: int | None = None
    label: int | None = None
    example_id: int | None = None
    choices: tuple[int, ...] = ()
    only: int | None = None


def find_columns(
    layout: Layout, table: Table, *, needs_label: bool
) -> TextColumns:
    """Returns the columns of a table.

    Args:
      layout: candidates of each.
      table: whose header and rows tell which are there.
      needs_label: whether a table without labels is refused.

    Raises:
      InputError: the table lacks one that is needed.
    """
    finder = _Finder(table, takes_indices=layout.reader == "table")
    wanted: dict[str, tuple[Sequence[Column], bool]] = {
        "text": (layout.text_a, True),
        "second text": (
            layout.text_b,
            bool(layout.text_b) and not layout.may_be_single,
        ),
        "id": (layout.example_id, False),
        "label": (layout.label, needs_label),
    }
    found = {
        part: finder.by_name(columns) for part, (columns, _) in wanted.items()
    }
    is_unlabelled = (
        not needs_label
        and found["text"] is not None
        and _lacks_names(layout.label, table)
    )
    for part, (columns, is_needed) in wanted.items():
        if found[part] is not None:
            continue
        if part == "label" and is_unlabelled:
            continue
        found[part] = finder.by_index(columns, is_needed=is_needed)
        if found[part] is None and is_needed:
            raise _no_column(part, columns, table=table)
    text_a = found["text"]
    assert text_a is not None
    return TextColumns(
        text_a=text_a,
        text_b=found["second text"],
        label=found["label"],
        example_id=found["id"],
        choices=tuple(table.index(column) for column in layout.choices),
        only=None if layout.only is None else table.index(layout.only[0]),
    )


def _lacks_names(columns: Sequence[Column], table: Table) -> bool:
    """Returns whether columns have names, and the header none of them."""
    names = [column for column in columns if isinstance(column, str)]
    return bool(names) and not any(table.has(name) for name in names)


class _Finder:
    """Hands out the columns of a table, each once."""

    def __init__(self, table: Table, *, takes_indices: bool) -> None:
        self._table = table
        self._takes_indices = takes_indices
        widths = Counter(len(row.cells) for row in table.rows)
        self._width = max(widths, key=lambda width: (widths[width], width))
        self._taken: set[int] = set()

    def by_name(self, columns: Sequence[Column]) -> int | None:
        """Returns the first one that the header names and rows have."""
        for name in columns:
            if isinstance(name, int) or not self._table.has(name):
                continue
            index = self._table.index(name)
            # BLUE's HoC files have four names over three columns.
            if index < self._width and index not in self._taken:
                self._taken.add(index)
                return index
        return None

    def by_index(
        self, columns: Sequence[Column], *, is_needed: bool
    ) -> int | None:
        """Returns the first one that rows have and nothing else is in.

        Counted from the end of a usual row: of a row that lost a cell, the
        last one is not the last column. A needed one that no row has is
        returned too: reading it says that the rows are too short.
        """
        if not self._takes_indices:
            return None
        beyond = None
        for index in columns:
            if isinstance(index, str):
                continue
            place = index if index >= 0 else index + self._width
            if not 0 <= place < self._width:
                beyond = index
            elif place not in self._taken:
                self._taken.add(place)
                return place
        return beyond if is_needed else None


def _no_column(
    part: str, columns: Sequence[Column], *, table: Table
) -> InputError:
    header = table.header
    return InputError(
        f"no column of the {part}",
        got=f"the columns {table.shown_header}" if header else "no header",
        expected=" or ".join(map(str, columns)) or "one that is named",
        next_step=_FLAGS,
        path=table.path,
        line=1 if header else table.rows[0].line,
    )

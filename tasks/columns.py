"""How the columns of a corpus file are separated and what they hold.

A corpus file says nothing about itself, so the separator and a header line
are guessed from the lines, by rules that would rather refuse than be wrong.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from foundation.errors import InputError

TAB, SPACE, COMMA = "\t", " ", ","
_NAMES = {"tab": TAB, "\\t": TAB, "space": SPACE, "comma": COMMA}
_SPOKEN = {TAB: "tabs", SPACE: "spaces", COMMA: "commas"}
# ASCII only: U+00A0 and its like are part of a word, as in "10 mg".
_SPACES = re.compile(r"[ \t]+")

_SAMPLE = 1000  # lines looked at to guess the separator

# Cells of a header line, in lower case. None of them can be a tag.
_TAG_HEADERS = frozenset(
    {"tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "ne_tag"}
    | {"bio", "bio_tag", "iob", "iob_tag", "entity", "named_entity"}
)
_WORD_HEADERS = frozenset({"word", "words", "token", "tokens", "text", "form"})
_SENTENCE_HEADERS = frozenset(
    {"sentence #", "sentence", "sentence_id", "sentence id", "sent_id"}
)
_TAG_START = re.compile(r"[a-z](-|$)")  # of B-x, I, O and their like

Line = tuple[int, str]  # 1-based number, text without its line end


@dataclass(frozen=True)
class Layout:
    """What each line of one file holds.

    Attributes:
      separator: a tab, a comma, another character, or a space, which stands
        for any run of spaces and tabs.
      word_column: index of the word; negative counts from the end.
      tag_column: index of the tag; None in a file without tags.
      sentence_column: index of a column that changes, or is filled, where a
        sentence starts; None where blank lines separate sentences.
      quoted: every cell stands in double quotes.
      has_header: the first line names the columns.
    """

    separator: str
    word_column: int = 0
    tag_column: int | None = -1
    sentence_column: int | None = None
    quoted: bool = False
    has_header: bool = False

    @property
    def least_columns(self) -> int:
        """The fewest columns in which word and tag are two cells."""
        word, tag = self.word_column, self.tag_column
        least = word + 1 if word >= 0 else -word
        if tag is None:
            return least
        least = max(least, tag + 1 if tag >= 0 else -tag)
        return least + 1 if word % least == tag % least else least

    def split(self, text: str) -> list[str]:
        """Splits one line into its cells."""
        if self.separator == SPACE:
            return _SPACES.split(text.strip(" \t"))
        if self.quoted or self.separator == COMMA:
            return next(csv.reader([text], delimiter=self.separator), [])
        return text.split(self.separator)

    def is_blank(self, text: str) -> bool:
        """Returns whether a line holds separators and spaces only."""
        return not text.strip(self.separator + " \t")


def split_lines(text: str) -> list[Line]:
    """Splits at line feeds only (or, without any, at carriage returns).

    `str.splitlines` would also split inside words, at U+0085 or U+2028.
    """
    if "\n" not in text:
        text = text.replace("\r", "\n")
    return [
        (number, line.removesuffix("\r"))
        for number, line in enumerate(text.split("\n"), 1)
    ]


def read_separator(name: str) -> str:
    """Turns "tab", "space", "comma" or one character into that character."""
    separator = _NAMES.get(name.lower(), name)
    if len(separator) != 1 or separator in '\n\r"':
        raise InputError(
            "the separator is not one character",
            got=repr(name),
            expected="tab, space, comma or a single character",
            next_step="leave it out to have it recognised",
        )
    return separator


def guess_layout(lines: Sequence[Line], layout: Layout | None) -> Layout:
    """Completes what is known about a file from its lines.

    Args:
      lines: the lines that are not blank.
      layout: the columns asked for; its separator "" means: guess.
    """
    layout = layout or Layout("")
    texts = [text for _, text in lines[:_SAMPLE]]
    layout = replace(
        layout, separator=layout.separator or guess_separator(texts)
    )
    layout = replace(layout, quoted=_all_quoted(texts, layout))
    return _with_header(lines, layout)


def guess_separator(texts: Sequence[str]) -> str:
    """Returns the separator that most lines hold: tab, comma, then spaces."""
    most = len(texts) / 2
    if sum(TAB in text for text in texts) > most:
        return TAB
    if _is_comma_separated(texts):
        return COMMA
    return SPACE


def _is_comma_separated(texts: Sequence[str]) -> bool:
    """Tells a CSV from a spaced file in which commas are words.

    In a CSV nearly all lines have the same number of commas; in the other
    kind only the few lines about a comma have one.
    """
    counts = [len(next(csv.reader([text]), [])) for text in texts]
    usual = max(set(counts), key=counts.count, default=0)
    return usual > 1 and counts.count(usual) >= 0.9 * len(counts)


def _all_quoted(texts: Sequence[str], layout: Layout) -> bool:
    """Returns whether every last cell is in quotes, as a tag never is."""
    if layout.separator == SPACE or layout.tag_column is None:
        return False
    last = [text.split(layout.separator)[-1].strip() for text in texts]
    return bool(last) and all(
        len(cell) > 2 and cell[0] == cell[-1] == '"' for cell in last
    )


def _with_header(lines: Sequence[Line], layout: Layout) -> Layout:
    """Recognises a first line that names the columns.

    Its tag cell must be a known name of such a column, or stand beside a known
    name of the word column and be no tag; and it must be the tag of no other
    line: "label" could be somebody's class.
    """
    if len(lines) < 2 or layout.tag_column is None:
        return layout
    names = [cell.strip().casefold() for cell in layout.split(lines[0][1])]
    tag = _cell(names, layout.tag_column)
    word_column = layout.word_column
    named = tag in _TAG_HEADERS or (
        _cell(names, word_column) in _WORD_HEADERS
        and not _TAG_START.match(tag or "o")
    )
    if not named or any(
        (_cell(layout.split(text), layout.tag_column) or "").casefold() == tag
        for _, text in lines[1:]
    ):
        return layout
    words = [i for i, name in enumerate(names) if name in _WORD_HEADERS]
    if _cell(names, word_column) not in _WORD_HEADERS and len(words) == 1:
        word_column = words[0]
    sentences = [
        i
        for i, name in enumerate(names)
        if name in _SENTENCE_HEADERS and i != word_column
    ]
    return replace(
        layout,
        has_header=True,
        word_column=word_column,
        sentence_column=sentences[0] if sentences else None,
    )


def _cell(cells: Sequence[str], column: int) -> str | None:
    if -len(cells) <= column < len(cells):
        return cells[column]
    return None


def split_row(
    line: Line, layout: Layout, *, num_columns: int, path: str
) -> list[str]:
    """Splits a line and checks its number of cells.

    Args:
      line: its number and text.
      layout: the file's layout.
      num_columns: what the first line had; 0 for the first line itself.
        Files separated by spaces may vary, since only the first and the last
        cell are read (as in the originals).
      path: for the message.

    Raises:
      InputError: a wrong number of columns; the text is not shown.
    """
    number, text = line
    cells = layout.split(text)
    least = layout.least_columns
    from_ends = layout.word_column == 0 and layout.tag_column in (-1, None)
    may_vary = layout.separator == SPACE and from_ends
    wanted = num_columns or len(cells)
    if len(cells) >= least and (may_vary or len(cells) == wanted):
        return cells
    spoken = _SPOKEN.get(layout.separator, repr(layout.separator))
    at_least = may_vary or wanted == len(cells)
    expected = f"at least {least}" if at_least else wanted
    raise InputError(
        "wrong number of columns",
        got=f"{len(cells)} separated by {spoken} in a line of "
        f"{len(text)} characters",
        expected=expected,
        next_step="check that the line has a word and a tag and that the "
        "whole file uses one separator",
        path=path,
        line=number,
    )

"""Lines -> paragraphs: which breaks of line somebody meant.

Clinical notes are wrapped at some 76 columns and also made of headings, lists
and short statements, one a line. A break that a wrapping program made is a
space; every other one ends a sentence. They are told apart as a person does
it: the program only breaks a line when the next word has no room on it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from preprocessing.word_spans import Span

# Lines outside these lengths were not made by a wrapping program.
_NARROWEST_WRAP = 40
_WIDEST_WRAP = 132  # columns of a line printer
# Before a small letter a break is a wrapping program's, unless the line is
# this much shorter than the others: people wrap raggedly, but not that much.
_SHORT = 0.6
# A line this much longer than the others was not wrapped with them.
_LONG = 1.25
# Of the lengths of wrapped lines, what stands for the width: the very longest
# may be a line that somebody left too long.
_WIDTH_QUANTILE = 0.9
_SHORTEST_RULE = 3  # columns; less may be a full stop that was wrapped
_NEVER_FIRST = ".,;:!?)]}%"  # in a sentence

_LINE = re.compile("([^\r\n\u2028\u2029]*)(\r\n|[\r\n\u2028\u2029]|\\Z)")
_LIST_ITEM = re.compile(r"[-*+•·▪◦‣]\s|\(?(?:\d{1,3}|[A-Za-z])[.)]\s")
_WORD = re.compile(r"\S+")
_INNER_END = re.compile(r"[^\W\d_][.?!:]\s")


@dataclass(frozen=True)
class _Line:
    """A line that is not blank.

    Attributes:
      start: of its first character that is no white space, in the text.
      end: of its last one, exclusive.
      width: columns up to there, those before `start` included.
      text: between `start` and `end`.
      after_blank: it is the first, or a blank line is before it.
    """

    start: int
    end: int
    width: int
    text: str
    after_blank: bool


def paragraph_spans(text: str) -> list[Span]:
    """Returns the runs of lines of `text` that only a wrapping broke.

    They are stripped of white space, do not overlap, and together hold every
    character that is no white space.
    """
    lines = _lines(text)
    width = _wrap_width(lines)
    spans: list[Span] = []
    for position, line in enumerate(lines):
        if position and _goes_on(lines[position - 1], line, width=width):
            spans[-1] = (spans[-1][0], line.end)
        else:
            spans.append((line.start, line.end))
    return spans


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    after_blank = True
    for match in _LINE.finditer(text):
        stripped = match[1].strip()
        if not stripped:
            after_blank = True
            continue
        indent = len(match[1]) - len(match[1].lstrip())
        start = match.start() + indent
        lines.append(
            _Line(
                start,
                start + len(stripped),
                indent + len(stripped),
                stripped,
                after_blank,
            )
        )
        after_blank = False
    return lines


def _wrap_width(lines: Sequence[_Line]) -> int:
    """Returns the columns that the text is wrapped at; 0 if it is not.

    What shows it: a line that goes on in the next with a small letter.
    """
    widths = sorted(
        line.width
        for line, following in itertools.pairwise(lines)
        if _NARROWEST_WRAP <= line.width <= _WIDEST_WRAP
        and not following.after_blank
        and following.text[0].islower()
    )
    return widths[int(_WIDTH_QUANTILE * len(widths))] if widths else 0


def _goes_on(line: _Line, following: _Line, *, width: int) -> bool:
    """Returns whether the break between two lines is a wrapping program's."""
    if (
        following.after_blank
        or line.width > _WIDEST_WRAP
        or _is_heading(line.text)
        or _LIST_ITEM.match(following.text)
        or _is_rule(line.text)
        or _is_rule(following.text)
    ):
        return False
    first = following.text[0]
    if first.islower() or first in _NEVER_FIRST:
        return line.width > _SHORT * width > 0
    word = _WORD.match(following.text)
    room = line.width + 1 + (len(word[0]) if word else 0)
    return width < room and line.width <= _LONG * width


def _is_heading(text: str) -> bool:
    """Recognises "Plan:", not "She is married. Status:", a line's end only."""
    return text.endswith(":") and _INNER_END.search(text) is None


def _is_rule(text: str) -> bool:
    """Recognises what is drawn and not written, as "______"."""
    return len(text) >= _SHORTEST_RULE and not any(map(str.isalnum, text))

"""Characters <-> line and token, as i2b2's .con and .extent files count.

Lines count from 1, tokens from 0; a token is what white space separates, so
that blanks at the start of a line make no token.
"""

from __future__ import annotations

import bisect
import re

from preprocessing.word_spans import Span

_TOKEN = re.compile(r"\S+")


class LineTokens:
    """The tokens of a text, by line."""

    def __init__(self, text: str) -> None:
        self._lines: list[list[Span]] = []
        self._starts: list[int] = []
        start = 0
        for line in text.split("\n"):
            self._starts.append(start)
            tokens = [
                (start + match.start(), start + match.end())
                for match in _TOKEN.finditer(line)
            ]
            self._lines.append(tokens)
            start += len(line) + 1

    def span(
        self, first: tuple[int, int], last: tuple[int, int]
    ) -> Span | None:
        """Returns the characters from a token to another, both included.

        None where there is no such token, or the last is before the first.
        """
        ends = []
        for line, token in (first, last):
            if not 1 <= line <= len(self._lines):
                return None
            if token >= len(self._lines[line - 1]):
                return None
            ends.append(self._lines[line - 1][token])
        start, end = ends[0][0], ends[1][1]
        return (start, end) if start < end else None

    def widened(
        self, span: Span
    ) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Returns the first and the last token that a span touches.

        None where it touches none.
        """
        first, last = self._line_at(span[0]), self._line_at(span[1] - 1)
        touched = [
            (line + 1, index)
            for line in range(first, last + 1)
            for index, (start, end) in enumerate(self._lines[line])
            if start < span[1] and end > span[0]
        ]
        return (touched[0], touched[-1]) if touched else None

    def _line_at(self, position: int) -> int:
        return bisect.bisect_right(self._starts, position) - 1

    def lines(self) -> list[Span]:
        """Returns the lines that hold tokens, from the first to the last."""
        return [(t[0][0], t[-1][1]) for t in self._lines if t]

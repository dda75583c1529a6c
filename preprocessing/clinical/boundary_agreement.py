"""How far two splitters, or a splitter and a person, agree on sentences.

A boundary is where a sentence starts, the first of each text apart: that one
is never in question. Starts are stripped of white space, so that it does not
matter to which sentence a splitter gives a line's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from preprocessing.clinical.sentences import SentenceSplitter
from preprocessing.word_spans import Span


@dataclass(frozen=True)
class Agreement:
    """Boundaries of one side beside those of the other, counted.

    Attributes:
      common: boundaries of both.
      found: of the first side.
      expected: of the second, the reference.
    """

    common: int = 0
    found: int = 0
    expected: int = 0

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(
            self.common + other.common,
            self.found + other.found,
            self.expected + other.expected,
        )

    @property
    def precision(self) -> float:
        """The share of `found` that the reference has; 1 of nothing."""
        return self.common / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of `expected` that was found; 1 of nothing."""
        return self.common / self.expected if self.expected else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 1 if neither side has a boundary."""
        both = self.found + self.expected
        return 2 * self.common / both if both else 1.0


def agreement(found: Sequence[Span], expected: Sequence[Span]) -> Agreement:
    """Returns the agreement on one text, given its sentences in order."""
    ours = {start for start, _ in found[1:]}
    theirs = {start for start, _ in expected[1:]}
    return Agreement(len(ours & theirs), len(ours), len(theirs))


def boundary_agreement(
    a: SentenceSplitter, b: SentenceSplitter, texts: Iterable[str]
) -> Agreement:
    """Returns the agreement of two splitters on texts, `b` the reference."""
    return sum((agreement(a(text), b(text)) for text in texts), Agreement())

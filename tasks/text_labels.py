"""The label cells of a corpus to labels, whatever their spelling.

ChemProt's classes are cpr:3 in one project and CPR:3 in another, HoC's are
"0_0,1_1,..." or names; a label is found by its lower-case form (originals.md
9.5, R1 and R2).
"""

from __future__ import annotations

import math
import re

from foundation.errors import InputError
from tasks.tables import Table
from tasks.text_corpus import TextCorpus

Label = str | tuple[str, ...] | float
_ASPECTS = re.compile(r"\d+_-?\d+(,\d+_-?\d+)*")  # BlueBERT's "0_0,1_1"
_LETTERS = "ABCDEFGH"
# What an error may show: a label of another numbering. A word can be a name.
_NUMBER = re.compile(r"-?\d{1,2}(\.\d{1,2})?")


class LabelReader:
    """Reads label cells.

    Args:
      corpus: whose labels; without any a cell is its label.
    """

    def __init__(self, corpus: TextCorpus) -> None:
        self._corpus = corpus
        self._known = {name.casefold(): name for name in corpus.labels or ()}
        self._known |= corpus.spellings

    @property
    def knows_labels(self) -> bool:
        """Whether not every cell is a label."""
        corpus = self._corpus
        return corpus.labels is not None or corpus.kind == "score"

    def read(self, cell: str, *, table: Table, line: int) -> Label:
        """Returns the label of a cell: a name, several names or a number.

        Raises:
          InputError: it is none of the corpus; text is not shown.
        """
        cell = cell.strip()
        read = {
            "classes": self._one,
            "labels": self._several,
            "score": self._score,
            "choice": self._choice,
        }[self._corpus.kind]
        label = read(cell)
        if label is None:
            raise InputError(
                "unknown label",
                got=cell
                if _NUMBER.fullmatch(cell)
                else f"{len(cell)} characters",
                expected=self._expected(),
                next_step="correct the file, or the column: --label_col",
                path=table.path,
                line=line,
            )
        return label

    def _one(self, cell: str) -> str | None:
        if self._corpus.labels is None:
            return cell or None
        return self._known.get(cell.casefold())

    def _several(self, cell: str) -> tuple[str, ...] | None:
        """Reads names with commas between; the same set is the same tuple."""
        labels = self._corpus.labels
        if labels and _ASPECTS.fullmatch(cell):
            return self._aspects(cell)
        names = {part.strip() for part in cell.split(",") if part.strip()}
        if labels is None:
            return tuple(sorted(names))
        found = {self._known.get(name.casefold()) for name in names}
        if None in found:
            return None
        return tuple(label for label in labels if label in found)

    def _aspects(self, cell: str) -> tuple[str, ...] | None:
        """Reads BlueBERT's form: aspect i has value 1 where it holds."""
        labels = self._corpus.labels or ()
        pairs = [part.split("_") for part in cell.split(",")]
        if any(int(index) >= len(labels) for index, _ in pairs):
            return None
        held = {int(index) for index, value in pairs if value == "1"}
        return tuple(labels[index] for index in sorted(held))

    def _score(self, cell: str) -> float | None:
        try:
            value = float(cell)
        except ValueError:
            return None
        lowest, highest = self._corpus.score_range or (-math.inf, math.inf)
        return value if lowest <= value <= highest else None

    def _choice(self, cell: str) -> str | None:
        letter = cell.upper()
        known = self._corpus.labels or tuple(_LETTERS)
        return letter if letter in known else None

    def _expected(self) -> str:
        corpus = self._corpus
        if corpus.kind == "score":
            if corpus.score_range is None:
                return "a number"
            return "a number from {:g} to {:g}".format(*corpus.score_range)
        if corpus.labels:
            return f"one of {', '.join(corpus.labels)}"
        return "a label"

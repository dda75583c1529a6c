"""Many lines -> the ids of their pieces in one array: the bulk path.

`Tokenizer.encode` makes a list for every text, which is what a sentence
wants. A corpus wants none: a `LineEncoder` turns a block of text as it lies in
the file into two arrays, and gives the same ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
import numpy.typing as npt

from preprocessing.tokenization import Tokenizer


@dataclass(frozen=True)
class LineIds:
    """The pieces of some lines.

    Attributes:
      ids: int32 [number of pieces], line after line, no [CLS] and [SEP].
      lengths: int64 [number of lines], pieces of each; 0 where none is kept.
    """

    ids: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int64]

    def with_late(
        self,
        late: Sequence[Sequence[int]],
        *,
        positions: npt.NDArray[np.int64],
        lines: npt.NDArray[np.int64],
    ) -> LineIds:
        """Returns these with what the quick way left for the readable one.

        Args:
          late: runs of pieces.
          positions: int64 [runs], before which of `ids` each belongs.
          lines: int64 [runs], the index of the line of each.
        """
        if not late:
            return self
        counts = np.array(list(map(len, late)), np.int64)
        added = np.fromiter(chain.from_iterable(late), np.int32, counts.sum())
        lengths = self.lengths.copy()
        np.add.at(lengths, lines, counts)
        ids = np.insert(self.ids, np.repeat(positions, counts), added)
        return LineIds(ids, lengths)


class LineEncoder(Protocol):
    """What turns blocks of text into ids."""

    @property
    def tokenizer(self) -> Tokenizer:
        """Whose ids they are."""

    def encode(self, text: bytes) -> LineIds:
        r"""Returns the ids of lines.

        Args:
          text: valid UTF-8 without \r; every line, the last too, ends in \n.
        """

    def is_blank(self, line: bytes) -> bool:
        """Returns whether a line without pieces ends a document.

        White space does; a line of control characters alone does not.
        """

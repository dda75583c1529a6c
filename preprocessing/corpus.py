"""Documents as sentences of piece ids, in flat arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Corpus:
    """Documents in the order of the files, none empty, no sentence empty.

    Attributes:
      pieces: uint16 [num_pieces], int32 for a vocabulary of more than 65,535;
        V for unknown SentencePieces inside words (see
        `VocabularyFacts.unk_inside_word`).
      sentence_starts: int64 [num_sentences + 1], offsets into `pieces`.
      document_starts: int64 [num_documents + 1], offsets into the sentences.
      sentence_hashes: uint64 [num_sentences], of their text; None where
        nobody asked for them.
    """

    pieces: np.ndarray
    sentence_starts: np.ndarray
    document_starts: np.ndarray
    sentence_hashes: np.ndarray | None = None

    @property
    def num_pieces(self) -> int:
        """How many pieces all documents have."""
        return len(self.pieces)

    @property
    def num_sentences(self) -> int:
        """How many sentences all documents have."""
        return len(self.sentence_starts) - 1

    @property
    def num_documents(self) -> int:
        """How many documents there are."""
        return len(self.document_starts) - 1

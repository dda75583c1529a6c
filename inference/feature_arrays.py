"""Vectors of pieces -> arrays: of pieces, words, and whole rows.

| asked for | arrays |
|---|---|
| always | `layers` int32 [L]; `num_pieces`, `num_cut` int32 [rows] |
| tokens | `token_vectors` float32 [pieces, L, D]; `input_ids`, `segment_ids` |
| | int32 [pieces]; `token_rows` int64 [rows + 1] |
| words | `word_vectors` float32 [words, L, D]; `word_starts`, `word_ends`, |
| | `word_num_pieces` int32 [words]; `word_rows` int64 [rows + 1] |
| mean, cls | `mean`, `cls` float32 [rows, L, D] |
| pooled_output | `pooled_output` float32 [rows, D] |

The pieces of row i are `token_rows[i]` to `token_rows[i + 1]`, its words
alike. A word without a vector (cut off, or of nothing that is kept) has
`word_num_pieces` 0 and NaN.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inference.input_lines import InputRow
from inference.npz_writer import Layout, NpzWriter

VECTORS = ("tokens", "words", "mean", "cls", "pooled_output")
WORD_VECTORS = ("mean", "first")


def layout_of(
    vectors: Sequence[str], *, num_layers: int, hidden_size: int
) -> Layout:
    """Returns the arrays of a file; see above.

    Args:
      vectors: some of `VECTORS`.
      num_layers: L.
      hidden_size: D.
    """
    whole = (num_layers, hidden_size)
    layout: dict[str, tuple[str, tuple[int, ...]]] = {
        "layers": ("int32", ()),
        "num_pieces": ("int32", ()),
        "num_cut": ("int32", ()),
    }
    if "tokens" in vectors:
        layout["token_vectors"] = ("float32", whole)
        layout |= dict.fromkeys(("input_ids", "segment_ids"), ("int32", ()))
        layout["token_rows"] = ("int64", ())
    if "words" in vectors:
        layout["word_vectors"] = ("float32", whole)
        names = ("word_starts", "word_ends", "word_num_pieces")
        layout |= dict.fromkeys(names, ("int32", ()))
        layout["word_rows"] = ("int64", ())
    for name in ("mean", "cls"):
        if name in vectors:
            layout[name] = ("float32", whole)
    if "pooled_output" in vectors:
        layout["pooled_output"] = ("float32", (hidden_size,))
    return layout


class FeatureArrays:
    """Appends the vectors of rows to the arrays that were asked for.

    Args:
      writer: of the arrays of `layout_of`.
      vectors: some of `VECTORS`.
      layers: their indices.
      word_vector: "mean" of a word's pieces, or its "first" piece's.

    Attributes:
      num_words: so far.
      num_words_without: of them without a vector.
    """

    def __init__(
        self,
        writer: NpzWriter,
        vectors: Sequence[str],
        *,
        layers: Sequence[int],
        word_vector: str,
    ) -> None:
        self._writer = writer
        self._vectors = frozenset(vectors)
        self._word_vector = word_vector
        self._num_pieces = 0
        self.num_words = 0
        self.num_words_without = 0
        writer.append("layers", list(layers))
        for kind, name in (("tokens", "token_rows"), ("words", "word_rows")):
            if kind in self._vectors:
                writer.append(name, [0])

    def add(
        self, row: InputRow, vectors: np.ndarray, pooled: np.ndarray | None
    ) -> None:
        """Appends a row.

        Args:
          row: the next one.
          vectors: float32 [n, L, D].
          pooled: float32 [D], where the pooled output was asked for.
        """
        append = self._writer.append
        append("num_pieces", [len(row.input_ids)])
        append("num_cut", [row.num_cut])
        if "tokens" in self._vectors:
            self._num_pieces += len(row.input_ids)
            append("token_vectors", vectors)
            append("input_ids", row.input_ids)
            append("segment_ids", row.segment_ids)
            append("token_rows", [self._num_pieces])
        if "words" in self._vectors:
            self._add_words(row, vectors)
        if "mean" in self._vectors:
            append("mean", vectors.mean(axis=0, dtype=np.float64))
        if "cls" in self._vectors:
            append("cls", vectors[0])
        if "pooled_output" in self._vectors:
            append("pooled_output", pooled)

    def _add_words(self, row: InputRow, vectors: np.ndarray) -> None:
        assert row.words is not None
        found, counts = word_vectors(
            vectors, row.words, num_words=len(row.spans), kind=self._word_vector
        )
        spans = np.array(row.spans, np.int32).reshape(-1, 2)
        self.num_words += len(spans)
        self.num_words_without += int((counts == 0).sum())
        self._writer.append("word_vectors", found)
        self._writer.append("word_starts", spans[:, 0])
        self._writer.append("word_ends", spans[:, 1])
        self._writer.append("word_num_pieces", counts)
        self._writer.append("word_rows", [self.num_words])


def word_vectors(
    vectors: np.ndarray, words: np.ndarray, *, num_words: int, kind: str
) -> tuple[np.ndarray, np.ndarray]:
    """Returns a vector for each word, and the number of its pieces.

    Args:
      vectors: float32 [n, ...], of pieces.
      words: int32 [n], each piece's word; -1 = none.
      num_words: of the row.
      kind: "mean" or "first", of a word's pieces.

    Returns:
      float32 [words, ...], NaN for a word without pieces; int [words].
    """
    of_words = np.flatnonzero(words >= 0)
    of_words = of_words[np.argsort(words[of_words], kind="stable")]
    found, first, counts = np.unique(
        words[of_words], return_index=True, return_counts=True
    )
    result = np.full((num_words, *vectors.shape[1:]), np.nan, np.float32)
    pieces = np.zeros(num_words, np.int32)
    pieces[found] = counts
    if kind == "first":
        result[found] = vectors[of_words[first]]
    elif len(found):
        kept = vectors[of_words].astype(np.float64)
        sums = np.add.reduceat(kept, first, axis=0)
        shape = (-1, *[1] * (vectors.ndim - 1))
        result[found] = sums / counts.reshape(shape)
    return result, pieces

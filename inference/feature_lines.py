"""Vectors of pieces -> the JSON lines of BERT's extract_features.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO

import numpy as np

from inference.input_lines import InputRow
from preprocessing.tokenization import Tokenizer

_DECIMALS = 6  # extract_features.py
_LINE_KEY = "linex_index"  # spelled as there


class FeatureLines:
    """Writes a JSON object a row, as the original: values of six decimals.

    Args:
      file: receives UTF-8 text.
      tokenizer: knows the pieces.
      layers: their indices, in the order of the vectors.
    """

    def __init__(
        self, file: IO[str], *, tokenizer: Tokenizer, layers: Sequence[int]
    ) -> None:
        self._file = file
        self._tokenizer = tokenizer
        self._layers = tuple(layers)
        self._num_rows = 0

    def add(
        self, row: InputRow, vectors: np.ndarray, pooled: np.ndarray | None
    ) -> None:
        """Writes a row.

        Args:
          row: the next one.
          vectors: float32 [n, layers, D].
          pooled: not written.
        """
        del pooled
        # 1e6 times a float32 is exact in float64: as Python's `round`.
        values = vectors.astype(np.float64).round(_DECIMALS).tolist()
        pieces = self._tokenizer.pieces(row.input_ids.tolist())
        features = [
            {
                "token": piece,
                "layers": [
                    {"index": index, "values": of_layer}
                    for index, of_layer in zip(
                        self._layers, of_piece, strict=True
                    )
                ],
            }
            for piece, of_piece in zip(pieces, values, strict=True)
        ]
        line = {_LINE_KEY: self._num_rows, "features": features}
        self._file.write(json.dumps(line) + "\n")
        self._num_rows += 1

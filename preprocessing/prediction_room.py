"""Batches without the room for predictions that none of their rows uses.

BERT's and ALBERT's 20 places a row are nearly all in use. Blocks of text
without a cap (BioBERTpt) have 510 and use about 77: six times the products
with the vocabulary, and the memory for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

_ROUNDED = 16  # places: few different shapes are compiled

Batch = Mapping[str, np.ndarray]


def without_unused_room(batches: Sequence[Batch]) -> list[Batch]:
    """Returns batches with as many places a row as any of their rows uses.

    Args:
      batches: of one update; places that are not used come last in a row.
    """
    used = max(
        int(np.count_nonzero(b["masked_lm_weights"], axis=1).max())
        for b in batches
    )
    width = max(-(-used // _ROUNDED) * _ROUNDED, _ROUNDED)
    return [
        {
            name: v[:, :width] if name.startswith("masked_lm_") else v
            for name, v in batch.items()
        }
        for batch in batches
    ]

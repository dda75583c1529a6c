"""A checkpoint and new pieces -> the checkpoint with rows for these.

A row of the word embeddings and a value of the masked LM's bias start as the
mean of those of the pieces that the word was cut into. The output layer is the
embedding table, so the new piece's logit is the mean of its old pieces'
logits, in any context: never above the highest of them, so no first guess of
the model changes before it is trained. (The logarithm of the mean of
exponentials, the other mean that offers itself for a bias, would lift a word
above its pieces' mean, though it is rarer than any of them.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from foundation.errors import InputError
from modeling.weights.matching import is_slot
from modeling.weights.source import WeightSource

WORD_EMBEDDINGS = "bert/embeddings/word_embeddings"
OUTPUT_BIAS = "cls/predictions/output_bias"
_BY_PIECE = (WORD_EMBEDDINGS, OUTPUT_BIAS)
# Where Hugging Face's config unties it from the embeddings.
_UNTIED = ("cls.predictions.decoder.weight", "predictions.decoder.weight")


class PieceRows:
    """A `WeightSource` with rows for new pieces; optimizer slots are left out.

    Args:
      source: where the weights are.
      rows: id of a new piece -> ids of the pieces it starts from. New ids
        replace rows, or follow the last one without a gap.

    Attributes:
      path: of the source.
      shapes: name -> shape, with the new rows.
      num_slots: optimizer slots that were left out.
      vocab_size: rows of the embedding table.

    Raises:
      InputError: no word embeddings, a bias of another length, or an output
        layer of its own.
    """

    def __init__(
        self, source: WeightSource, rows: Mapping[int, Sequence[int]]
    ) -> None:
        old_size = _old_size(source)
        self.path = source.path
        self._source = source
        self._rows = dict(sorted(rows.items()))
        added = [i for i in self._rows if i >= old_size]
        if added != list(range(old_size, old_size + len(added))):
            raise ValueError(f"{len(added)} new ids do not follow {old_size}")
        self.vocab_size = old_size + len(added)
        kept = {n: s for n, s in source.shapes.items() if not is_slot(n)}
        self.num_slots = len(source.shapes) - len(kept)
        self.shapes: Mapping[str, tuple[int, ...]] = {
            name: (self.vocab_size, *shape[1:]) if name in _BY_PIECE else shape
            for name, shape in kept.items()
        }

    def read(self, name: str) -> np.ndarray:
        """Returns one array, with new rows where it has one for each piece."""
        values = self._source.read(name)
        if name not in _BY_PIECE:
            return values
        grown = np.empty(self.shapes[name], values.dtype)
        grown[: len(values)] = values
        for i, old in self._rows.items():
            grown[i] = values[list(old)].mean(axis=0, dtype=np.float64)
        return grown


def _old_size(source: WeightSource) -> int:
    untied = [name for name in _UNTIED if name in source.shapes]
    shapes = [source.shapes.get(name) for name in _BY_PIECE]
    table, bias = shapes
    if table is None or untied or (bias is not None and bias[0] != table[0]):
        raise InputError(
            "the checkpoint cannot be given more pieces",
            got="no word embeddings"
            if table is None
            else f"an output layer of its own, {untied[0]}"
            if untied
            else f"{table[0]} embeddings and a bias of {bias and bias[0]}",
            expected="word embeddings that are the masked LM's output too, "
            "with a bias for each, or no masked LM at all",
            next_step="choose another checkpoint",
            path=source.path,
        )
    return int(table[0])

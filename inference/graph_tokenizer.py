"""Our tokenizers inside a TensorFlow graph, for models that read raw text.

The ids are those of preprocessing.tokenization; every piece knows the
characters it stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import tensorflow as tf

from foundation.errors import InputError
from inference.graph_pieces import Pieces
from inference.graph_sentencepiece import SentencePieceInGraph
from inference.graph_wordpiece import WordPieceInGraph
from preprocessing.marked_tokenizer import MarkedTokenizer
from preprocessing.sentence_piece import SentencePieceTokenizer
from preprocessing.tokenization import Tokenizer, WordPieceTokenizer


class GraphTokenizer(Protocol):
    """What both kinds offer; a tf.Module, to be saved with a model."""

    def __call__(self, texts: tf.Tensor) -> Pieces:
        """Returns the pieces of texts: string [N], UTF-8."""


def build_graph_tokenizer(tokenizer: Tokenizer) -> GraphTokenizer:
    """Returns the same tokenizer for use inside a graph.

    Raises:
      InputError: entity markers beside a SentencePiece model.
    """
    markers: Mapping[str, int] = {}
    if isinstance(tokenizer, MarkedTokenizer):
        markers, tokenizer = tokenizer.marker_ids, tokenizer.base
    if isinstance(tokenizer, WordPieceTokenizer):
        return WordPieceInGraph(tokenizer, markers=tuple(markers))
    assert isinstance(tokenizer, SentencePieceTokenizer)
    if markers:
        raise InputError(
            "entity markers of a SentencePiece model have no place in a graph",
            got=f"{len(markers)} markers",
            expected="a WordPiece vocabulary, or no markers",
            next_step="export token ids alone: --raw_text=false",
        )
    return SentencePieceInGraph(tokenizer)

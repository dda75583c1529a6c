"""Configs of encoders that a test builds, trains and saves in no time."""

from __future__ import annotations

from modeling.config import AlbertConfig, BertConfig

_SIZES = {
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 16,
    "type_vocab_size": 2,
}


def tiny_bert(**changes: int | float) -> BertConfig:
    """Returns a BERT's config, with other sizes or rates where given."""
    return BertConfig(**{**_SIZES, **changes})


def tiny_albert(**changes: int | float) -> AlbertConfig:
    """Returns an ALBERT's config, with other sizes or rates where given."""
    return AlbertConfig(**{**_SIZES, "embedding_size": 8, **changes})

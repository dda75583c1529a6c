"""Builds the encoder that a config describes."""

from __future__ import annotations

from modeling.albert import AlbertEncoder
from modeling.bert import BertEncoder
from modeling.config import AlbertConfig, Config

Encoder = AlbertEncoder | BertEncoder


def build_encoder(
    config: Config, *, gelu_form: str, seed: int = 0, dtype: str = "float32"
) -> Encoder:
    """Returns a freshly started encoder of the config's family.

    Args:
      config: sizes and dropout rates.
      gelu_form: "erf" or "tanh": what hidden_act "gelu" means.
      seed: of the start values.
      dtype: of the matrix products.
    """
    if isinstance(config, AlbertConfig):
        return AlbertEncoder(
            config, gelu_form=gelu_form, seed=seed, dtype=dtype
        )
    return BertEncoder(config, gelu_form=gelu_form, seed=seed, dtype=dtype)

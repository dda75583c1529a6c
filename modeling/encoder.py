"""Builds the encoder that a config describes."""

from __future__ import annotations

from modeling.albert import AlbertEncoder
from modeling.bert import BertEncoder
from modeling.config import AlbertConfig, Config

Encoder = AlbertEncoder | BertEncoder


def build_encoder(
    config: Config,
    *,
    gelu_form: str,
    seed: int = 0,
    dtype: str = "float32",
    recompute: bool = False,
) -> Encoder:
    """Returns a freshly started encoder of the config's family.

    Args:
      config: sizes and dropout rates.
      gelu_form: "erf" or "tanh": what hidden_act "gelu" means.
      seed: of the start values.
      dtype: of the matrix products.
      recompute: whether a layer's activations are forgotten and computed anew
        in the backward pass: less memory, a third more work.
    """
    kind = AlbertEncoder if isinstance(config, AlbertConfig) else BertEncoder
    return kind(
        config,
        gelu_form=gelu_form,
        seed=seed,
        dtype=dtype,
        recompute=recompute,
    )

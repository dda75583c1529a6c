"""Which function a model's "gelu" is: its config, its origin, its name."""

from __future__ import annotations

import logging

from modeling.config import Config
from modeling.weights import huggingface, known_models

_log = logging.getLogger(__name__)


def gelu_form_of(config: Config, checkpoint: str | None) -> str:
    """Returns "erf" or "tanh" (DESIGN 2.8).

    Args:
      config: of the model. Our own key in it decides, else that it is one of
        Hugging Face's.
      checkpoint: its path; a known model's name or vocabulary is next.
    """
    if config.gelu_form is not None:
        return config.gelu_form
    if "model_type" in config.extra or "architectures" in config.extra:
        # Hugging Face writes these keys.
        return huggingface.GELU_FORMS.get(config.hidden_act, "erf")
    known = known_models.gelu_of(checkpoint) if checkpoint else None
    if known is not None:
        _log.info("GELU: %s, as models called %s have it.", known, checkpoint)
        return known
    if config.hidden_act == "gelu":
        _log.warning(
            "GELU: tanh, as google-research/bert has it. The model is not a "
            "known one: BioBERT's, SciBERT's and BlueBERT's mean --gelu=erf."
        )
    return "tanh"

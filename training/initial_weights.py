"""Where a run's first weights come from: any spelling of a checkpoint."""

from __future__ import annotations

from modeling.weights import huggingface, tf1
from modeling.weights.checkpoint_paths import check_checkpoint
from modeling.weights.source import WeightSource


def open_checkpoint(path: str) -> WeightSource:
    """Opens a TF1 checkpoint or a Hugging Face folder.

    Args:
      path: a prefix, `.index`, `.data-...`, a folder, or a `checkpoint` file.

    Raises:
      InputError: nothing there, or not readable.
    """
    prefix = check_checkpoint(path)
    if prefix is not None:
        return tf1.Tf1Bundle(prefix)
    return huggingface.open_huggingface(path)

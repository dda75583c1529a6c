"""Where a run's first weights come from: any spelling of a checkpoint."""

from __future__ import annotations

from foundation import files
from foundation.errors import InputError
from modeling.weights import huggingface, tf1
from modeling.weights.source import WeightSource


def open_checkpoint(path: str) -> WeightSource:
    """Opens a TF1 checkpoint or a Hugging Face folder.

    Args:
      path: a prefix, `.index`, `.data-...`, a folder, or a `checkpoint` file.

    Raises:
      InputError: nothing there, or not readable.
    """
    prefix = tf1.resolve_prefix(path)
    if prefix is not None:
        return tf1.Tf1Bundle(prefix)
    if huggingface.is_huggingface_folder(path):
        return huggingface.open_huggingface(path)
    raise InputError(
        "no checkpoint there",
        got=_description(path),
        expected="a model.ckpt prefix, a folder with one, or a Hugging Face "
        "folder",
        next_step="look at --init_checkpoint",
        path=path,
    )


def _description(path: str) -> str:
    if not files.exists(path):
        return "no file of that name, nor one with .index added"
    if not files.is_directory(path):
        return "a file that is no checkpoint"
    names = files.list_directory(path)
    return "a folder with " + (", ".join(names[:6]) or "nothing in it")

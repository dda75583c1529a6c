"""The weights of a trained model, from any spelling of a checkpoint."""

from __future__ import annotations

import re

from foundation import files, json_files
from foundation.errors import InputError
from inference.model import TaskModel
from modeling.weights import hub, huggingface, matching, tf1
from modeling.weights.checkpoint_paths import check_checkpoint
from modeling.weights.source import WeightSource

_PREFIX = re.compile(r"(.*/model\.ckpt-)\d+")


def open_checkpoint(path: str) -> WeightSource:
    """Opens a TF1 checkpoint or a Hugging Face folder.

    Args:
      path: a prefix, `.index`, `.data-...`, a folder, or a `checkpoint` file;
        hf://owner/name[@revision] is downloaded.

    Raises:
      InputError: nothing there, or not readable.
    """
    path = hub.local_checkpoint(path)
    prefix = check_checkpoint(path)
    if prefix is not None:
        return tf1.Tf1Bundle(prefix)
    return huggingface.open_huggingface(path)


def load_fine_tuned(
    path: str | None, model: TaskModel, *, output_dir: str
) -> int:
    """Puts a fine-tuned checkpoint into a model; returns its step.

    Args:
      path: of the checkpoint, if one is named.
      model: receives the weights.
      output_dir: where there was none, for the message.

    Raises:
      InputError: there is none, or it has no head.
    """
    head = head_names(model)
    source = open_checkpoint(best_checkpoint(path)) if path else None
    if source is None or not head <= set(source.shapes):
        raise InputError(
            "there is no fine-tuned checkpoint to evaluate or predict with",
            got=f"none in the output folder, "
            f"{'one without a task head' if path else 'none'} as "
            "--init_checkpoint",
            expected="a checkpoint of a fine-tuned model",
            next_step="add --do_train, or name the --output_dir of a "
            "trained model",
            path=output_dir,
        )
    matching.load(source, model.variables, optional=not_needed(model))
    if "global_step" in source.shapes:
        return int(source.read("global_step"))
    return 0


def not_needed(model: TaskModel) -> set[str]:
    """Returns the weights that a checkpoint may lack."""
    # Hugging Face's taggers come without a pooler.
    return set(model.variables) - set(model.trainable)


def head_names(model: TaskModel) -> set[str]:
    """Returns all that the task adds to the encoder, a CRF too."""
    return set(model.variables) - set(model.encoder.named)


def best_checkpoint(path: str) -> str:
    """Returns the checkpoint that was best on dev, for a folder of a run.

    Any other path, and a folder that does not say, is returned as it is.
    """
    path = hub.local_checkpoint(path)
    if not files.is_directory(path):
        return path
    newest = check_checkpoint(path)
    match = _PREFIX.fullmatch(newest or "")
    if match is None or not files.exists(f"{newest}.resume.json"):
        return path
    state = json_files.read_object(
        f"{newest}.resume.json",
        what="the state of the run",
        next_step="remove it to use the newest checkpoint",
    )
    best = f"{match[1]}{state.get('best_step')}"
    return best if files.exists(f"{best}.index") else str(newest)

"""A model that is only run: its length and batches, its files beside it.

For scripts that look at what a model computes. Flags that are not set are
found out: config and vocabulary lie beside the weights, and a folder that was
trained here says how it reads text.
"""

from __future__ import annotations

import dataclasses

from absl import flags

from cli import model, model_inputs, tokenizer, tpu
from foundation.errors import InputError
from preprocessing.marked_tokenizer import read_markers
from preprocessing.tokenization import Tokenizer
from tasks.model_settings import ModelSettings
from tasks.question_settings import QuestionSettings
from tasks.tagger_settings import TaggerSettings
from tasks.text_settings import TextSettings

_KINDS: tuple[type[ModelSettings], ...] = (
    TaggerSettings,
    TextSettings,
    QuestionSettings,
)


@dataclasses.dataclass(frozen=True)
class EncoderInputs:
    """What the flags say, with what was found.

    Attributes:
      model: config, weights, precision.
      tokenizer: of the model.
    """

    model: model.ModelFlags
    tokenizer: Tokenizer

    @property
    def checkpoint(self) -> str:
        """Returns the path of the weights."""
        assert self.model.init_checkpoint is not None
        return self.model.init_checkpoint


def define(fv: flags.FlagValues, *, batch_size: int | None) -> None:
    """Declares the flags.

    Args:
      fv: receives the flags.
      batch_size: the script's default; None = it makes no batches.
    """
    flags.DEFINE_integer(
        "max_seq_length",
        128,  # extract_features.py
        "Pieces of a row, [CLS] and [SEP] included.",
        lower_bound=5,  # a pair has three of these
        flag_values=fv,
    )
    if batch_size is not None:
        flags.DEFINE_integer(
            "batch_size",
            batch_size,
            "Rows that the model gets at once. It changes no result.",
            lower_bound=1,
            flag_values=fv,
        )
    flags.DEFINE_boolean(
        "debug", False, "Show the stack trace of an error.", flag_values=fv
    )
    model.define_trained(fv, defaults={})
    tokenizer.define(fv, defaults={})
    tpu.define(fv)


def read(fv: flags.FlagValues) -> EncoderInputs:
    """Reads config and vocabulary; TensorFlow is not needed for it.

    Raises:
      InputError: something is missing or does not go together.
    """
    tpu.refuse_tpu(fv)
    if not fv.init_checkpoint:
        raise InputError(
            "there is no model",
            got="no --init_checkpoint",
            expected="a TF1 checkpoint, a Hugging Face folder, or the folder "
            "of a training run",
            next_step="add --init_checkpoint=",
        )
    model_flags = model.read_trained(fv)
    assert model_flags.init_checkpoint is not None
    folder = model.folder_of_checkpoint(model_flags.init_checkpoint)
    settings = _settings_in(folder)
    if settings is not None:
        model_inputs.take(fv, model_inputs.common_flags(settings))
        model_inputs.take_vocabulary(fv, folder, settings)
    pieces = model_inputs.read_tokenizer(fv, model_flags)
    if (
        isinstance(settings, TextSettings)
        and settings.entity_format == "marker"
    ):
        pieces = read_markers(folder, pieces)
    model_inputs.check_vocabulary(pieces, model_flags)
    return EncoderInputs(model_flags, pieces)


def _settings_in(folder: str) -> ModelSettings | None:
    """Returns how a model that was fine-tuned here reads text."""
    found = [kind for kind in _KINDS if kind.is_in(folder)]
    return found[0].load(folder) if len(found) == 1 else None

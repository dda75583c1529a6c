"""Which model: config, first weights, activation, precision, dropout."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import flags, logging

from foundation import files
from foundation.errors import InputError
from modeling.config import GELU_FORMS, Config, read_config, with_dropout
from modeling.weights import known_models
from modeling.weights.checkpoint_paths import check_checkpoint

PRECISIONS = ("float32", "bfloat16", "float16")
_CONFIG_NAMES = ("bert_config.json", "albert_config.json", "config.json")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelFlags:
    """What the flags say, with what was found for those not given.

    Attributes:
      config: of the encoder, dropout rates applied.
      gelu_form: "erf" or "tanh".
      init_checkpoint: as given; None = random weights.
      precision: of the matrix products.
    """

    config: Config
    gelu_form: str
    init_checkpoint: str | None
    precision: str


def define(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    flags.DEFINE_string(
        "bert_config_file",
        None,
        "The model's config (bert_config.json, albert_config.json). Not "
        "given: the one in the folder of --init_checkpoint.",
        flag_values=fv,
    )
    flags.DEFINE_alias("albert_config_file", "bert_config_file", fv)
    flags.DEFINE_string(
        "init_checkpoint",
        None,
        "Pretrained weights: a TF1 checkpoint (model.ckpt-1000000, with or "
        "without .index, or its folder) or a Hugging Face folder.",
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "gelu",
        "auto",
        ["auto", *GELU_FORMS],
        'What hidden_act "gelu" means. auto: by the model\'s origin.',
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "precision",
        defaults.get("precision", "float32"),
        list(PRECISIONS),
        "Of the matrix products; weights and sums stay float32.",
        flag_values=fv,
    )
    for name in ("hidden_dropout", "attention_dropout"):
        flags.DEFINE_float(
            name,
            None,
            f"{name.split('_')[0].capitalize()} dropout rate instead of the "
            "config's.",
            lower_bound=0.0,
            upper_bound=0.999,
            flag_values=fv,
        )


def read(fv: flags.FlagValues) -> ModelFlags:
    """Returns the options of parsed flags; reads the config file.

    Raises:
      InputError: no checkpoint, no config, or a config that cannot be.
    """
    if fv.init_checkpoint:
        check_checkpoint(fv.init_checkpoint)
    path = _config_path(fv)
    config = with_dropout(
        read_config(path),
        hidden=fv.hidden_dropout,
        attention=fv.attention_dropout,
    )
    return ModelFlags(
        config=config,
        gelu_form=_gelu_form(fv.gelu, config, fv.init_checkpoint),
        init_checkpoint=fv.init_checkpoint or None,
        precision=fv.precision,
    )


def folder_of_checkpoint(path: str) -> str:
    """Returns the folder a checkpoint lies in."""
    if files.exists(path) and files.is_directory(path):
        return path
    return path.rpartition("/")[0] or "."


def vocabulary_beside(checkpoint: str) -> str | None:
    """Returns the vocabulary in a checkpoint's folder, if there is one."""
    folder = folder_of_checkpoint(checkpoint)
    if not files.exists(folder):
        return None
    names = files.list_directory(folder)
    found = [n for n in names if n == "vocab.txt" or n.endswith(".model")]
    if len(found) != 1:
        return None
    logging.info("Vocabulary: %s", files.join(folder, found[0]))
    return files.join(folder, found[0])


def _config_path(fv: flags.FlagValues) -> str:
    given = fv.bert_config_file
    if given and files.exists(given):
        return str(given)
    folder = None
    if given:
        folder = given.rpartition("/")[0] or "."
    elif fv.init_checkpoint:
        folder = folder_of_checkpoint(fv.init_checkpoint)
    found = _config_in(folder) if folder else None
    if found is None:
        raise InputError(
            "the model's config is missing",
            got=given or "no --bert_config_file, and none beside the weights",
            expected="bert_config.json, albert_config.json or config.json",
            next_step="pass the file with --bert_config_file",
        )
    # BioALBERT's README names BERT's file, its archive holds ALBERT's.
    logging.info("Config: %s", found)
    return found


def _config_in(folder: str) -> str | None:
    if not files.exists(folder) or not files.is_directory(folder):
        return None
    present = files.list_directory(folder)
    names = [name for name in _CONFIG_NAMES if name in present]
    return files.join(folder, names[0]) if names else None


def _gelu_form(asked: str, config: Config, checkpoint: str | None) -> str:
    if asked != "auto":
        return asked
    if config.gelu_form is not None:
        return config.gelu_form
    if config.hidden_act != "gelu":
        return "tanh"  # not looked at: only "gelu" is ambiguous
    if "model_type" in config.extra or "architectures" in config.extra:
        return "erf"  # Hugging Face writes these keys and means erf
    known = known_models.gelu_of(checkpoint) if checkpoint else None
    if known is not None:
        logging.info(
            "GELU: %s, as the known model %s has it.", known, checkpoint
        )
        return known
    logging.info(
        "GELU: tanh, as google-research/bert has it; models of BioBERT's "
        "time mean --gelu=erf."
    )
    return "tanh"

"""Which model: config, first weights, activation, precision, dropout."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import flags, logging

from foundation import files
from foundation.errors import InputError
from modeling.config import (
    GELU_FORMS,
    Config,
    config_to_json,
    find_config,
    read_config,
    with_dropout,
)
from modeling.gelu_forms import gelu_form_of
from modeling.weights import hub
from modeling.weights.checkpoint_paths import check_checkpoint
from preprocessing.stored_tokenizer import TOKENIZER_FILE

PRECISIONS = ("float32", "bfloat16", "float16")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelFlags:
    """What the flags say, with what was found for those not given.

    Attributes:
      config: of the encoder, dropout rates applied.
      gelu_form: "erf" or "tanh".
      init_checkpoint: where the weights lie on this machine; None = random
        ones.
      precision: of the matrix products.
    """

    config: Config
    gelu_form: str
    init_checkpoint: str | None
    precision: str


def define(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    define_trained(fv, defaults=defaults)
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


def define_trained(
    fv: flags.FlagValues, *, defaults: Mapping[str, Any]
) -> None:
    """Declares the flags of a script that trains nothing."""
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
        "without .index, or its folder), a Hugging Face folder, or a model on "
        "Hugging Face: hf://owner/name, hf://owner/name@revision. "
        "scripts/models.py lists the published ones.",
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


def define_pretraining(fv: flags.FlagValues) -> None:
    """Declares the flags of a script that trains a model from nothing."""
    flags.DEFINE_boolean(
        "init_from_group0",
        False,
        "ALBERT: all groups of layers start as the first group of "
        "--init_checkpoint.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "recompute",
        False,
        "Compute each layer's activations a second time for the gradient "
        "instead of keeping them: less memory, about a third more time.",
        flag_values=fv,
    )


def read(fv: flags.FlagValues) -> ModelFlags:
    """Returns the options of parsed flags; reads the config file.

    Raises:
      InputError: no checkpoint, no config, or a config that cannot be.
    """
    model = read_trained(fv)
    config = with_dropout(
        model.config, hidden=fv.hidden_dropout, attention=fv.attention_dropout
    )
    return dataclasses.replace(model, config=config)


def read_trained(fv: flags.FlagValues) -> ModelFlags:
    """Returns the options of the flags of `define_trained`, as `read`."""
    checkpoint = None
    if fv.init_checkpoint:
        # run.flags names the commit, not where this machine keeps it.
        fv.init_checkpoint = hub.pinned(fv.init_checkpoint)
        checkpoint = hub.local_checkpoint(fv.init_checkpoint)
        check_checkpoint(checkpoint)
    config = read_config(_config_path(fv))
    return ModelFlags(
        config=config,
        gelu_form=_gelu_form(fv, config),
        init_checkpoint=checkpoint,
        precision=fv.precision,
    )


def folder_of_checkpoint(path: str) -> str:
    """Returns the folder a checkpoint lies in; hf:// is downloaded."""
    path = hub.local_checkpoint(path)
    if files.exists(path) and files.is_directory(path):
        return path
    return path.rpartition("/")[0] or "."


def vocabulary_beside(
    checkpoint: str, *, family: str | None = None
) -> str | None:
    """Returns the vocabulary in a checkpoint's folder, if there is one.

    Args:
      checkpoint: its path, or the folder.
      family: whose vocabulary, "bert" or "albert"; None = either.
    """
    folder = folder_of_checkpoint(checkpoint)
    if not files.exists(folder):
        return None
    names = files.list_directory(folder)
    for is_one in (_is_usual, _is_vocabulary):
        found = [n for n in names if is_one(n, family)]
        if len(found) == 1:
            path = files.join(folder, found[0])
            logging.info("Vocabulary: %s", path)
            return path
    return None


def _is_usual(name: str, family: str | None) -> bool:
    """Returns whether a file is a vocabulary by the name that all have."""
    return (name == "vocab.txt" and family != "albert") or (
        name.endswith(".model") and family != "bert"
    )


def _is_vocabulary(name: str, family: str | None) -> bool:
    """The same, by other names: BioBERT-Large's; transformers 5 has one."""
    return family != "albert" and (
        name == TOKENIZER_FILE
        or (name.startswith("vocab") and name.endswith(".txt"))
    )


def _config_path(fv: flags.FlagValues) -> str:
    given = fv.bert_config_file
    if given and files.exists(given):
        return str(given)
    folder = None
    if given:
        folder = given.rpartition("/")[0] or "."
    elif fv.init_checkpoint:
        folder = folder_of_checkpoint(fv.init_checkpoint)
    elif "do_train" in fv and not fv.do_train:
        folder = fv.output_dir
    found = find_config(folder) if folder else None
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


def _gelu_form(fv: flags.FlagValues, config: Config) -> str:
    """Returns "erf" or "tanh" (DESIGN 2.8)."""
    if fv.gelu != "auto":
        return str(fv.gelu)
    told = config.gelu_form or _gelu_of_run(fv)
    return told or gelu_form_of(config, fv.init_checkpoint)


def _gelu_of_run(fv: flags.FlagValues) -> str | None:
    """Returns the form that our own config beside a checkpoint names."""
    folders = [fv.output_dir] if "do_train" in fv else []
    if fv.init_checkpoint:
        folders.append(folder_of_checkpoint(fv.init_checkpoint))
    for folder in folders:
        found = find_config(folder)
        form = read_config(found).gelu_form if found else None
        if form is not None:
            return form
    return None


def with_vocab_size(model: ModelFlags, vocab_size: int) -> ModelFlags:
    """Returns the same model with another number of pieces."""
    config = dataclasses.replace(model.config, vocab_size=vocab_size)
    return dataclasses.replace(model, config=config)


def write_config(folder: str, model: ModelFlags) -> None:
    """Writes the config beside the checkpoints, with its GELU form."""
    config = dataclasses.replace(model.config, gelu_form=model.gelu_form)
    path = files.join(folder, f"{config.family}_config.json")
    with files.write_atomically(path) as file:
        file.write(config_to_json(config))

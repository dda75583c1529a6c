"""The model of a script that fine-tunes: its files, by flags or beside it.

Everything that can be wrong with flags and model files is found here, before
TensorFlow is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from absl import flags, logging

from cli import (
    lengths,
    model,
    optimization,
    run,
    small_sets,
    stored_casing,
    tokenizer,
    tpu,
)
from foundation import files
from foundation.errors import InputError
from preprocessing.stored_tokenizer import TOKENIZER_FILE
from preprocessing.tokenization import Tokenizer
from tasks.model_settings import ModelSettings
from tasks.task import Split
from training.options import num_updates


def read_model(
    fv: flags.FlagValues,
    label_folder: str,
    *,
    settings: type[ModelSettings],
    values_of: Callable[[Any], Mapping[str, Any]],
    set_defaults: Callable[[flags.FlagValues, str], None] | None = None,
    change: Callable[[Tokenizer], Tokenizer] | None = None,
) -> tuple[model.ModelFlags, Tokenizer]:
    """Reads config and vocabulary, and checks the flags about training.

    Flags that are not set are what a trained model was trained with.

    Args:
      fv: parsed flags.
      label_folder: where a trained model's files would be.
      settings: the kind of its settings.
      values_of: turns such settings into values of flags.
      set_defaults: gives flags that are not set the defaults of a family of
        models, "bert" or "albert".
      change: returns a tokenizer that knows more pieces; the model grows by
        those.

    Raises:
      InputError: something cannot be used.
    """
    run.check(fv)
    optimization.check(fv)
    tpu.refuse_tpu(fv)
    run.prepare_output_dir(fv.output_dir, overwrite=False)  # not yet
    trained = [
        folder
        for folder in model_folders(fv, label_folder)
        if not fv.do_train and settings.is_in(folder)
    ]
    if trained:
        found = settings.load(trained[0])
        take(fv, {**common_flags(found), **values_of(found)})
        take_vocabulary(fv, trained[0], found)
    model_flags = model.read(fv)
    if set_defaults is not None and not trained:
        set_defaults(fv, model_flags.config.family)
    small_sets.check(fv, model_flags.config)
    pieces = read_tokenizer(fv, model_flags)
    if change is not None:
        base, pieces = pieces, change(pieces)
        if model_flags.config.vocab_size == base.vocab_size:
            model_flags = model.with_vocab_size(model_flags, pieces.vocab_size)
    check_vocabulary(pieces, model_flags)
    return model_flags, pieces


def model_folders(fv: flags.FlagValues, label_folder: str) -> list[str]:
    """Lists the folders that may hold a trained model, the likeliest first."""
    folders = [label_folder]
    if fv.init_checkpoint:
        folders.append(model.folder_of_checkpoint(fv.init_checkpoint))
    return folders


def common_flags(settings: ModelSettings) -> dict[str, Any]:
    """Returns the values of flags that every kind of trained model has."""
    accents = {None: "auto", True: "true", False: "false"}
    return {
        "do_lower_case": settings.lower_case,
        "strip_accents": accents[settings.strip_accents],
        "control_characters": settings.control_characters,
        "max_seq_length": settings.max_seq_length,
    }


def take(fv: flags.FlagValues, values: Mapping[str, Any]) -> None:
    """Gives flags that are not set the values the model was trained with."""
    for name, value in values.items():
        if not fv[name].present and fv[name].value != value:
            logging.info("--%s: %s, as the model was trained.", name, value)
            fv[name].value = value


def take_vocabulary(
    fv: flags.FlagValues, folder: str, settings: ModelSettings
) -> None:
    """Gives --vocab_file the copy in a trained model's folder, if not set."""
    if fv.vocab_file or fv.spm_model_file:
        return
    fv.vocab_file = files.join(folder, settings.vocabulary)
    logging.info("Vocabulary: %s", fv.vocab_file)


def common_settings(
    fv: flags.FlagValues, pieces: Tokenizer, vocabulary: str
) -> dict[str, Any]:
    """Returns what the settings of every kind of model have in common."""
    options = tokenizer.read(fv)
    return {
        "vocabulary": vocabulary,
        "lower_case": pieces.lower_case,
        "strip_accents": options.strip_accents,
        "control_characters": options.control_characters,
        "max_seq_length": fv.max_seq_length,
    }


def labels_missing(folders: Sequence[str], file_name: str) -> InputError:
    """Returns the error of a trained model without labels."""
    return InputError(
        "the labels of the model are not known",
        got=f"no {file_name} in {' or '.join(folders)}",
        expected="the file that training leaves beside its checkpoints",
        next_step="add --do_train, or name the --output_dir of a trained model",
    )


def check_length(fv: flags.FlagValues, train: Split) -> None:
    """Raises InputError where there is not one update to make."""
    num_updates(
        train.table.num_groups,
        optimization.read_batches(fv, pad_to_max=False),
        optimization.read_schedule(fv),
    )


def read_tokenizer(
    fv: flags.FlagValues, model_flags: model.ModelFlags
) -> Tokenizer:
    """Returns the model's tokenizer, by flags or from beside its weights.

    Raises:
      InputError: there is none, or --max_seq_length is beyond the model.
    """
    config = model_flags.config
    if fv.max_seq_length > config.max_position_embeddings:
        raise InputError(
            "--max_seq_length is beyond the model's positions",
            got=fv.max_seq_length,
            expected=f"at most {config.max_position_embeddings}, "
            "max_position_embeddings of the config",
            next_step=f"set --max_seq_length={config.max_position_embeddings} "
            "or less",
        )
    lengths.check(fv)
    if not fv.vocab_file and not fv.spm_model_file and fv.init_checkpoint:
        fv.vocab_file = model.vocabulary_beside(
            fv.init_checkpoint, family=config.family
        )
        if fv.vocab_file is None:
            _check_not_tokenizer_json(fv.init_checkpoint)
    pieces = tokenizer.load_tokenizer(tokenizer.read(fv), family=config.family)
    stored_casing.take_accents(
        fv, tokenizer.vocabulary_path(tokenizer.read(fv), family=config.family)
    )
    return pieces


def _check_not_tokenizer_json(checkpoint: str) -> None:
    """Raises InputError where ALBERT's pieces are in tokenizer.json alone."""
    path = files.join(model.folder_of_checkpoint(checkpoint), TOKENIZER_FILE)
    if files.exists(path):
        raise InputError(
            "the folder has no SentencePiece model",
            got=f"{TOKENIZER_FILE} alone",
            expected="spiece.model or 30k-clean.model",
            next_step="give --spm_model_file; ALBERT's and BioALBERT's is in "
            "hf://albert/albert-base-v2",
            path=path,
        )


def check_vocabulary(pieces: Tokenizer, model_flags: model.ModelFlags) -> None:
    """Raises InputError unless the model has as many pieces."""
    config = model_flags.config
    if pieces.vocab_size != config.vocab_size:
        raise InputError(
            "vocabulary and config do not belong together",
            got=f"{pieces.vocab_size} pieces in the vocabulary",
            expected=f"{config.vocab_size}, vocab_size of the config",
            next_step="look at --vocab_file (or --spm_model_file) and "
            "--bert_config_file",
        )

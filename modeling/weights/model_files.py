"""A folder with a model -> which published one it is, and what it lacks.

Download links die and archives come without their config or vocabulary
(dmis-lab/biobert#184, usmaann/BioALBERT#2): what is missing, or is another
model's, is named with what belongs there. Works offline, without TensorFlow.
"""

from __future__ import annotations

import dataclasses

from foundation import files
from foundation.errors import InputError
from modeling.config import Config, find_config, read_config
from modeling.weights import huggingface, known_models
from modeling.weights.checkpoint_paths import (
    check_checkpoint,
    resolve_prefix,
)
from modeling.weights.hub_files import missing_files
from modeling.weights.known_model import KnownModel


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelFiles:
    """What lies at a path.

    Attributes:
      folder: of the model.
      model: which published one it is; None: not known.
      recognised_by: what told it; empty: nothing did.
      candidates: published models with this vocabulary and size, where the
        name does not tell.
      weights: checkpoint prefix, or the folder of Hugging Face; None: none.
      config: its file; None: none.
      vocabulary: its file; None: none.
      vocabulary_sha256: of its bytes.
      lower_case: whether the vocabulary is lower-cased; None: not known.
      gelu: "erf" or "tanh"; None: not known.
      problems: what is missing or does not belong there, a sentence each.
    """

    folder: str
    model: KnownModel | None
    recognised_by: str
    candidates: tuple[KnownModel, ...]
    weights: str | None
    config: str | None
    vocabulary: str | None
    vocabulary_sha256: str | None
    lower_case: bool | None
    gelu: str | None
    problems: tuple[str, ...]


def examine(path: str) -> ModelFiles:
    """Looks at a model's files; reads config, vocabulary and index alone.

    Args:
      path: a folder, a checkpoint's prefix or one of its files.

    Raises:
      InputError: there is nothing, or a config that cannot be read.
    """
    folder = path
    if not files.is_directory(path):
        folder = path.rpartition("/")[0] or "."
    if not files.exists(folder) or not files.list_directory(folder):
        raise InputError(
            "there is no model",
            got="no such folder, or an empty one",
            expected="a folder with weights, config and vocabulary",
            next_step="look at the path",
            path=path,
        )
    problems: list[str] = []
    weights = _find_weights(path, folder, problems)
    config_path = find_config(folder)
    config = read_config(config_path) if config_path else None
    vocabulary = known_models.vocabulary_at(folder)
    digest = files.sha256_of(vocabulary) if vocabulary else None
    by_vocabulary = known_models.models_by_vocabulary(folder)
    model, told_by = _recognise(path)
    problems += _missing(model, config, config_path, vocabulary=vocabulary)
    if model is not None:
        problems += _strangers(model, config, vocabulary, digest=digest)
    return ModelFiles(
        folder=folder,
        model=model,
        recognised_by=told_by,
        candidates=()
        if model is not None and model.is_listed
        else _candidates(model, by_vocabulary, config),
        weights=weights,
        config=config_path,
        vocabulary=vocabulary,
        vocabulary_sha256=digest,
        lower_case=_lower_case(path, model),
        gelu=_gelu(path, config, model),
        problems=tuple(problems),
    )


def _lower_case(path: str, model: KnownModel | None) -> bool | None:
    told = known_models.lower_case_of(path)
    return model.lower_case if told is None and model else told


def _gelu(
    path: str, config: Config | None, model: KnownModel | None
) -> str | None:
    """Returns the GELU form: by the config where it says, as cli.model."""
    if config is not None:
        if config.gelu_form is not None:
            return config.gelu_form
        if "model_type" in config.extra or "architectures" in config.extra:
            return huggingface.GELU_FORMS.get(config.hidden_act)
    return model.gelu if model else known_models.gelu_of(path)


def _find_weights(path: str, folder: str, problems: list[str]) -> str | None:
    try:
        prefix = check_checkpoint(path)
    except InputError as error:
        problems.append(f"Weights: {error.problem}: {error.got}.")
        return None
    if prefix is not None:
        return prefix
    missing = missing_files(folder)
    if missing:
        problems.append(f"Weights: missing {', '.join(missing)}.")
        return None
    return folder


def _recognise(path: str) -> tuple[KnownModel | None, str]:
    """Returns the model and what told it; an index's hash before a name."""
    prefix = resolve_prefix(path)
    if prefix is not None:
        index = f"{prefix}.index"
        digest = files.sha256_of(index)
        for model in known_models.TABLE:
            if model.index_sha256 == digest:
                return model, f"the hash of {_name(index)}"
    named = known_models.known_model(prefix or path)
    return named, "its name" if named else ""


def _candidates(
    family: KnownModel | None,
    by_vocabulary: list[KnownModel],
    config: Config | None,
) -> tuple[KnownModel, ...]:
    size = size_of(config) if config else None
    return tuple(
        model
        for model in by_vocabulary
        if model.is_listed
        and model.size == size
        and (family is None or family.gelu == model.gelu)
        and (family is None or family.family == model.family)
    )


def _missing(
    model: KnownModel | None,
    config: Config | None,
    config_path: str | None,
    *,
    vocabulary: str | None,
) -> list[str]:
    """Returns what the kit needs and is not there."""
    family = model.family if model else config.family if config else None
    names = model.files[1:] if model else ()
    problems = []
    if config_path is None:
        wanted = [name for name in names if name.endswith(".json")]
        usual = f"{family}_config.json" if family else "bert_config.json"
        problems.append(f"Config: missing {(wanted or [usual])[0]}.")
    if vocabulary is None:
        wanted = [name for name in names if not name.endswith(".json")]
        usual = "30k-clean.model" if family == "albert" else "vocab.txt"
        problems.append(f"Vocabulary: missing {(wanted or [usual])[0]}.")
    if problems and model is not None and model.note:
        problems.append(f"Note: {model.note}")
    return problems


def _strangers(
    model: KnownModel,
    config: Config | None,
    vocabulary: str | None,
    *,
    digest: str | None,
) -> list[str]:
    """Returns files that are not the known model's."""
    problems = []
    known = model.vocabulary
    hashes = vocabulary and digest and known and known.sha256
    if hashes and not known.has_hash(digest):
        problems.append(
            f"Vocabulary: {_name(vocabulary)} has sha256 {digest}, "
            f"{known.name} has {known.sha256}."
        )
    if config and known and known.num_pieces not in (None, config.vocab_size):
        problems.append(
            f"Config: vocab_size {config.vocab_size}, {model.name} has "
            f"{known.num_pieces}."
        )
    if config and model.size and size_of(config) != model.size:
        problems.append(
            f"Config: {size_of(config)}, {model.name} is {model.size}."
        )
    return problems


def size_of(config: Config) -> str:
    """Returns layers, hidden size and heads, as Google's archives say it."""
    return (
        f"L-{config.num_hidden_layers}_H-{config.hidden_size}"
        f"_A-{config.num_attention_heads}"
    )


def _name(path: str) -> str:
    return path.rpartition("/")[2]

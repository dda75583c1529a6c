"""A path -> the model that lies there: weights, head, labels, tokenizer.

TF1 checkpoints, folders of this kit's runs and Hugging Face folders. What the
files do not say is found out as everywhere else in the kit, or asked for.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from conversion.found_tokenizer import TokenizerChoice, find_tokenizer
from foundation import files
from foundation.errors import InputError
from inference.trained_folder import read_settings
from inference.trained_weights import best_checkpoint, open_checkpoint
from modeling.config import Config, find_config, read_config
from modeling.gelu_forms import gelu_form_of
from modeling.weights import hub, model_heads
from modeling.weights.huggingface import HuggingFaceFolder
from modeling.weights.model_heads import KINDS, HeadKind
from modeling.weights.source import WeightSource
from preprocessing.tokenization import Tokenizer
from tasks import idx2tag
from tasks.class_labels import ClassLabels
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.labels import LabelMap
from tasks.model_settings import ModelSettings
from tasks.question_settings import QuestionSettings
from tasks.tagger_settings import TaggerSettings
from tasks.text_settings import TextSettings

_PROBLEM_TYPES = {  # of a label map's scheme
    "classes": "single_label_classification",
    "labels": "multi_label_classification",
    "score": "regression",
}
_NO_NAME = re.compile(r"LABEL_\d+")  # transformers' own, of outputs without
_YES_NO = "cls/squad/output_weights_sgm"


@dataclasses.dataclass(frozen=True)
class ModelChoice:
    """What a person says of a model; None = found out.

    Attributes:
      config_file: of the encoder.
      gelu_form: "erf" or "tanh".
      head: name of its `HeadKind`.
      tokenizer: its vocabulary and casing.
    """

    config_file: str | None = None
    gelu_form: str | None = None
    head: str | None = None
    tokenizer: TokenizerChoice = dataclasses.field(
        default_factory=TokenizerChoice
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class FoundModel:
    """A model, its weights not yet read.

    Attributes:
      path: as it was given.
      folder: that it lies in.
      source: of the weights.
      config: of the encoder, gelu_form always set.
      kind: of its head.
      labels: names of the outputs in their order; () = they have none.
      problem_type: of a classifier, as Hugging Face has it.
      tokenizer: None where no vocabulary was found.
      vocabulary: its file.
      settings: of the training run that left it, if any.
    """

    path: str
    folder: str
    source: WeightSource
    config: Config
    kind: HeadKind
    labels: tuple[str, ...]
    problem_type: str | None
    tokenizer: Tokenizer | None
    vocabulary: str | None
    settings: ModelSettings | None

    @property
    def is_huggingface(self) -> bool:
        """Whether it lies in a Hugging Face folder."""
        return isinstance(self.source, HuggingFaceFolder)


def find_model(path: str, choice: ModelChoice | None = None) -> FoundModel:
    """Finds a model and what belongs to it; reads no tensor.

    Args:
      path: any spelling of a TF1 checkpoint or Hugging Face folder. Of the
        folder of a training run, the checkpoint that was best on dev.
      choice: what the files do not say.

    Raises:
      InputError: nothing there, or something that is needed is not known.
    """
    choice = choice or ModelChoice()
    local = hub.local_checkpoint(path)
    source = open_checkpoint(best_checkpoint(local))
    folder = local if files.is_directory(local) else local.rpartition("/")[0]
    folder = folder or "."
    settings = _settings(folder)
    config = _config(path, folder, choice)
    kind = _kind(source, settings, config, folder=folder, head=choice.head)
    _check_head(source, kind)
    names, problem_type = _labels(folder, config, kind=kind)
    labels = _checked(names, source, kind=kind)
    if kind is model_heads.SEQUENCES and problem_type is None:
        # As transformers has it.
        problem_type = _PROBLEM_TYPES[
            "score" if len(labels) == 1 else "classes"
        ]
    tokenizer, vocabulary = find_tokenizer(
        folder, settings, family=config.family, choice=choice.tokenizer
    )
    _check_vocabulary(tokenizer, config, path=vocabulary)
    return FoundModel(
        path=path,
        folder=folder,
        source=source,
        config=config,
        kind=kind,
        labels=labels,
        problem_type=problem_type,
        tokenizer=tokenizer,
        vocabulary=vocabulary,
        settings=settings,
    )


def _check_vocabulary(
    tokenizer: Tokenizer | None, config: Config, *, path: str | None
) -> None:
    if tokenizer is not None and tokenizer.vocab_size != config.vocab_size:
        raise InputError(
            "vocabulary and config do not belong together",
            got=f"{tokenizer.vocab_size} pieces in the vocabulary",
            expected=f"{config.vocab_size}, vocab_size of the config",
            next_step="name the model's own with --vocab_file (or "
            "--spm_model_file)",
            path=path,
        )


def _settings(folder: str) -> ModelSettings | None:
    kinds = (TaggerSettings, TextSettings, QuestionSettings)
    is_ours = any(kind.is_in(folder) for kind in kinds)
    return read_settings(folder) if is_ours else None


def _config(path: str, folder: str, choice: ModelChoice) -> Config:
    config_file = choice.config_file or find_config(folder)
    if config_file is None:
        raise InputError(
            "the model's config is missing",
            got="none beside the weights",
            expected="bert_config.json, albert_config.json or config.json",
            next_step="pass the file with --bert_config_file",
            path=folder,
        )
    config = read_config(config_file)
    form = choice.gelu_form or gelu_form_of(config, path)
    return dataclasses.replace(config, gelu_form=form)


def _kind(
    source: WeightSource,
    settings: ModelSettings | None,
    config: Config,
    *,
    folder: str,
    head: str | None,
) -> HeadKind:
    """Returns the kind of head: as asked for, or as the files say."""
    if head is not None:
        return KINDS[head]
    if _YES_NO in source.shapes:
        raise InputError(
            "a yes/no head has no class in transformers",
            got="one logit on the first piece, without a pooler",
            expected=f"one of {', '.join(KINDS)}",
            next_step="export its encoder: --head=encoder (to TF1, its head "
            "goes along all the same)",
            path=source.path,
        )
    # Also a TF1 folder's config may come from there; there its class is that
    # of the model that the training began with.
    named = model_heads.kind_of_class(model_heads.class_named_in(config.extra))
    if named is not None and isinstance(source, HuggingFaceFolder):
        return named
    found = model_heads.kinds_by_tensors(source.shapes)
    if len(found) == 1:
        return found[0]
    trained = _kind_of_run(settings, folder) or named
    if trained in found:
        return trained
    raise InputError(
        "it is not known what the outputs of this checkpoint are",
        got="output_weights, and no tagger.json or classifier.json beside it",
        expected=f"one of {', '.join(kind.name for kind in found)}",
        next_step="say which with --head",
        path=source.path,
    )


def _kind_of_run(
    settings: ModelSettings | None, folder: str
) -> HeadKind | None:
    """Returns what a run of this kit has trained; None: it does not tell."""
    if isinstance(settings, TaggerSettings):
        return model_heads.TOKENS
    if isinstance(settings, TextSettings):
        is_choice = ClassLabels.load(folder).kind == "choice"
        return model_heads.CHOICE if is_choice else model_heads.SEQUENCES
    return None


def _check_head(source: WeightSource, kind: HeadKind) -> None:
    missing = [name for name in kind.tensors if name not in source.shapes]
    if missing:
        raise InputError(
            f"the checkpoint has no head for {kind.name}",
            got=f"no {missing[0]}",
            expected=f"{len(kind.tensors)} tensors of that head",
            next_step="choose another --head; encoder is what every model has",
            path=source.path,
        )


def _labels(
    folder: str, config: Config, *, kind: HeadKind
) -> tuple[tuple[str, ...], str | None]:
    """Returns the outputs' names and a classifier's problem type."""
    if not kind.has_labels:
        return (), None
    extra: Mapping[str, Any] = config.extra
    names = model_heads.label_names(extra)
    is_text = kind is model_heads.SEQUENCES
    problem_type = extra.get("problem_type") if is_text else None
    if files.exists(files.join(folder, LABEL_FILE)):
        if is_text:
            labels = ClassLabels.load(folder)
            return labels.names, _PROBLEM_TYPES.get(labels.kind)
        names = LabelMap.load(folder).labels
    elif files.exists(files.join(folder, idx2tag.FILE_NAME)) and not is_text:
        path = files.join(folder, idx2tag.FILE_NAME)
        names = idx2tag.read_idx2tag(path).labels
    return names, problem_type


def _checked(
    names: tuple[str, ...], source: WeightSource, *, kind: HeadKind
) -> tuple[str, ...]:
    """Returns as many names as outputs; Hugging Face's where there are none.

    A config without labels counts as one of two, whatever the head.

    Raises:
      InputError: names that somebody gave are more or less than the outputs.
    """
    if not kind.has_labels:
        return ()
    outputs = source.shapes[kind.tensors[1]][0]
    if len(names) == outputs:
        return names
    if not all(map(_NO_NAME.fullmatch, names)):
        raise InputError(
            "labels and weights do not belong together",
            got=f"{len(names)} labels and {outputs} outputs",
            expected="as many",
            next_step=f"correct id2label of the config, or {LABEL_FILE}",
            path=source.path,
        )
    return tuple(f"LABEL_{number}" for number in range(outputs))

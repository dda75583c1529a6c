"""A folder that a training run left -> the model, ready to be used.

Of any kind: run_ner.py's, run_classifier.py's, run_re.py's and run_qa.py's
folders say by their settings file what they are; nothing else has to be told.
"""

from __future__ import annotations

import dataclasses
import functools

from foundation.errors import InputError
from inference.model import TaskModel
from inference.trained_weights import load_fine_tuned
from modeling.config import Config, find_config, read_config
from modeling.gelu_forms import gelu_form_of
from preprocessing.entity_markers import format_entities
from preprocessing.marked_tokenizer import read_markers
from preprocessing.tokenization import Tokenizer
from tasks.answers import AnswerOptions
from tasks.catalog import CLASSIFIER, find_corpus, find_text_corpus
from tasks.class_labels import ClassLabels
from tasks.classification import ClassificationTask, TextOptions
from tasks.labels import LabelMap
from tasks.model_settings import ModelSettings
from tasks.question_answering import SpanOptions, SpanTask
from tasks.question_settings import QuestionSettings
from tasks.questions import YES_NO
from tasks.tagger_settings import TaggerSettings
from tasks.tagging import TaggingOptions, TaggingTask
from tasks.task import Task
from tasks.text_settings import TextSettings
from tasks.yes_no_questions import YesNoOptions, YesNoTask

_SETTINGS: tuple[type[ModelSettings], ...] = (
    TaggerSettings,
    TextSettings,
    QuestionSettings,
)
KINDS = ("tagging", "classes", "labels", "score", "choice", "span", "yesno")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainedFolder:
    """A fine-tuned model with all that it needs to read text.

    Attributes:
      folder: where it is from.
      kind: one of `KINDS`. A relation's model is one of "classes".
      config: of the encoder; gelu_form is always set.
      settings: TaggerSettings, TextSettings or QuestionSettings.
      tokenizer: of its vocabulary, with entity markers where it has them.
      labels: names of the outputs in order; none of "score" and "span". Of
        "choice" the choices, though the head has one output; of "yesno" no
        and yes, though its one output is the logit of yes.
      task: featurizes and decodes.
      model: with the trained weights.
      step: of the checkpoint; 0 where it does not say.
    """

    folder: str
    kind: str
    config: Config
    settings: ModelSettings
    tokenizer: Tokenizer
    labels: tuple[str, ...]
    task: Task
    model: TaskModel
    step: int


@dataclasses.dataclass(frozen=True)
class _Parts:
    """What each kind of task reads of its folder."""

    kind: str
    labels: tuple[str, ...]
    task: Task


def load_trained(
    folder: str, *, checkpoint: str | None = None, precision: str = "float32"
) -> TrainedFolder:
    """Loads what a training run left in its --output_dir.

    Args:
      folder: holds checkpoints, config, settings and vocabulary.
      checkpoint: one of them, by any spelling. None, or the folder: the one
        that was best on dev, the newest where dev was not scored.
      precision: of the matrix products: float32, bfloat16 or float16.

    Raises:
      InputError: something is missing or damaged, or does not fit.
    """
    settings = read_settings(folder)
    config = _read_config(folder)
    tokenizer = settings.load_tokenizer(folder)
    if isinstance(settings, TextSettings):
        if settings.entity_format == "marker":
            tokenizer = read_markers(folder, tokenizer)
        parts = _of_texts(folder, settings, tokenizer)
    elif isinstance(settings, TaggerSettings):
        parts = _of_tags(folder, settings, tokenizer)
    else:
        assert isinstance(settings, QuestionSettings)
        parts = _of_questions(settings, tokenizer)
    _check_fit(folder, config, settings=settings, tokenizer=tokenizer)
    assert config.gelu_form is not None
    model = TaskModel(
        config,
        parts.task,
        gelu_form=config.gelu_form,
        seed=0,  # of weights that are all replaced
        dtype=precision,
    )
    step = load_fine_tuned(checkpoint or folder, model, output_dir=folder)
    return TrainedFolder(
        folder=folder,
        kind=parts.kind,
        config=config,
        settings=settings,
        tokenizer=tokenizer,
        labels=parts.labels,
        task=parts.task,
        model=model,
        step=step,
    )


def read_settings(folder: str) -> ModelSettings:
    """Returns the settings in a folder, which say what kind it is of.

    Raises:
      InputError: there are none, or those of several models.
    """
    found = [kind for kind in _SETTINGS if kind.is_in(folder)]
    if len(found) == 1:
        return found[0].load(folder)
    names = ", ".join(kind.file_name for kind in found or _SETTINGS)
    raise InputError(
        "not the folder of one fine-tuned model",
        got=names if found else f"none of {names}",
        expected="the settings file of one run",
        next_step="name the --output_dir of a training run of this kit"
        + (" that no other run shares" if found else ""),
        path=folder,
    )


def _read_config(folder: str) -> Config:
    """Returns the config beside the checkpoints, with its GELU form."""
    path = find_config(folder)
    if path is None:
        raise InputError(
            "the model's config is missing",
            got="none in the folder",
            expected="the file that training leaves beside its checkpoints",
            next_step="name the --output_dir of a training run",
            path=folder,
        )
    config = read_config(path)
    form = gelu_form_of(config, folder)
    return dataclasses.replace(config, gelu_form=form)


def _check_fit(
    folder: str,
    config: Config,
    *,
    settings: ModelSettings,
    tokenizer: Tokenizer,
) -> None:
    """Raises InputError where vocabulary, rows and config do not fit."""
    if tokenizer.vocab_size != config.vocab_size:
        raise InputError(
            "vocabulary and config do not belong together",
            got=f"{tokenizer.vocab_size} pieces in {settings.vocabulary}",
            expected=f"{config.vocab_size}, vocab_size of the config",
            next_step="restore the files that training wrote",
            path=folder,
        )
    if settings.max_seq_length > config.max_position_embeddings:
        raise InputError(
            "the settings' rows are beyond the model's positions",
            got=f"max_seq_length {settings.max_seq_length} in "
            f"{settings.file_name}",
            expected=f"at most {config.max_position_embeddings}",
            next_step="restore the files that training wrote",
            path=folder,
        )


def _of_tags(
    folder: str, settings: TaggerSettings, tokenizer: Tokenizer
) -> _Parts:
    label_map = LabelMap.load(folder)
    options = TaggingOptions(
        settings.limits,
        repairs_tags=settings.repairs_tags,
        uses_crf=settings.uses_crf,
    )
    task = TaggingTask(
        find_corpus("ner"),  # no corpus is read: any will do
        "",
        tokenizer=tokenizer,
        label_map=label_map,
        options=options,
    )
    return _Parts("tagging", label_map.labels, task)


def _of_texts(
    folder: str, settings: TextSettings, tokenizer: Tokenizer
) -> _Parts:
    labels = ClassLabels.load(folder)
    change = None
    if settings.entity_format != "as_is":
        change = functools.partial(
            format_entities, entity_format=settings.entity_format
        )
    task = ClassificationTask(
        # No corpus is read; only its kind is of consequence.
        dataclasses.replace(
            find_text_corpus("text", CLASSIFIER), kind=labels.kind
        ),
        "",
        tokenizer=tokenizer,
        labels=labels,
        options=TextOptions(
            limits=settings.limits,
            threshold=settings.threshold,
            change=change,
        ),
    )
    return _Parts(labels.kind, labels.names, task)


def _of_questions(settings: QuestionSettings, tokenizer: Tokenizer) -> _Parts:
    if settings.answer_type == "span":
        options = SpanOptions(
            limits=settings.limits,
            answers=AnswerOptions(
                may_be_impossible=settings.version_2_with_negative
            ),
        )
        return _Parts(
            "span", (), SpanTask({}, tokenizer=tokenizer, options=options)
        )
    task = YesNoTask(
        {},
        tokenizer=tokenizer,
        options=YesNoOptions(
            limits=settings.limits, all_windows=settings.all_windows
        ),
    )
    return _Parts("yesno", YES_NO, task)

"""A model -> a folder that transformers loads with `from_pretrained`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conversion.found_model import FoundModel
from conversion.model_card import FILE_NAME as CARD_FILE
from conversion.model_card import CardFacts, model_card
from conversion.written import Written, check_free, copy_settings
from foundation import files
from modeling.weights import huggingface_writer, model_heads
from modeling.weights.huggingface_files import CONFIG_FILE
from preprocessing.huggingface_tokenizer import names_of_files, write_tokenizer
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.question_settings import QuestionSettings
from tasks.tagger_settings import TaggerSettings
from tasks.text_settings import TextSettings

_DEFAULT_THRESHOLD = 0.5  # of a label's probability


def write(
    model: FoundModel,
    folder: str,
    card: CardFacts,
    *,
    overwrite: bool,
    crf_dropped: bool = False,
) -> Written:
    """Writes weights, config, tokenizer, labels and a model card.

    Args:
      model: what is written.
      folder: of the new model.
      card: what the model card says beside what the files say.
      overwrite: whether files that are there are replaced.
      crf_dropped: whether the model loses its CRF.

    Raises:
      InputError: they are there, or the model has no form there.
    """
    written = [huggingface_writer.WEIGHTS_FILE, CONFIG_FILE, CARD_FILE]
    names = written
    if model.tokenizer is not None:
        names = [*written, *names_of_files(model.tokenizer)]
    check_free(folder, names, overwrite=overwrite)
    notes = _notes(model, crf_dropped=crf_dropped)
    if model.tokenizer is not None and model.vocabulary is not None:
        export = write_tokenizer(
            folder,
            model.tokenizer,
            vocabulary=model.vocabulary,
            max_length=model.config.max_position_embeddings,
        )
        written += export.files
        notes += export.not_carried
        written += copy_settings(
            model, folder, vocabulary=_vocabulary_of(export.files)
        )
    else:
        notes.append("no vocabulary was found: there is no tokenizer")
    written += _copy_labels(model, folder)
    text = model_card(model, card, tuple(notes))
    with files.write_atomically(files.join(folder, CARD_FILE)) as file:
        file.write(text)
    huggingface_writer.write_huggingface(
        folder, model.source, _config(model), kind=model.kind
    )
    return Written(
        folder=folder, weights=folder, files=tuple(written), notes=tuple(notes)
    )


def _config(model: FoundModel) -> dict[str, Any]:
    return huggingface_writer.huggingface_config(
        model.config,
        model.kind,
        gelu_form=str(model.config.gelu_form),
        labels=model.labels,
        problem_type=model.problem_type,
    )


def _vocabulary_of(names: Sequence[str]) -> str:
    (found,) = (n for n in names if n == "vocab.txt" or n.endswith(".model"))
    return found


def _copy_labels(model: FoundModel, folder: str) -> list[str]:
    source = files.join(model.folder, LABEL_FILE)
    if model.settings is None or not files.exists(source):
        return []
    content = files.read_bytes(source)
    with files.write_atomically(files.join(folder, LABEL_FILE), "wb") as file:
        file.write(content)
    return [LABEL_FILE]


def _notes(model: FoundModel, *, crf_dropped: bool) -> list[str]:
    """Returns what our programs do with the model that transformers do not."""
    settings, notes = model.settings, []
    if crf_dropped:
        notes.append(
            "the CRF is left out: the labels of highest score are not those "
            "of the trained tagger"
        )
    if not model.kind.has_pooler and model.kind is not model_heads.MASKED_LM:
        notes.append("the pooler, which this head does not use, is left out")
    if isinstance(settings, TaggerSettings):
        if settings.doc_stride is not None:
            notes.append(
                f"sentences beyond {settings.max_seq_length} pieces: the kit "
                "reads them in overlapping windows"
            )
        if settings.repairs_tags:
            notes.append("tags that are no valid IOB2: the kit repairs them")
    if isinstance(settings, TextSettings):
        notes += _notes_on_texts(settings, model.problem_type)
    if isinstance(settings, QuestionSettings):
        notes.append(
            "answers: the kit reads paragraphs in windows of "
            f"{settings.max_seq_length} pieces, {settings.doc_stride} apart, "
            f"and {settings.max_query_length} pieces of a question"
        )
    return notes


def _notes_on_texts(
    settings: TextSettings, problem_type: str | None
) -> list[str]:
    notes = []
    if settings.overflow == "window":
        notes.append(
            f"texts beyond {settings.max_seq_length} pieces: the kit takes "
            f"the {settings.pooling} of the logits of overlapping windows"
        )
    has_threshold = problem_type == "multi_label_classification"
    if has_threshold and settings.threshold != _DEFAULT_THRESHOLD:
        notes.append(f"a label holds from a probability {settings.threshold}")
    if settings.entity_format == "mask":
        notes.append("the two entities of a text are masked before it is read")
    return notes

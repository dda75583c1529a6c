"""A model -> a folder that transformers loads with `from_pretrained`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from conversion.found_model import FoundModel
from conversion.model_card import FILE_NAME as CARD_FILE
from conversion.model_card import CardFacts, model_card
from conversion.written import (
    Written,
    check_free,
    names_beside,
    stored_labels,
    write_beside,
)
from foundation import files
from modeling.weights import huggingface_writer, model_heads
from modeling.weights.huggingface_files import CONFIG_FILE
from preprocessing.huggingface_tokenizer import names_of_files, write_tokenizer
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.question_settings import QuestionSettings
from tasks.tagger_settings import TaggerSettings
from tasks.text_settings import TextSettings

_KINDS_OF: Mapping[type, tuple[model_heads.HeadKind, ...]] = {
    TaggerSettings: (model_heads.TOKENS,),
    TextSettings: (model_heads.SEQUENCES, model_heads.CHOICE),
    QuestionSettings: (model_heads.SPANS,),
}
_DEFAULT_THRESHOLD = 0.5  # of a label's probability


def write(
    model: FoundModel,
    folder: str,
    card: CardFacts,
    *,
    overwrite: bool,
) -> Written:
    """Writes weights, config, tokenizer, labels and a model card.

    Args:
      model: what is written.
      folder: of the new model.
      card: what the model card says beside what the files say.
      overwrite: whether files that are there are replaced.

    Raises:
      InputError: they are there, or the model has no form there.
    """
    model = _with_its_own_settings(model)
    labels = stored_labels(model) if model.settings is not None else None
    written = [huggingface_writer.WEIGHTS_FILE, CONFIG_FILE, CARD_FILE]
    if model.tokenizer is not None:
        written += [*names_of_files(model.tokenizer), *names_beside(model)]
    if labels is not None:
        written.append(LABEL_FILE)
    check_free(
        folder,
        written,
        overwrite=overwrite,
        is_other_form=lambda name: name.endswith(".index"),
    )
    notes = _notes(model)
    notes += _write_tokenizer(model, folder)
    if labels is not None:
        _write(folder, LABEL_FILE, labels)
    text = model_card(model, card, tuple(notes))
    _write(folder, CARD_FILE, text.encode())
    huggingface_writer.write_huggingface(
        folder, model.source, _config(model), kind=model.kind
    )
    return Written(
        folder=folder, weights=folder, files=tuple(written), notes=tuple(notes)
    )


def _with_its_own_settings(model: FoundModel) -> FoundModel:
    """Returns the model with settings that are true of what is exported.

    Those of a head that is left out go, and a CRF is always left out.
    """
    settings = model.settings
    if isinstance(settings, TaggerSettings):
        settings = dataclasses.replace(settings, uses_crf=False)
    kinds = _KINDS_OF.get(type(settings), ())
    return dataclasses.replace(
        model, settings=settings if model.kind in kinds else None
    )


def _write_tokenizer(model: FoundModel, folder: str) -> Sequence[str]:
    """Writes tokenizer and settings; returns what they cannot carry."""
    if model.tokenizer is None or model.vocabulary is None:
        return ["no vocabulary was found: there is no tokenizer"]
    export = write_tokenizer(
        folder,
        model.tokenizer,
        vocabulary=model.vocabulary,
        max_length=model.config.max_position_embeddings,
    )
    write_beside(model, folder, vocabulary=_vocabulary_of(export.files))
    return export.not_carried


def _write(folder: str, name: str, content: bytes) -> None:
    with files.write_atomically(files.join(folder, name), "wb") as file:
        file.write(content)


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


def _notes(model: FoundModel) -> list[str]:
    """Returns what our programs do with the model that transformers do not."""
    settings, notes = model.settings, _notes_on_weights(model)
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


def _notes_on_weights(model: FoundModel) -> list[str]:
    kind, notes = model.kind, []
    if kind is model_heads.TOKENS and model_heads.has_crf(model.source.shapes):
        notes.append(
            "the CRF is left out: the labels of highest score are not those "
            "of the trained tagger"
        )
    if model_heads.has_pooler(model.source.shapes):
        if not kind.has_pooler:
            notes.append(
                "the pooler, which this head does not use, is left out"
            )
    elif kind.has_pooler:
        notes.append(
            "the source has no pooler: transformers draws one at random"
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

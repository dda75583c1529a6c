"""How a classifier's texts, labels and loss are treated, by its flags."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
from absl import flags, logging

from cli import classification_rows, model_inputs, relations
from foundation import files
from foundation.errors import InputError
from preprocessing.entity_markers import format_entities
from tasks.class_labels import ClassLabels
from tasks.class_weights import class_weights
from tasks.classification import TextOptions
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.text_corpus import TextCorpus
from tasks.text_examples import TextExample
from tasks.text_predictions import targets_of


def text_change(fv: flags.FlagValues) -> Callable[[str], str] | None:
    """Returns what --entity_format does to a text; None: nothing."""
    entity_format = relations.entity_format(fv)
    if entity_format == "as_is":
        return None
    return functools.partial(format_entities, entity_format=entity_format)


def labels_of_model(
    fv: flags.FlagValues, label_folder: str, corpus: TextCorpus
) -> ClassLabels:
    """Returns the labels of a trained model, or the corpus's own.

    A checkpoint of the originals has no label map: their scripts have fixed
    labels, in the order that the corpus file has them.

    Raises:
      InputError: they are not known.
    """
    folders = model_inputs.model_folders(fv, label_folder)
    for folder in folders:
        if files.exists(files.join(folder, LABEL_FILE)):
            return ClassLabels.load(folder)
    if corpus.kind == "score" or corpus.labels is not None:
        logging.info("No %s: the labels of the corpus.", LABEL_FILE)
        return ClassLabels(corpus.kind, corpus.labels or ())
    raise model_inputs.labels_missing(folders, LABEL_FILE)


def check_kind(labels: ClassLabels, corpus: TextCorpus) -> None:
    """Raises InputError where a model has labels of another kind."""
    if labels.kind != corpus.kind:
        raise InputError(
            "the model was trained on labels of another kind",
            got=f"{labels.kind}, with the data read as {corpus.kind}",
            expected="the same kind",
            next_step=f"add --label_kind={labels.kind}, as in training",
        )


def read_options(
    fv: flags.FlagValues, labels: ClassLabels, train: Sequence[TextExample]
) -> TextOptions:
    """Returns how texts are treated; `train` gives balanced weights."""
    return TextOptions(
        limits=classification_rows.read_limits(fv),
        class_weights=_weights(fv, labels, train),
        threshold=fv.threshold,
        head_dropout=fv.head_dropout,
        change=text_change(fv),
    )


def _weights(
    fv: flags.FlagValues, labels: ClassLabels, train: Sequence[TextExample]
) -> np.ndarray | None:
    """Returns the weight of each label in the loss; None: all 1.

    Of labels of which several may hold, "balanced" weighs a label's rows as
    much as all rows without it.
    """
    if fv.class_weights == "none" or not train:
        return None
    if labels.kind in ("score", "choice"):
        raise InputError(
            "--class_weights without classes",
            got=f"--class_weights={fv.class_weights} for a corpus of the kind "
            f"{labels.kind}",
            expected="a corpus with classes",
            next_step="leave --class_weights out",
        )
    counts = targets_of(train, labels).sum(axis=0)
    if labels.kind == "labels" and fv.class_weights == "balanced":
        weights: np.ndarray = (len(train) - counts) / np.maximum(counts, 1)
        return np.where(weights > 0, weights, 1.0).astype(np.float32)
    return class_weights(fv.class_weights, labels.names, counts)

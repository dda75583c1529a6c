"""A model -> a TF1 bundle with what Google's scripts want beside it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

import tensorflow as tf

from conversion.found_model import FoundModel
from conversion.written import (
    Written,
    check_free,
    names_beside,
    stored_labels,
    write_beside,
)
from foundation import files
from foundation.temporary_names import temporary_name
from modeling.config import GELU_NAMES, Config, config_to_json
from modeling.weights import model_heads, tf1
from modeling.weights.huggingface_files import READABLE
from preprocessing.vocabulary import vocabulary_bytes
from tasks import idx2tag
from tasks.class_labels import ClassLabels
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.labels import LabelMap
from tasks.model_settings import vocabulary_name

_POINTER = "checkpoint"
_SUFFIXES = (".data-00000-of-00001", ".index")  # the index last
_EPSILON = 1e-12  # of layer normalisation
_SCHEMES = {  # of a problem type, as ClassLabels has it
    "single_label_classification": "classes",
    "multi_label_classification": "labels",
    "regression": "score",
}


def prefix_of(target: str, family: str) -> str:
    """Returns the bundle's prefix: as given, or Google's name in a folder."""
    if ".ckpt" in target.rpartition("/")[2]:
        return target
    return files.join(target, f"{family}_model.ckpt")


def write(
    model: FoundModel, target: str, names: Sequence[str], *, overwrite: bool
) -> Written:
    """Writes bundle, config, vocabulary and labels.

    Args:
      model: what is written.
      target: a folder, or a prefix with ".ckpt" in its name.
      names: of the tensors.
      overwrite: whether files that are there are replaced.

    Raises:
      InputError: they are there, or the disk is full.
    """
    family = model.config.family
    prefix = prefix_of(target, family)
    folder, _, stem = prefix.rpartition("/")
    folder = folder or "."
    config_name = f"{family}_config.json"
    contents = {config_name: config_to_json(_config(model)).encode()}
    labels = stored_labels(model) or _labels_of(model)
    if labels is not None:
        contents[LABEL_FILE] = labels
    if model.vocabulary is not None:
        vocabulary = vocabulary_name(model.vocabulary)
        contents[vocabulary] = vocabulary_bytes(model.vocabulary)
    written = [*(f"{stem}{suffix}" for suffix in _SUFFIXES), *contents]
    written += [*names_beside(model), _POINTER]
    check_free(
        folder,
        written,
        overwrite=overwrite,
        is_other_form=lambda name: name in READABLE,
    )
    _write_bundle(prefix, model, names)
    for name, content in contents.items():
        _write(folder, name, content)
    if model.vocabulary is not None:
        write_beside(model, folder, vocabulary=vocabulary)
    _write(folder, _POINTER, f'model_checkpoint_path: "{stem}"\n'.encode())
    return Written(
        folder=folder,
        weights=prefix,
        files=tuple(written),
        notes=tuple(_notes(model.config)),
    )


def _write_bundle(prefix: str, model: FoundModel, names: Sequence[str]) -> None:
    partial = temporary_name(prefix)
    try:
        # One copy of the weights: each array goes once it is a tensor.
        tf1.write_bundle(
            partial, {n: tf.constant(model.source.read(n)) for n in names}
        )
        for suffix in _SUFFIXES:
            files.rename(partial + suffix, prefix + suffix)
    finally:
        for suffix in _SUFFIXES:
            files.remove(partial + suffix)


def _config(model: FoundModel) -> Config:
    """Returns the config with the names that Google's code understands.

    Its "gelu" means one of two functions; our key gelu_form says which.
    """
    config = model.config
    if config.hidden_act in GELU_NAMES:
        return dataclasses.replace(config, hidden_act="gelu")
    return config


def _notes(config: Config) -> list[str]:
    """Returns what Google's own code, which has no such key, does not do."""
    notes = []
    if config.gelu_form == "erf" and config.hidden_act in GELU_NAMES:
        notes.append(
            "GELU is the erf form, as in BioBERT's code; google-research/bert "
            "of today and ALBERT's code compute the tanh form"
        )
    if config.layer_norm_epsilon != _EPSILON:
        notes.append(
            f"layer_norm_eps is {config.layer_norm_epsilon}: Google's code "
            f"has {_EPSILON} built in"
        )
    return notes


def _labels_of(model: FoundModel) -> bytes | None:
    """Returns a label_map.json with the outputs' names; None: no names."""
    kind, names = model.kind, model.labels
    if kind is model_heads.SEQUENCES and model.problem_type is not None:
        scheme = _SCHEMES.get(model.problem_type)
        if scheme == "score" or (scheme is not None and names):
            labels = ClassLabels(scheme, names if scheme != "score" else ())
            return _json({"scheme": labels.kind, "labels": list(labels.names)})
    if kind is model_heads.TOKENS and idx2tag.are_tags(names):
        return _json(LabelMap(names, "word").to_json())
    return None


def _json(values: Mapping[str, object]) -> bytes:
    return (json.dumps(values, indent=2) + "\n").encode()


def _write(folder: str, name: str, content: bytes) -> None:
    with files.write_atomically(files.join(folder, name), "wb") as file:
        file.write(content)

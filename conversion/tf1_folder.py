"""A model -> a TF1 bundle with what Google's scripts want beside it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import tensorflow as tf

from conversion.found_model import FoundModel
from conversion.written import Written, check_free, copy_settings
from foundation import files
from foundation.temporary_names import temporary_name
from modeling.config import GELU_NAMES, Config, config_to_json
from modeling.weights import model_heads, tf1
from preprocessing.vocabulary import vocabulary_bytes
from tasks import idx2tag
from tasks.class_labels import ClassLabels
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.labels import LabelMap
from tasks.model_settings import vocabulary_name

_POINTER = "checkpoint"
_SUFFIXES = (".data-00000-of-00001", ".index")  # the index last
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
    written = [*(f"{stem}{suffix}" for suffix in _SUFFIXES), config_name]
    check_free(folder, [*written, _POINTER], overwrite=overwrite)
    _write_bundle(prefix, model, names)
    _write_text(folder, config_name, config_to_json(_config(model)))
    if model.vocabulary is not None:
        name = vocabulary_name(model.vocabulary)
        content = vocabulary_bytes(model.vocabulary)
        with files.write_atomically(files.join(folder, name), "wb") as file:
            file.write(content)
        written.append(name)
        written += copy_settings(model, folder, vocabulary=name)
    labels = _label_map(model)
    if labels is not None:
        _write_text(folder, LABEL_FILE, json.dumps(labels, indent=2) + "\n")
        written.append(LABEL_FILE)
    _write_text(folder, _POINTER, f'model_checkpoint_path: "{stem}"\n')
    return Written(folder=folder, weights=prefix, files=(*written, _POINTER))


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


def _label_map(model: FoundModel) -> dict[str, object] | None:
    """Returns what label_map.json holds; None without names of outputs."""
    kind, names = model.kind, model.labels
    if kind is model_heads.SEQUENCES and model.problem_type is not None:
        scheme = _SCHEMES.get(model.problem_type)
        if scheme == "score" or (scheme is not None and names):
            labels = ClassLabels(scheme, names if scheme != "score" else ())
            return {"scheme": labels.kind, "labels": list(labels.names)}
    if kind is model_heads.TOKENS and names:
        stored = files.join(model.folder, LABEL_FILE)
        if files.exists(stored):
            return LabelMap.load(model.folder).to_json()
        if idx2tag.are_tags(names):
            return LabelMap(names, "word").to_json()
    return None


def _write_text(folder: str, name: str, text: str) -> None:
    with files.write_atomically(files.join(folder, name)) as file:
        file.write(text)

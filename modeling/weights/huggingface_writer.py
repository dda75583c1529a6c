"""Weights under the original names -> config and tensors of Hugging Face.

The inverse of huggingface.py, by the same table of names. PyTorch is not
needed. What `save_pretrained` would not write is not written: output layers
that are the embeddings, a pooler where the class has none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foundation import files
from foundation.errors import InputError
from modeling.config import GELU_NAMES, Config, config_to_dict
from modeling.weights import huggingface_names as names
from modeling.weights.huggingface import GELU_FORMS
from modeling.weights.huggingface_files import CONFIG_FILE
from modeling.weights.model_heads import ENCODER, HeadKind
from modeling.weights.safetensors_writer import write_safetensors
from modeling.weights.source import WeightSource

WEIGHTS_FILE = "model.safetensors"
PROBLEM_TYPES = (
    "single_label_classification",
    "multi_label_classification",
    "regression",
)
# What "gelu" of an original's config is called there.
_ACT_OF_FORM = {"erf": "gelu", "tanh": "gelu_new"}
# Said anew for each export.
_REPLACED = (
    *("architectures", "id2label", "label2id", "problem_type"),
    "torch_dtype",  # what transformers 4 calls dtype
)
_MAPPING = "bert/encoder/embedding_hidden_mapping_in/kernel"


def huggingface_config(
    config: Config,
    kind: HeadKind,
    *,
    gelu_form: str,
    labels: Sequence[str] = (),
    problem_type: str | None = None,
) -> dict[str, Any]:
    """Returns the JSON object of config.json.

    Args:
      config: of the encoder; keys that we do not read are kept.
      kind: decides the class.
      gelu_form: "erf" or "tanh": what the config's "gelu" means.
      labels: names of the outputs, in their order.
      problem_type: of a classifier, one of PROBLEM_TYPES.
    """
    values = config_to_dict(config)
    values.pop("gelu_form", None)
    for key in _REPLACED:
        values.pop(key, None)
    act = config.hidden_act or "linear"
    if act in GELU_NAMES and GELU_FORMS.get(act) != gelu_form:
        act = _ACT_OF_FORM[gelu_form]
    values.update(
        architectures=[kind.class_name(config.family)],
        model_type=config.family,
        hidden_act=act,
        layer_norm_eps=config.layer_norm_epsilon,
        dtype="float32",
        tie_word_embeddings=True,  # a decoder of its own is never written
    )
    # The classes' own would be others' ids: ALBERT's are 0, 2 and 3 too.
    values.setdefault("pad_token_id", 0)
    if labels:
        values["id2label"] = {str(i): name for i, name in enumerate(labels)}
        values["label2id"] = {name: i for i, name in enumerate(labels)}
    if problem_type is not None:
        values["problem_type"] = problem_type
    return values


def write_huggingface(
    folder: str,
    source: WeightSource,
    config: Mapping[str, Any],
    *,
    kind: HeadKind,
) -> list[str]:
    """Writes model.safetensors and config.json into a folder.

    Args:
      folder: is there; files of these names are replaced.
      source: the weights.
      config: as `huggingface_config` returns it.
      kind: which tensors are written.

    Returns:
      The original names of the tensors that were written.

    Raises:
      InputError: a tensor that the model needs has no name there, or the
        source lacks one of the head's.
    """
    family = str(config["model_type"])
    _check(source, kind, family)
    places: dict[str, tuple[str, bool]] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for name in filter(kind.takes, source.shapes):
        translated = names.to_huggingface(name, family)
        if translated is None:
            continue  # an optimizer's slot
        stored, transposed = translated
        if kind is ENCODER:
            stored = stored.removeprefix(f"{family}.")
        shape = tuple(source.shapes[name])
        shapes[stored] = shape[::-1] if transposed else shape
        places[stored] = name, transposed

    def read(stored: str) -> np.ndarray:
        name, transposed = places[stored]
        array = source.read(name)
        return array.T if transposed else array

    write_safetensors(files.join(folder, WEIGHTS_FILE), shapes, read)
    # Last: a folder without it is no model.
    with files.write_atomically(files.join(folder, CONFIG_FILE)) as file:
        json.dump(config, file, indent=2, sort_keys=True, ensure_ascii=False)
        file.write("\n")
    return [name for name, _ in places.values()]


def _check(source: WeightSource, kind: HeadKind, family: str) -> None:
    missing = [name for name in kind.tensors if name not in source.shapes]
    if missing:
        raise InputError(
            f"the checkpoint has no head for {kind.name}",
            got=f"no {missing[0]}",
            expected=f"{len(kind.tensors)} tensors of that head",
            next_step="choose another --head",
            path=source.path,
        )
    if family == "albert" and _MAPPING not in source.shapes:
        raise InputError(
            "this ALBERT has no counterpart in transformers",
            got="embeddings as wide as the layers, with nothing between",
            expected="embedding_hidden_mapping_in",
            next_step="keep it as a TF1 checkpoint",
            path=source.path,
        )

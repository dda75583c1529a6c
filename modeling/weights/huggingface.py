"""A Hugging Face folder -> weights under the original names and layouts.

The folder holds `config.json` and one of `model.safetensors`, its shards with
`model.safetensors.index.json`, or `pytorch_model.bin` (shards likewise).
Tensors are read one by one, when they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from foundation import files
from foundation.errors import InputError
from modeling.weights import huggingface_files as folder_files
from modeling.weights import huggingface_names as names
from modeling.weights import model_heads

_FAMILIES = ("bert", "albert")
# `hidden_act` in a Hugging Face config -> our name of the GELU (DESIGN 2.8).
GELU_FORMS = {
    "gelu": "erf",
    "gelu_python": "erf",
    "gelu_new": "tanh",
    "gelu_fast": "tanh",
    "gelu_pytorch_tanh": "tanh",
    "gelu_python_tanh": "tanh",
}
_DEFAULT_ACT = {"bert": "gelu", "albert": "gelu_new"}  # of the config classes
_TIED = {
    "bert": ("cls.predictions.decoder", "cls.predictions.bias"),
    "albert": ("predictions.decoder", "predictions.bias"),
}
_WEIGHT_FILES = (*folder_files.READABLE, *folder_files.OF_OTHER_FRAMEWORKS)
_EMBEDDING_MAPPING = "bert/encoder/embedding_hidden_mapping_in/kernel"
_WORDS = "embeddings.word_embeddings.weight"


class HuggingFaceFolder:
    """A `WeightSource` over a Hugging Face folder.

    Attributes:
      path: the folder.
      config: the content of config.json.
      family: "bert" or "albert".
      gelu: "erf" or "tanh", as Hugging Face understands `hidden_act`; None
        for another activation.
      shapes: TF1 name -> shape. A tensor that the originals do not have keeps
        its Hugging Face name, so that it is counted as unused.
    """

    def __init__(self, folder: str) -> None:
        self.path = folder
        self.config = folder_files.read_config(folder)
        self._tensors = folder_files.open_tensors(folder)
        self.family = _family_of(folder, self.config, self._tensors)
        act = self.config.get("hidden_act", _DEFAULT_ACT[self.family])
        self.gelu = GELU_FORMS.get(act) if isinstance(act, str) else None
        self._places: dict[str, tuple[str, bool]] = {}
        self.shapes: Mapping[str, tuple[int, ...]] = self._translate()
        _check_supported(folder, self.config, self.shapes)

    def read(self, name: str) -> np.ndarray:
        """Returns one tensor as float32, kernels as [in, out]."""
        stored, transposed = self._places[name]
        array = self._tensors[stored][stored].astype(np.float32, copy=False)
        return np.ascontiguousarray(array.T) if transposed else array

    def _translate(self) -> dict[str, tuple[int, ...]]:
        stripped: dict[str, str] = {}
        for name in self._tensors:
            short = names.strip_prefix(name, self.family)
            if short in stripped:
                raise _is_there_twice(self.path, name, stripped[short])
            stripped[short] = name
        self._settle_tied(stripped)
        shapes = {}
        for name, stored in stripped.items():
            if names.is_constant(name):
                continue
            translated = names.to_original(name, self.family)
            original, transposed = translated or (stored, False)
            shape = self._tensors[stored].shapes[stored]
            shapes[original] = shape[::-1] if transposed else shape
            self._places[original] = stored, transposed
        return shapes

    def _settle_tied(self, stripped: dict[str, str]) -> None:
        """Drops the copies of tied tensors, or uses them for a lost one.

        The output layer of the masked LM is the word embeddings, its bias is
        stored twice; a file may hold either name. Where the config unties
        them the decoder keeps its name and is reported as unused.
        """
        decoder, bias = _TIED[self.family]
        if not self.config.get("tie_word_embeddings", True):
            return
        for copy, real in (
            (f"{decoder}.weight", _WORDS),
            (f"{decoder}.bias", bias),
        ):
            if copy in stripped:
                stripped.setdefault(real, stripped[copy])
                del stripped[copy]


def _is_there_twice(folder: str, name: str, other: str) -> InputError:
    return InputError(
        "the folder has a tensor under two names",
        got=f"{other} and {name}",
        expected="one of them",
        next_step="write the model anew with `save_pretrained` of transformers",
        path=folder,
    )


def is_huggingface_folder(path: str) -> bool:
    """Returns whether `path` is a Hugging Face folder, or a file of weights.

    A folder with config.json counts, unless a TF1 checkpoint is all that lies
    beside it; of the files, those that `open_huggingface` reads.
    """
    folder = folder_files.folder_of(path)
    if not files.exists(files.join(folder, folder_files.CONFIG_FILE)):
        return False
    present = files.list_directory(folder)
    if any(name in present for name in _WEIGHT_FILES):
        return True
    return not any(name.endswith(".index") for name in present)


def open_huggingface(folder: str) -> HuggingFaceFolder:
    """Opens a Hugging Face folder of a BERT or ALBERT model.

    Args:
      folder: the folder, or its weights file.

    Raises:
      InputError: a file is missing or damaged, the model is neither BERT nor
        ALBERT, or it uses what the originals do not have.
    """
    return HuggingFaceFolder(folder_files.folder_of(folder))


def _family_of(
    folder: str, config: Mapping[str, Any], tensors: Mapping[str, Any]
) -> str:
    """Returns "bert" or "albert".

    Configs of before 2020 have no model_type; then `architectures` or the
    prefix of the tensors tells.
    """
    model_type = config.get("model_type")
    if model_type in _FAMILIES:
        return str(model_type)
    architecture = model_heads.class_named_in(config).lower()
    for family in _FAMILIES:
        if model_type is None and (
            architecture.startswith(family)
            or any(name.startswith(f"{family}.") for name in tensors)
        ):
            return family
    raise InputError(
        "the model is neither BERT nor ALBERT"
        if model_type
        else "the config has no model_type and no tensor name tells it",
        got=f"model_type {model_type}" if model_type else "no model_type",
        expected='model_type "bert" or "albert"',
        next_step="choose a BERT or ALBERT model"
        if model_type
        else 'add "model_type": "bert" (or "albert") to the config',
        path=files.join(folder, folder_files.CONFIG_FILE),
    )


def _check_supported(
    folder: str, config: Mapping[str, Any], shapes: Mapping[str, Any]
) -> None:
    """Stops at options that change the forward pass and are not ours.

    Raises:
      InputError: relative positions, a decoder, or an ALBERT that maps its
        embeddings although their width is the hidden size (the original maps
        only where the two differ).
    """
    positions = config.get("position_embedding_type", "absolute")
    is_square = config.get("embedding_size") == config.get("hidden_size")
    problem = None
    if positions != "absolute":
        problem = f"position_embedding_type {positions}"
    elif config.get("is_decoder"):
        problem = "is_decoder true"
    elif is_square and _EMBEDDING_MAPPING in shapes:
        problem = "embedding_hidden_mapping_in with embedding_size equal to "
        problem += "hidden_size"
    if problem is None:
        return
    raise InputError(
        "the model has a part that the original programs do not have",
        got=problem,
        expected="absolute positions and an encoder as published",
        next_step="choose another model",
        path=files.join(folder, folder_files.CONFIG_FILE),
    )

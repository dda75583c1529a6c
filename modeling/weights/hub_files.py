"""Which files of a repository on Hugging Face a model is made of.

The newest kind of weights alone, not each of the five that some repositories
have: Bio_ClinicalBERT's are 3 GB together, 436 MB of which are needed.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError
from modeling.weights.huggingface_files import OF_OTHER_FRAMEWORKS, list_shards

# The first that is there: whole or in shards, then the TF1 checkpoint.
_WEIGHTS = (
    ("model.safetensors",),
    ("model.safetensors.index.json", "model-*-of-*.safetensors"),
    ("pytorch_model.bin",),
    ("pytorch_model.bin.index.json", "pytorch_model-*-of-*.bin"),
)
_SMALL = (
    "config.json",
    "bert_config*.json",
    "albert_config*.json",
    "tokenizer_config.json",
)
_VOCABULARIES = ("vocab*.txt", "*.model")


@dataclass(frozen=True)
class WantedFiles:
    """The names of the files that a model needs.

    Attributes:
      weights: one kind of weights, and what lists their shards.
      others: config, vocabulary, settings of the tokenizer.
    """

    weights: list[str]
    others: list[str]


def wanted_files(names: Sequence[str], path: str) -> WantedFiles:
    """Chooses the files that a model needs.

    Args:
      names: all files of the repository; those in folders do not count.
      path: of the repository, for the message.

    Raises:
      InputError: there are no weights among them that can be read.
    """
    names = sorted(name for name in names if "/" not in name)
    weights = _weights(names)
    if not weights:
        others = [name for name in OF_OTHER_FRAMEWORKS if name in names]
        raise InputError(
            "the repository has no weights that can be read",
            got=f"only {', '.join(others)}"
            if others
            else f"{len(names)} other files",
            expected="model.safetensors, pytorch_model.bin or a TF1 checkpoint",
            next_step="choose another revision or another model",
            path=path,
        )
    vocabularies = _matching(names, _VOCABULARIES)
    if not vocabularies:
        vocabularies = _matching(names, ("tokenizer.json",))
    return WantedFiles(weights, [*_matching(names, _SMALL), *vocabularies])


def missing_files(folder: str) -> list[str]:
    """Returns what a downloaded folder lacks; shards by their names."""
    names = files.list_directory(folder)
    weights = _weights(names)
    if not weights:
        return ["weights"]
    for name in weights:
        if name.endswith(".index.json"):
            shards = list_shards(files.join(folder, name))
            return [shard for shard in shards if shard not in names]
    return []


def _weights(names: Sequence[str]) -> list[str]:
    for first, *rest in _WEIGHTS:
        if first in names:
            return [first, *_matching(names, rest)]
    return _tf1_checkpoint(names)


def _tf1_checkpoint(names: Sequence[str]) -> list[str]:
    """Returns the files of every checkpoint that has both of its parts."""
    found = []
    for name in names:
        prefix = name.removesuffix(".index")
        data = _matching(names, (f"{prefix}.data-*-of-*",))
        if prefix != name and data:
            found += [name, *data]
    return found + (["checkpoint"] if found and "checkpoint" in names else [])


def _matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    patterns = tuple(patterns)
    return [
        name
        for name in names
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    ]

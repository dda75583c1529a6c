"""The published models by name: family, casing, GELU form, vocabulary.

Every original's JSON says "gelu" and means one of two functions, and no TF1
checkpoint says whether its vocabulary is cased; what a path is called does
(originals.md 4.1, 10.3; DESIGN 2.8). A vocabulary's hash cannot lie.
"""

from __future__ import annotations

import re

from foundation import files
from modeling.weights.known_model import KnownModel
from modeling.weights.known_models_clinical import (
    BIOBERTPT,
    BLUEBERT,
    CLINICAL,
)
from modeling.weights.known_models_general import ALBERT, BERT
from modeling.weights.known_models_literature import (
    BIOALBERT,
    BIOBERT,
    OTHERS,
    PUBMEDBERT,
    SCIBERT,
)

# In the order in which names are tried: a model before its family.
TABLE: tuple[KnownModel, ...] = (
    *BIOBERT,
    *CLINICAL,
    *BIOALBERT,
    *BIOBERTPT,
    *SCIBERT,
    *BLUEBERT,
    *PUBMEDBERT,
    *BERT,
    *ALBERT,
    *OTHERS,
)
# Where a vocabulary lies beside a checkpoint; BioBERT-Large's has its own
# name (naver/biobert-pretrained).
_VOCABULARY_FILES = (
    "vocab.txt",
    "30k-clean.model",
    "spiece.model",
    "vocab_cased_pubmed_pmc_30k.txt",
)
_OTHER_VOCABULARY = re.compile(r"vocab.*\.txt|[^.].*\.model|tokenizer\.json")
# A checkpoint's own name, its folder, and the folder of that one (releases
# were unpacked into a folder in a folder). Higher up stand people's names.
_NUM_PARTS = 3
# hf://owner/name@revision, and where Hugging Face's library keeps it.
_HUB = re.compile(r"hf://[^/@]+/(?P<name>[^/@]+)(@[^/]*)?")
_HUB_CACHE = re.compile(
    r".*/models--.+?--(?P<name>[^/]+)/snapshots/[^/]+(/.*)?"
)


def listed_models() -> tuple[KnownModel, ...]:
    """Returns the models, without the entries for whole families."""
    return tuple(model for model in TABLE if model.is_listed)


def find_model(name: str) -> KnownModel | None:
    """Returns the model with this key, name or (hf://) owner/name."""
    wanted = name.lower().removeprefix("hf://").partition("@")[0]
    for model in listed_models():
        if wanted in (model.key, model.name.lower(), (model.hub or "").lower()):
            return model
    return None


def known_model(path: str) -> KnownModel | None:
    """Returns the published model that a path is named after, if any.

    Args:
      path: a checkpoint's prefix or file, a vocabulary, a folder, or
        hf://owner/name. The last three parts of it are compared, the last one
        first.
    """
    path = path.replace("\\", "/").rstrip("/")
    hub = _HUB.fullmatch(path) or _HUB_CACHE.fullmatch(path)
    parts = [hub["name"]] if hub else path.split("/")[-_NUM_PARTS:]
    for part in reversed(parts):
        for model in TABLE:
            if re.fullmatch(model.pattern, part, re.IGNORECASE):
                return model
    return None


def gelu_of(path: str) -> str | None:
    """Returns the GELU form of the model at `path`; None when unknown.

    Its name decides; else its vocabulary, where all known models that have
    it agree.

    Args:
      path: a checkpoint's prefix or file, or its folder.

    Returns:
      "erf", "tanh" or None.
    """
    model = known_model(path)
    if model is not None:
        return model.gelu
    forms = {model.gelu for model in models_by_vocabulary(path)}
    return forms.pop() if len(forms) == 1 else None


def lower_case_of(path: str) -> bool | None:
    """Returns whether the model at `path` is lower-cased; None: unknown.

    The vocabulary's hash decides, it cannot lie; else the name.

    Args:
      path: a vocabulary, a checkpoint's prefix or file, or a folder.
    """
    forms = {model.lower_case for model in models_by_vocabulary(path)}
    if len(forms) == 1:
        return forms.pop()
    model = known_model(path)
    return None if model is None else model.lower_case


def models_by_vocabulary(path: str) -> list[KnownModel]:
    """Returns the known models with the vocabulary at or beside `path`."""
    found = vocabulary_at(path)
    if found is None:
        return []
    digest = files.sha256_of(found)
    return [
        model
        for model in TABLE
        if model.vocabulary is not None and model.vocabulary.has_hash(digest)
    ]


def vocabulary_at(path: str) -> str | None:
    """Returns the vocabulary that a path is, or that lies beside it."""
    if files.is_remote(path):
        return None  # hf://: its files are looked at where they were put
    folder = path
    if not files.is_directory(path):
        if path.endswith((".txt", ".model")) and files.exists(path):
            return path
        folder = path.rpartition("/")[0] or "."
    if not files.exists(folder):
        return None
    names = files.list_directory(folder)
    usual = [name for name in _VOCABULARY_FILES if name in names]
    others = [name for name in names if _OTHER_VOCABULARY.fullmatch(name)]
    found = usual[:1] or (others if len(others) == 1 else [])
    return files.join(folder, found[0]) if found else None

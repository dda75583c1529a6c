"""What a Hugging Face folder says of its tokenizer: casing, accents, pieces.

tokenizer_config.json has the casing; tokenizer.json has it too, and all
pieces: transformers 5 saves no vocab.txt any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError

CONFIG_FILE = "tokenizer_config.json"
TOKENIZER_FILE = "tokenizer.json"
_WHAT = "the tokenizer's file"
_NEXT_STEP = (
    "give --vocab_file the model's vocab.txt (ALBERT: --spm_model_file its "
    "spiece.model)"
)


@dataclass(frozen=True)
class StoredCasing:
    """How text is cleaned, as a folder says; None = it does not say.

    Attributes:
      path: of the file that says it.
      lower_case: whether text is lower-cased.
      strip_accents: whether accents go.
    """

    path: str
    lower_case: bool | None
    strip_accents: bool | None


def read_casing(vocabulary: str) -> StoredCasing | None:
    """Returns what is said of a vocabulary by the files beside it.

    Args:
      vocabulary: vocab.txt, tokenizer.json or a SentencePiece model.

    Returns:
      None where no file beside it says anything of the kind.

    Raises:
      InputError: a file that is not JSON.
    """
    folder = vocabulary.rpartition("/")[0] or "."
    for name, find in ((CONFIG_FILE, _of_config), (TOKENIZER_FILE, _of_rules)):
        path = files.join(folder, name)
        if not files.exists(path):
            continue
        lower_case, strip_accents = find(_read(path))
        if lower_case is not None or strip_accents is not None:
            return StoredCasing(path, lower_case, strip_accents)
    return None


def _of_config(values: Mapping[str, Any]) -> tuple[bool | None, bool | None]:
    strip_accents = _truth(values.get("strip_accents"))
    kept = _truth(values.get("keep_accents"))  # ALBERT's name for it
    if strip_accents is None and kept is not None:
        strip_accents = not kept
    return _truth(values.get("do_lower_case")), strip_accents


def _of_rules(values: Mapping[str, Any]) -> tuple[bool | None, bool | None]:
    """Returns the casing of a BERT tokenizer's rules."""
    rules = values.get("normalizer")
    if not isinstance(rules, dict) or rules.get("type") != "BertNormalizer":
        return None, None
    return _truth(rules.get("lowercase")), _truth(rules.get("strip_accents"))


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def vocabulary_text(path: str) -> str:
    """Returns what the vocab.txt of a tokenizer.json would have in it.

    Raises:
      InputError: it is not of WordPiece, or its ids have holes.
    """
    values = _read(path)
    model = values.get("model")
    model = model if isinstance(model, dict) else {}
    pieces = model.get("vocab")
    if model.get("type") != "WordPiece" or not isinstance(pieces, dict):
        raise InputError(
            "the tokenizer is not BERT's",
            got=f"a model of type {model.get('type')}",
            expected="WordPiece",
            next_step=_NEXT_STEP,
            path=path,
        )
    by_id = {number: piece for piece, number in pieces.items()}
    for added in values.get("added_tokens") or []:
        by_id.setdefault(added.get("id"), added.get("content"))
    if sorted(by_id) != list(range(len(by_id))):
        raise InputError(
            "the ids of the pieces have holes",
            got=f"{len(by_id)} pieces, ids up to {max(by_id, default=0)}",
            expected="every id from 0",
            next_step=_NEXT_STEP,
            path=path,
        )
    return "".join(f"{by_id[number]}\n" for number in range(len(by_id)))


def _read(path: str) -> dict[str, Any]:
    return json_files.read_object(path, what=_WHAT, next_step=_NEXT_STEP)

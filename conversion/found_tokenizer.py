"""The tokenizer of a model that lies in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError
from preprocessing.marked_tokenizer import has_markers, read_markers
from preprocessing.tokenization import (
    Tokenizer,
    infer_lower_case,
    load_sentencepiece,
    load_wordpiece,
)
from tasks.model_settings import ModelSettings

_SETTINGS_FILE = "tokenizer_config.json"  # of Hugging Face
_WORDPIECE = "vocab.txt"


@dataclass(frozen=True)
class TokenizerChoice:
    """What a person says of a tokenizer; None = found out.

    Attributes:
      vocabulary: file of a WordPiece vocabulary or a SentencePiece model.
      lower_case: whether text is lower-cased.
      strip_accents: whether accents go.
      control_characters: "google" or "any", as of `load_wordpiece`.
    """

    vocabulary: str | None = None
    lower_case: bool | None = None
    strip_accents: bool | None = None
    control_characters: str | None = None


def find_tokenizer(
    folder: str,
    settings: ModelSettings | None,
    *,
    family: str,
    choice: TokenizerChoice,
) -> tuple[Tokenizer | None, str | None]:
    """Returns a model's tokenizer and the file of its vocabulary.

    Args:
      folder: of the model.
      settings: of the run that trained it; they decide, if there are any.
      family: "bert" or "albert".
      choice: what a person said of it.

    Raises:
      InputError: a vocabulary that cannot be used, or several of them.
    """
    if settings is not None and choice == TokenizerChoice():
        tokenizer = settings.load_tokenizer(folder)
        vocabulary = files.join(folder, settings.vocabulary)
    else:
        found = choice.vocabulary or _vocabulary_in(folder, family)
        if found is None:
            return None, None
        vocabulary = found
        tokenizer = _loaded(found, folder, choice=choice)
    if has_markers(folder):
        tokenizer = read_markers(folder, tokenizer)
    return tokenizer, vocabulary


def _vocabulary_in(folder: str, family: str) -> str | None:
    names = files.list_directory(folder)
    if family == "bert":
        found = [name for name in names if name == _WORDPIECE]
    else:
        found = [name for name in names if name.endswith(".model")]
    if len(found) > 1:
        raise InputError(
            "the folder has several SentencePiece models",
            got=", ".join(found),
            expected="one",
            next_step="name it with --spm_model_file",
            path=folder,
        )
    return files.join(folder, found[0]) if found else None


def _loaded(path: str, folder: str, *, choice: TokenizerChoice) -> Tokenizer:
    stored = _stored_settings(folder)
    lower_case, strip_accents = (
        given if given is not None else _flag(stored.get(key))
        for given, key in (
            (choice.lower_case, "do_lower_case"),
            (choice.strip_accents, "strip_accents"),
        )
    )
    if path.endswith(".model"):
        # ALBERT lower-cases and drops accents where nothing else is said.
        return load_sentencepiece(
            path,
            lower_case=lower_case is not False,
            strip_accents=strip_accents is not False,
        )
    if lower_case is None:
        lower_case = infer_lower_case(path)
    return load_wordpiece(
        path,
        lower_case=lower_case is not False,  # BERT's default
        strip_accents=strip_accents,
        control_characters=choice.control_characters or "google",
    )


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _stored_settings(folder: str) -> dict[str, Any]:
    path = files.join(folder, _SETTINGS_FILE)
    if not files.exists(path):
        return {}
    return json_files.read_object(
        path,
        what="the tokenizer's settings",
        next_step="remove the file, or download it again",
    )

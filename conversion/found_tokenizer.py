"""The tokenizer of a model that lies in a folder."""

from __future__ import annotations

from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError
from preprocessing.marked_tokenizer import has_markers, read_markers
from preprocessing.stored_tokenizer import (
    TOKENIZER_FILE,
    StoredCasing,
    read_casing,
)
from preprocessing.tokenization import (
    Tokenizer,
    infer_lower_case,
    load_sentencepiece,
    load_wordpiece,
)
from tasks.model_settings import ModelSettings

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
        tokenizer = _loaded(found, choice)
    if has_markers(folder):
        tokenizer = read_markers(folder, tokenizer)
    return tokenizer, vocabulary


def _vocabulary_in(folder: str, family: str) -> str | None:
    names = files.list_directory(folder)
    if family == "albert":
        found = [name for name in names if name.endswith(".model")]
    else:  # transformers 5 saves tokenizer.json alone
        usual = (_WORDPIECE, TOKENIZER_FILE)
        found = [name for name in usual if name in names][:1]
    if len(found) > 1:
        raise InputError(
            "the folder has several SentencePiece models",
            got=", ".join(found),
            expected="one",
            next_step="name it with --spm_model_file",
            path=folder,
        )
    return files.join(folder, found[0]) if found else None


def _loaded(path: str, choice: TokenizerChoice) -> Tokenizer:
    stored = read_casing(path) or StoredCasing(path, None, None)
    lower_case, accents = choice.lower_case, choice.strip_accents
    if lower_case is None:
        lower_case = stored.lower_case
    if accents is None:
        accents = stored.strip_accents
    if path.endswith(".model"):
        # ALBERT lower-cases and drops accents where nothing else is said.
        return load_sentencepiece(
            path,
            lower_case=lower_case is not False,
            strip_accents=accents is not False,
        )
    if lower_case is None:
        lower_case = infer_lower_case(path)
    return load_wordpiece(
        path,
        lower_case=lower_case is not False,  # BERT's default
        strip_accents=accents,
        control_characters=choice.control_characters or "google",
    )

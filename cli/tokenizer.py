"""How text is cut into pieces: the vocabulary and its casing.

The same flags in every script: which vocabulary, and how text is cleaned
before it is cut. What is not given is found out from the files, and logged.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from absl import flags, logging

from cli import stored_casing
from foundation import files
from foundation.errors import InputError
from preprocessing.tokenization import (
    SentencePieceTokenizer,
    Tokenizer,
    infer_lower_case,
    load_sentencepiece,
    load_wordpiece,
)
from preprocessing.vocabulary import MAX_UPPER_CASE_SHARE, upper_case_share

_STRIP_ACCENTS = {"auto": None, "true": True, "false": False}


@dataclass(frozen=True)
class TokenizerOptions:
    """What the flags say.

    Attributes:
      vocab_file: a WordPiece vocabulary; for ALBERT, a path beside the model.
      spm_model_file: a SentencePiece model.
      do_lower_case: None = as the vocabulary is.
      strip_accents: None = when lower-casing.
      control_characters: "google" or "any" (`load_wordpiece`).
      control_characters_given: whether that was on the command line.
    """

    vocab_file: str | None = None
    spm_model_file: str | None = None
    do_lower_case: bool | None = None
    strip_accents: bool | None = None
    control_characters: str = "google"
    control_characters_given: bool = False


def define(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    define_vocabulary(fv, defaults=defaults)
    _define_cleaning(fv, defaults)


def define_vocabulary(
    fv: flags.FlagValues, *, defaults: Mapping[str, Any]
) -> None:
    """Declares the flags of a script that cuts no text itself."""
    flags.DEFINE_string(
        "vocab_file",
        defaults.get("vocab_file"),
        "The vocabulary that the BERT model was trained on, one piece per "
        "line. For ALBERT, a .model file in the same folder is used.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "spm_model_file",
        defaults.get("spm_model_file"),
        "The SentencePiece model that the ALBERT model was trained on.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "do_lower_case",
        defaults.get("do_lower_case"),
        "Whether text is lower-cased: true for uncased models, false for "
        "cased ones. Not given: as the vocabulary is.",
        flag_values=fv,
    )


def _define_cleaning(fv: flags.FlagValues, defaults: Mapping[str, Any]) -> None:
    flags.DEFINE_enum(
        "strip_accents",
        defaults.get("strip_accents", "auto"),
        list(_STRIP_ACCENTS),
        "Whether letters lose their accents; auto: when text is lower-cased, "
        "as BERT does.",
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "control_characters",
        defaults.get("control_characters", "google"),
        ["google", "any"],
        "Which characters a WordPiece tokenizer drops: google: Unicode's Cc "
        "and Cf; any: unassigned and private ones too, as BioBERT and "
        "BlueBERT do.",
        flag_values=fv,
    )


def read(fv: flags.FlagValues) -> TokenizerOptions:
    """Returns the options of parsed flags."""
    options = read_vocabulary(fv)
    return dataclasses.replace(
        options,
        strip_accents=_STRIP_ACCENTS[fv.strip_accents],
        control_characters=fv.control_characters,
        control_characters_given=fv["control_characters"].present > 0,
    )


def read_vocabulary(fv: flags.FlagValues) -> TokenizerOptions:
    """Returns the options of the flags of `define_vocabulary`."""
    return TokenizerOptions(
        vocab_file=fv.vocab_file or None,
        spm_model_file=fv.spm_model_file or None,
        do_lower_case=fv.do_lower_case,
    )


def load_tokenizer(
    options: TokenizerOptions, *, family: str | None = None
) -> Tokenizer:
    """Loads what the options name.

    Args:
      options: what the flags say.
      family: the model's, "bert" or "albert"; None where there is no model:
        then the files decide.

    Raises:
      InputError: a file that is missing or cannot be used, or a flag that
        contradicts the files or the family.
    """
    if not options.vocab_file and not options.spm_model_file:
        raise InputError(
            "no vocabulary",
            got="neither --vocab_file nor --spm_model_file",
            expected="--vocab_file for BERT, --spm_model_file for ALBERT",
            next_step="give the file that came with the checkpoint",
        )
    model_file = _find_model_file(options, family)
    if model_file is None:
        return _load_wordpiece(options)
    return _load_sentencepiece(model_file, options)


def vocabulary_path(options: TokenizerOptions, *, family: str) -> str:
    """Returns the file that `load_tokenizer` reads."""
    return _find_model_file(options, family) or options.vocab_file or ""


def _find_model_file(
    options: TokenizerOptions, family: str | None
) -> str | None:
    """Returns the SentencePiece model to use; None = WordPiece."""
    if family == "bert":
        if options.spm_model_file:
            raise InputError(
                "--spm_model_file does not fit the model",
                got=f"--spm_model_file={options.spm_model_file} for BERT",
                expected="--vocab_file alone: BERT uses WordPiece",
                next_step="leave --spm_model_file out, or give an ALBERT "
                "config and checkpoint",
            )
        return None
    if options.spm_model_file:
        return options.spm_model_file
    vocab_file = options.vocab_file or ""
    if vocab_file.endswith(".model"):
        return vocab_file
    if family is None and files.exists(vocab_file):
        return None
    return _model_beside(vocab_file, family=family)


def _model_beside(vocab_file: str, *, family: str | None) -> str | None:
    """Returns the only .model file in the folder of `vocab_file`."""
    folder = os.path.dirname(vocab_file) or "."
    is_folder = files.is_directory(folder)
    names = files.list_directory(folder) if is_folder else []
    models = [name for name in names if name.endswith(".model")]
    if len(models) == 1:
        found = files.join(folder, models[0])
        logging.info("--spm_model_file is not given; using %s", found)
        return found
    if family is None and not models:
        return None  # the loader of the vocabulary says that it is missing
    found_text = f"{len(models)} .model files" if is_folder else "no folder"
    if models:
        found_text += f" ({', '.join(models)})"
    raise InputError(
        "ALBERT needs its SentencePiece model",
        got=f"no --spm_model_file, and {found_text} in {folder}",
        expected="one .model file beside --vocab_file",
        next_step="give --spm_model_file the .model file that came with the "
        "checkpoint (30k-clean.model for ALBERT and BioALBERT)",
    )


def _load_wordpiece(options: TokenizerOptions) -> Tokenizer:
    vocab_file = options.vocab_file or ""
    inferred = infer_lower_case(vocab_file)
    options = stored_casing.complete(options, vocab_file, inferred=inferred)
    lower_case = options.do_lower_case
    if lower_case is None:
        lower_case = True if inferred is None else inferred
        logging.info(
            "--do_lower_case is not given; using %s, %s",
            str(lower_case).lower(),
            "BERT's default (the vocabulary has no letters)"
            if inferred is None
            else f"since the vocabulary is {_casing(inferred)}",
        )
    elif inferred is not None and lower_case != inferred:
        raise InputError(
            "--do_lower_case contradicts the vocabulary",
            got=f"--do_lower_case={str(lower_case).lower()}",
            expected=f"{str(inferred).lower()}, since the vocabulary is "
            + _casing(inferred),
            next_step="leave --do_lower_case out, or give the vocab.txt that "
            "came with the checkpoint",
            path=vocab_file,
        )
    return load_wordpiece(
        vocab_file,
        lower_case=lower_case,
        strip_accents=options.strip_accents,
        control_characters=options.control_characters,
    )


def _casing(lower_case: bool) -> str:
    return "uncased" if lower_case else "cased"


def _load_sentencepiece(
    model_file: str, options: TokenizerOptions
) -> Tokenizer:
    if options.control_characters_given:
        raise InputError(
            "--control_characters does not fit the model",
            got=f"--control_characters={options.control_characters} with a "
            "SentencePiece model",
            expected="a WordPiece vocabulary: ALBERT's clean-up has no such "
            "step",
            next_step="leave --control_characters out",
        )
    options = stored_casing.complete(options, model_file, inferred=None)
    strip_accents = options.strip_accents is not False  # ALBERT always does
    tokenizer = load_sentencepiece(
        model_file, lower_case=True, strip_accents=strip_accents
    )
    is_cased = _has_capitals(tokenizer)
    if options.do_lower_case is False:
        if is_cased:
            return load_sentencepiece(
                model_file, lower_case=False, strip_accents=strip_accents
            )
        logging.warning(
            "--do_lower_case=false is not followed: %s has no capitals, so "
            "every capital would become <unk>; text is lower-cased",
            model_file,
        )
    elif options.do_lower_case is None:
        logging.info(
            "--do_lower_case is not given; using true, ALBERT's default%s",
            " (this model has capitals: give false to keep them)"
            if is_cased
            else "",
        )
    return tokenizer


def _has_capitals(tokenizer: SentencePieceTokenizer) -> bool:
    share = upper_case_share(tokenizer.all_pieces)
    return share is not None and share > MAX_UPPER_CASE_SHARE

"""Casing that a Hugging Face folder states, where no flag does.

A statement that the vocabulary contradicts is reported and not followed:
cased models are published with lower-casing tokenizers, and the other way
round (EmilyAlsentzer/clinicalBERT#26, dmis-lab/biobert#163).
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from absl import flags, logging

from preprocessing.stored_tokenizer import StoredCasing, read_casing

if TYPE_CHECKING:
    from cli.tokenizer import TokenizerOptions


def complete(
    options: TokenizerOptions, vocabulary: str, *, inferred: bool | None
) -> TokenizerOptions:
    """Returns the options with what the folder of a vocabulary says.

    Args:
      options: what the flags say; that is not changed.
      vocabulary: the file that is used.
      inferred: whether its pieces are lower-cased; None = they do not tell.

    Raises:
      InputError: a file that is not JSON.
    """
    if options.do_lower_case is not None and options.strip_accents is not None:
        return options
    stored = _stored(vocabulary, inferred)
    if stored is None:
        return options
    lower_case, strip_accents = options.do_lower_case, options.strip_accents
    return dataclasses.replace(
        options,
        do_lower_case=stored.lower_case if lower_case is None else lower_case,
        strip_accents=stored.strip_accents
        if strip_accents is None
        else strip_accents,
    )


def take_accents(fv: flags.FlagValues, vocabulary: str) -> None:
    """Gives --strip_accents what the folder of a vocabulary says, if not set.

    So run.flags has it, and the settings beside a trained model.
    """
    stored = read_casing(vocabulary)
    if (
        fv.strip_accents == "auto"
        and stored
        and stored.strip_accents is not None
    ):
        fv.strip_accents = str(stored.strip_accents).lower()


@functools.cache
def _stored(vocabulary: str, inferred: bool | None) -> StoredCasing | None:
    """Reads and reports once, however often a vocabulary is loaded."""
    stored = read_casing(vocabulary)
    if stored is None:
        return None
    told = stored.lower_case
    if told is not None and inferred is not None and told != inferred:
        logging.warning(
            "%s says do_lower_case %s, but the vocabulary is %s: the "
            "vocabulary is followed.",
            stored.path,
            str(told).lower(),
            "uncased" if inferred else "cased",
        )
        stored = dataclasses.replace(stored, lower_case=None)
    found = {
        "do_lower_case": stored.lower_case,
        "strip_accents": stored.strip_accents,
    }
    said = [f"{k} {str(v).lower()}" for k, v in found.items() if v is not None]
    if said:
        logging.info("%s: from %s", ", ".join(said), stored.path)
    return stored

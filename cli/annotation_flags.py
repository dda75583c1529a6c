"""From and to which format, what is taken, and what becomes of the rest."""

from __future__ import annotations

import re
from typing import Any

from absl import flags

from foundation.errors import InputError
from preprocessing.annotations.document import MISMATCHES
from preprocessing.annotations.formats import CONLL, FORMATS
from preprocessing.annotations.overlaps import DISCONTINUOUS, OVERLAPS, Policy
from preprocessing.annotations.tagged import WORDS
from preprocessing.clinical.sentences import SPLITTERS

LINES = "lines"  # of --sentences: a line of the text is a sentence
ALL_TYPES = "all"

_STRINGS = {
    "input": "The corpus: a file, or a folder that is searched with its "
    "folders. From conll a file of words and tags, such as "
    "NER_result_conll.txt, whose last column is taken.",
    "output_dir": "Folder of what is written.",
}
_CHOICES = {
    "overlaps": (
        OVERLAPS,
        "To conll and i2b2_2006: of annotations that share a character, which "
        "one stays. The others are counted.",
    ),
    "discontinuous": (
        DISCONTINUOUS,
        "To all but brat and bigbio: an annotation of several parts is taken "
        "from the first to the last, or each part by itself, or the first.",
    ),
    "mismatches": (
        MISMATCHES,
        "Where an annotation's text is not what stands at its offsets: stop, "
        "keep the offsets, or move it to the nearest place with that text.",
    ),
}
_FRACTIONS = {
    "dev_fraction": "To conll: the share of the patients that become dev.tsv.",
    "test_fraction": "To conll: the share of the patients for test.tsv.",
}
# Flags that mean nothing in some conversions.
_TO_CONLL = (
    *("split", "dev_fraction", "test_fraction", "seed", "patient_pattern"),
    *("sentences", "words"),
)
_FROM_CONLL = ("documents", "keep_attributes")


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    own: dict[str, Any] = {"flag_values": fv}
    names = [*FORMATS, CONLL]
    for name, text in (
        ("from_format", "What --input is."),
        ("to_format", "What is written: conll is train.tsv and its like."),
    ):
        flags.DEFINE_enum(name, None, names, text, required=True, **own)
    for name, text in _STRINGS.items():
        flags.DEFINE_string(name, None, text, required=True, **own)
    for name, (choices, text) in _CHOICES.items():
        flags.DEFINE_enum(name, choices[0], list(choices), text, **own)
    flags.DEFINE_list(
        "types",
        None,
        f"The types that are taken, or {ALL_TYPES}. Not given: all; of "
        "i2b2_2012 the six of events that clinicalBERT tags.",
        **own,
    )
    _define_splits(own)
    _define_rows(own)
    for name, text in (
        ("overwrite", "Replace files that are there."),
        ("debug", "Show the stack trace of an error."),
    ):
        flags.DEFINE_boolean(name, False, text, **own)


def _define_splits(own: dict[str, Any]) -> None:
    flags.DEFINE_string(
        "split", "train", "To conll: what the documents are called.", **own
    )
    for name, text in _FRACTIONS.items():
        flags.DEFINE_float(
            name, 0.0, text, lower_bound=0.0, upper_bound=0.9, **own
        )
    flags.DEFINE_integer(
        "seed", 1, "To conll: another one deals patients out anew.", **own
    )
    flags.DEFINE_string(
        "patient_pattern",
        None,
        "To conll: regular expression whose first group, in a document's "
        "name, is the patient. Not given: i2b2_2014's number before the dash; "
        "else each document is a patient.",
        **own,
    )


def _define_rows(own: dict[str, Any]) -> None:
    flags.DEFINE_string(
        "sentences",
        None,
        f"To conll: what finds sentences: {LINES}, {', '.join(SPLITTERS)}, "
        "spacy:MODEL. Not given: lines for i2b2 2006, 2010 and 2012, whose "
        "lines are sentences, else rules.",
        **own,
    )
    flags.DEFINE_enum(
        "words",
        None,
        list(WORDS),
        "To conll: bert separates punctuation as its tokenizer does; space "
        "does not, as clinicalBERT's notebooks. Not given: space for i2b2's.",
        **own,
    )
    flags.DEFINE_string(
        "documents",
        None,
        "From conll: the .documents.jsonl of the words. Not given: the one "
        "beside --input; without one, words are joined by blanks.",
        **own,
    )
    flags.DEFINE_boolean(
        "keep_attributes",
        False,
        "From conll: ids, parts and attributes of the original annotation "
        "where type and words are the same. Not for predictions.",
        **own,
    )


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that do not go together."""
    if fv.from_format == fv.to_format:
        raise InputError(
            "there is nothing to convert",
            got=f"--from_format and --to_format={fv.to_format}",
            expected="two formats",
            next_step="change one",
        )
    _check_used(fv)
    _check_split(fv)


def _check_used(fv: flags.FlagValues) -> None:
    """Raises InputError for a flag that this conversion does not read."""
    from_conll, to_conll = fv.from_format == CONLL, fv.to_format == CONLL
    form = FORMATS.get(fv.to_format)
    for names, is_used, where in (
        (_TO_CONLL, to_conll, "--to_format=conll"),
        (_FROM_CONLL, from_conll, "--from_format=conll"),
        (("mismatches",), not from_conll, "a --from_format with offsets"),
        (
            ("overlaps",),
            form is None or not form.overlaps,
            "--to_format=conll or i2b2_2006",
        ),
        (
            ("discontinuous",),
            form is None or not form.parts,
            "--to_format that has no parts",
        ),
    ):
        for name in names:
            if fv[name].present and not is_used:
                raise InputError(
                    f"--{name} does nothing in this conversion",
                    got=f"--{name} from {fv.from_format} to {fv.to_format}",
                    expected=where,
                    next_step=f"leave --{name} out",
                )


def _check_split(fv: flags.FlagValues) -> None:
    if not re.fullmatch(r"\w[\w.-]*", fv.split):
        raise InputError(
            "the split cannot be a file's name",
            got=f"--split={fv.split}",
            expected="letters, digits, _, . and -",
            next_step="name it train, dev or test",
        )
    dealt = [s for s in ("dev", "test") if fv[f"{s}_fraction"].value]
    if fv["seed"].present and not dealt:
        raise InputError(
            "--seed does nothing without a fraction",
            got=f"--seed={fv.seed}, all patients in one split",
            expected="--dev_fraction or --test_fraction beside it",
            next_step="leave --seed out, or add a fraction",
        )
    if fv.split in dealt or fv.dev_fraction + fv.test_fraction >= 1:
        raise InputError(
            "the fractions leave nothing of the split",
            got=f"--split={fv.split} with "
            + " and ".join(f"--{s}_fraction" for s in dealt),
            expected="another split, and fractions that add up to less than 1",
            next_step="change them",
        )


def read_policy(fv: flags.FlagValues) -> Policy:
    """Returns what becomes of annotations that do not fit."""
    types = fv.types
    if types is None and fv.from_format in FORMATS:
        types = FORMATS[fv.from_format].types
    elif types == [ALL_TYPES]:
        types = None
    return Policy(
        overlaps=fv.overlaps, discontinuous=fv.discontinuous, types=types
    )


def read_patient_pattern(fv: flags.FlagValues) -> re.Pattern[str] | None:
    """Returns what finds the patient in a document's name.

    Raises:
      InputError: no regular expression.
    """
    pattern = fv.patient_pattern or FORMATS[fv.from_format].patient_pattern
    if not pattern:
        return None
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InputError(
            "--patient_pattern is no regular expression",
            got=f"{error.msg} at character {error.pos}",
            expected=r"one such as '^(\d+)-'",
            next_step="mend it",
        ) from error

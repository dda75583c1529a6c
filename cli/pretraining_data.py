"""How pretraining data is made: files, instances, masks, scale."""

from __future__ import annotations

import math
from typing import Any

from absl import flags, logging

from foundation.errors import InputError
from preprocessing.instance_options import InstanceOptions

FAMILIES = ("bert", "albert")
# Of google-research/bert's and google-research/albert's
# create_pretraining_data.py, where they differ.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "bert": {
        "max_seq_length": 128,
        "dupe_factor": 10,
        "do_whole_word_mask": False,
    },
    "albert": {
        "max_seq_length": 512,
        "dupe_factor": 40,
        "do_whole_word_mask": True,
    },
}
# Flags that only ALBERT's script has.
ALBERT_ONLY = (
    "do_permutation",
    "favor_shorter_ngram",
    "ngram",
    "random_next_sentence",
)


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_string(
        "input_file",
        None,
        "Text, one sentence a line, a blank line between documents: files "
        "and patterns with commas between.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "output_file",
        None,
        "TFRecord files to write, with commas between; records go to them in "
        "turn.",
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "family",
        None,
        list(FAMILIES),
        "Whose records: bert or albert. Not given: albert with "
        "--spm_model_file, else bert.",
        flag_values=fv,
    )
    _define_instances(fv)
    _define_masking(fv)
    _define_albert(fv)
    _define_quirks(fv)
    _define_held_out(fv)


def _define_instances(fv: flags.FlagValues) -> None:
    flags.DEFINE_integer(
        "max_seq_length",
        None,
        "Pieces of a record, [CLS] and both [SEP] included. Not given: 128; "
        "512 for ALBERT.",
        lower_bound=5,
        flag_values=fv,
    )
    flags.DEFINE_integer("random_seed", 12345, "Of every draw.", flag_values=fv)
    flags.DEFINE_integer(
        "dupe_factor",
        None,
        "Passes over the text, each with other pairs and masks. Not given: "
        "10; 40 for ALBERT.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "short_seq_prob",
        0.1,
        "Share of documents, a pass, cut into records of a random shorter "
        "length.",
        lower_bound=0.0,
        upper_bound=1.0,
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "document_break_at_eof",
        False,
        "End a document where its file ends. The originals go on with it in "
        "the next file unless a blank line comes first.",
        flag_values=fv,
    )


def _define_masking(fv: flags.FlagValues) -> None:
    flags.DEFINE_integer(
        "max_predictions_per_seq",
        20,
        "Most masked pieces of a record; run_pretraining.py needs the same "
        "number.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "masked_lm_prob",
        0.15,
        "Share of the pieces of a record that are masked.",
        lower_bound=0.0,
        upper_bound=1.0,
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "do_whole_word_mask",
        None,
        "Mask all pieces of a word together. Not given: false; true for "
        "ALBERT.",
        flag_values=fv,
    )


def _define_albert(fv: flags.FlagValues) -> None:
    flags.DEFINE_integer(
        "ngram",
        3,
        "ALBERT: most words masked in a row.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "favor_shorter_ngram",
        True,
        "ALBERT: short runs of words are likelier than long ones.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "random_next_sentence",
        False,
        "ALBERT: the second part is a random one half of the time, as in "
        "BERT; otherwise the two parts change places half of the time.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "do_permutation",
        False,
        "ALBERT: exchange some pieces too; doubles the number of predictions "
        "that run_pretraining.py must be told.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "input_file_mode",
        "r",
        "ALBERT's flag; r is the only mode that its script could use.",
        flag_values=fv,
    )


# The originals' quirks (originals.md 9.1), each with its switch.
_QUIRKS = {
    "replace_with_specials": "A random piece may be [PAD], [CLS], [unused7].",
    "words_cross_separator": "Whole words: a piece that continues a word joins "
    "the last word of A where it is the first of B.",
    "pair_single_segments": "ALBERT: a chunk of one sentence becomes a pair "
    "with a random one, labelled as swapped; else it is left out.",
}


def _define_quirks(fv: flags.FlagValues) -> None:
    for name, text in _QUIRKS.items():
        flags.DEFINE_boolean(
            name, True, f"As the originals: {text}", flag_values=fv
        )
    flags.DEFINE_boolean(
        "joint_replacement",
        False,
        "The pieces of a masked word share one fate; in the originals each "
        "has its own.",
        flag_values=fv,
    )


def _define_held_out(fv: flags.FlagValues) -> None:
    flags.DEFINE_float(
        "held_out_fraction",
        0.0,
        "Share of the documents whose records go to files of their own, in a "
        "folder held_out beside the others, to measure a model on. Which ones "
        "depends on their text alone.",
        lower_bound=0.0,
        upper_bound=0.9,
        flag_values=fv,
    )


def read_family(fv: flags.FlagValues, *, of_vocabulary: str) -> None:
    """Gives flags that are not set the defaults of the family.

    Args:
      fv: parsed flags; --family is set afterwards.
      of_vocabulary: the family whose vocabularies look like that.

    Raises:
      InputError: flags that do not go together.
    """
    if fv.input_file_mode != "r":
        raise InputError(
            "--input_file_mode cannot be anything but r",
            got=f"--input_file_mode={fv.input_file_mode}",
            expected="r: text",
            next_step="leave --input_file_mode out",
        )
    _check_numbers(fv)
    if fv.family is None:
        fv["family"].value = of_vocabulary
    if fv.family == "bert":
        refuse_albert(fv)
    for name, value in _DEFAULTS[fv.family].items():
        if fv[name].value is None:
            logging.info(
                "--%s is not given: %s, as %s has it.", name, value, fv.family
            )
            fv[name].value = value


def _check_numbers(fv: flags.FlagValues) -> None:
    """Raises InputError for nan, which passes every bound."""
    for name in fv:
        if isinstance(fv[name].value, float) and math.isnan(fv[name].value):
            raise InputError(
                f"--{name} is no number",
                got="nan",
                expected="a number",
                next_step=f"give --{name} a number",
            )


def read_instances(fv: flags.FlagValues) -> InstanceOptions:
    """Returns how instances are made, after `read_family`."""
    names = (
        "family",
        "max_seq_length",
        "max_predictions_per_seq",
        "dupe_factor",
        "do_whole_word_mask",
        "masked_lm_prob",
        "short_seq_prob",
        "random_seed",
        *ALBERT_ONLY,
        *_QUIRKS,
        "joint_replacement",
    )
    return InstanceOptions(**{name: fv[name].value for name in names})


def refuse_albert(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that BERT's records have no use for."""
    names = (*ALBERT_ONLY, "pair_single_segments")
    given = [f"--{name}" for name in names if fv[name].present]
    if fv.spm_model_file:
        given.append("--spm_model_file")
    if given:
        raise InputError(
            "flags of ALBERT for BERT's records",
            got=" and ".join(given),
            expected="--family=albert beside them",
            next_step="add --family=albert or leave them out",
        )

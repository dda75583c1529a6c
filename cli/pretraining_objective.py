"""What the records are for: sentence pairs or blocks of text, whose masks."""

from __future__ import annotations

import dataclasses
from typing import Any

from absl import flags, logging

from cli import pretraining_data, pretraining_outputs
from foundation.errors import InputError
from preprocessing.block_options import BlockOptions
from preprocessing.expected_balance import PairRules
from preprocessing.instance_options import InstanceOptions
from preprocessing.manifest import split_path

PAIRS, BLOCKS = OBJECTIVES = ("sentence_pairs", "mlm_blocks")
# Flags that mean nothing for blocks: no sentences, documents, words or caps.
_OF_PAIRS = (
    "max_seq_length",
    "max_predictions_per_seq",
    "short_seq_prob",
    "do_whole_word_mask",
    "document_break_at_eof",
    "held_out_fraction",
    "words_cross_separator",
    "joint_replacement",
    *pretraining_data.ALBERT_ONLY,
    "pair_single_segments",
)
_FEW_PREDICTIONS = 0.05  # of the pieces; 20 of 512 are 4 %
_OF_WORDS = ("words_cross_separator", "joint_replacement")


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_enum(
        "objective",
        PAIRS,
        list(OBJECTIVES),
        "sentence_pairs: BERT's and ALBERT's records. mlm_blocks: each file "
        "is one row of pieces, cut into blocks, without sentences, documents "
        "or a bound on the masks, as BioBERTpt was trained.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "block_size",
        512,
        "With --objective=mlm_blocks: pieces of a record, [CLS] and [SEP] "
        "included.",
        lower_bound=3,
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "dynamic_masking",
        False,
        "Write records without masks: they are drawn in training, anew for "
        "each epoch, with the settings given here.",
        flag_values=fv,
    )


def read(fv: flags.FlagValues) -> InstanceOptions | BlockOptions:
    """Returns how instances are made, after `pretraining_data.read_family`.

    Raises:
      InputError: flags that would be ignored.
    """
    if fv.objective == BLOCKS:
        _refuse(fv, _OF_PAIRS, because=f"--objective={BLOCKS}")
        return BlockOptions(
            dupe_factor=_passes_over_blocks(fv),
            block_size=fv.block_size,
            masked_lm_prob=fv.masked_lm_prob,
            random_seed=fv.random_seed,
            draw_masks=not fv.dynamic_masking,
            replace_with_specials=fv.replace_with_specials,
        )
    _refuse(fv, ["block_size"], because=f"--objective={PAIRS}")
    if fv.dynamic_masking and fv.do_permutation:
        _refuse(fv, ["do_permutation"], because="--dynamic_masking")
    if not fv.do_whole_word_mask:
        _refuse(fv, _OF_WORDS, because="--do_whole_word_mask=false")
    options = pretraining_data.read_instances(fv)
    _hint_at_predictions(options)
    if options.num_predictions > options.max_predictions_per_seq:
        logging.info(
            "--do_permutation: run_pretraining.py needs "
            "--max_predictions_per_seq=%d.",
            options.num_predictions,
        )
    return dataclasses.replace(options, draw_masks=not fv.dynamic_masking)


def _passes_over_blocks(fv: flags.FlagValues) -> int:
    """Returns --dupe_factor; without masks there is nothing to repeat."""
    if fv.dynamic_masking and not fv["dupe_factor"].present:
        return 1
    return int(fv.dupe_factor)


def _refuse(fv: flags.FlagValues, names: Any, *, because: str) -> None:
    given = [f"--{name}" for name in names if fv[name].present]
    if given:
        raise InputError(
            f"flags that mean nothing with {because}",
            got=" and ".join(given),
            expected=f"{because} without them",
            next_step="leave them out",
        )


def _hint_at_predictions(options: InstanceOptions) -> None:
    """Says where --max_predictions_per_seq cuts off most of the masks.

    ALBERT's README has 20 for 512 pieces (google-research/albert issue 51).
    """
    wanted = round(options.max_seq_length * options.masked_lm_prob)
    most = options.max_predictions_per_seq
    if most < wanted and most / options.max_seq_length < _FEW_PREDICTIONS:
        logging.info(
            "--max_predictions_per_seq=%d masks %.0f %% of %d pieces, not "
            "--masked_lm_prob=%g; %d would.",
            most,
            100 * most / options.max_seq_length,
            options.max_seq_length,
            options.masked_lm_prob,
            wanted,
        )


def pair_rules(options: InstanceOptions | BlockOptions) -> PairRules | None:
    """Returns what decides about pairs; None where there are none."""
    if isinstance(options, BlockOptions):
        return None
    return PairRules(
        max_seq_length=options.max_seq_length,
        short_seq_prob=options.short_seq_prob,
        random_next=not options.swaps_sentences,
    )


def as_they_acted(
    fv: flags.FlagValues, options: InstanceOptions | BlockOptions
) -> dict[str, Any]:
    """Returns what the records depend on, by flag name."""
    values = dataclasses.asdict(options)
    values["dynamic_masking"] = not values.pop("draw_masks")
    names = ["objective", "input_file", "strip_accents", "control_characters"]
    if isinstance(options, BlockOptions):
        values["family"] = fv.family
    else:
        names += ["document_break_at_eof", "held_out_fraction"]
        if options.family == "bert":
            for name in pretraining_data.ALBERT_ONLY:
                del values[name]
            del values["pair_single_segments"]
    if fv.num_workers is not None:
        names.append("unit_megabytes")
    # Where a record goes depends on them, and how many there are; not on
    # their folders, which may be moved.
    paths = pretraining_outputs.listed(fv)
    values["output_files"] = [split_path(path)[1] for path in paths]
    return values | {name: fv[name].value for name in names}

"""What a language model is trained on: records, lengths, objective."""

from __future__ import annotations

import dataclasses
from typing import Any

from absl import flags, logging

from cli import lm_checks, lm_records, lm_vocabulary
from cli.lm_records import NamedRecords
from cli.lm_vocabulary import KnownVocabulary
from foundation.errors import InputError
from modeling.config import Config
from preprocessing.block_options import BlockOptions
from preprocessing.dynamic_masking import DynamicMasker
from preprocessing.instance_options import InstanceOptions
from preprocessing.manifest import Manifest
from preprocessing.vocabulary_facts import vocabulary_facts
from training.pretraining_options import SENTENCE_TASKS, InputOptions

# What --objective=auto means where the records have labels: the names that
# the originals' eval_results.txt have.
_SENTENCE_TASK = {"bert": "next_sentence", "albert": "sentence_order"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class PretrainingInputs:
    """The records of a run, checked.

    Attributes:
      objective: "masked_lm", "next_sentence" or "sentence_order".
      train: of the first phase.
      phase2: of the second; None = there is one phase.
      evaluation: what is scored; None = nothing.
      vocabulary: of the model; None = not known.
      settings: what must be the same in a resumed run.
    """

    objective: str
    train: InputOptions
    phase2: InputOptions | None
    evaluation: InputOptions | None
    vocabulary: KnownVocabulary | None
    settings: dict[str, Any]


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    _define_lengths(fv)
    flags.DEFINE_string(
        "input_file",
        None,
        "Records of create_pretraining_data.py: TFRecord files and patterns "
        "with commas between.",
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "objective",
        "auto",
        ["auto", *SENTENCE_TASKS],
        "What is learned beside the masked pieces. auto: next_sentence for "
        "BERT, sentence_order for ALBERT, masked_lm alone where the records "
        "have no labels.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "shuffle",
        True,
        "Read the records in another order in each epoch. --noshuffle: as "
        "they are in the files, starting over at their end.",
        flag_values=fv,
    )
    flags.DEFINE_float(
        "masked_lm_budget",
        0.0,
        "ALBERT's flag for masks that are drawn in training; that part of its "
        "code is not public. create_pretraining_data.py --dynamic_masking "
        "makes records for it.",
        flag_values=fv,
    )


def _define_lengths(fv: flags.FlagValues) -> None:
    flags.DEFINE_integer(
        "max_seq_length",
        None,
        "Pieces of a record. Not given: as the records have it; given: what "
        "they must have.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "max_predictions_per_seq",
        None,
        "Masked pieces of a record, at most. Not given: as the records have "
        "it; given: what they must have.",
        lower_bound=1,
        flag_values=fv,
    )


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that cannot be honoured."""
    if fv.masked_lm_budget > 0:
        raise InputError(
            "--masked_lm_budget is not there",
            got=fv.masked_lm_budget,
            expected="0: the code behind it was never published",
            next_step="make the records with create_pretraining_data.py "
            "--dynamic_masking: their masks are drawn in training, anew for "
            "each epoch",
        )


def read(fv: flags.FlagValues, config: Config) -> PretrainingInputs:
    """Reads what the flags name and checks it, the files too.

    Raises:
      InputError: something does not go together.
    """
    vocabulary = lm_vocabulary.find(fv, config)
    train = lm_records.read(fv, "input_file")
    lm_records.take_lengths(fv, train)
    phase2 = held_out = None
    if fv.phase2_input_file:
        phase2 = lm_records.read(fv, "phase2_input_file")
        lm_records.take_lengths(fv, phase2, prefix="phase2_")
    if fv.eval_input_file:
        held_out = lm_records.read(fv, "eval_input_file")
    every = [named for named in (train, phase2, held_out) if named]
    objective = _objective(fv, train, config.family)
    for named in every:
        lm_checks.check_fits_model(
            named,
            config,
            vocabulary,
            lower_case=_lower_case(fv, vocabulary),
            needs_labels=bool(SENTENCE_TASKS[objective]),
        )
    if held_out is not None:
        phases = [named for named in (train, phase2) if named]
        lm_records.check_same_lengths(held_out, phases)
    lm_checks.check_files(every)
    made = {named.flag: _options(fv, named, vocabulary) for named in every}
    scored = made[held_out.flag if held_out else train.flag]
    return PretrainingInputs(
        objective=objective,
        train=made[train.flag],
        phase2=_second(fv, made[phase2.flag]) if phase2 else None,
        evaluation=_scored(fv, scored) if fv.do_eval else None,
        vocabulary=vocabulary,
        settings=_settings(train, vocabulary),
    )


def _scored(fv: flags.FlagValues, inputs: InputOptions) -> InputOptions:
    """Returns records as an evaluation reads them."""
    return dataclasses.replace(
        inputs,
        batch_size=fv.eval_batch_size,
        gradient_accumulation_steps=1,
        shuffle=False,
    )


def _objective(fv: flags.FlagValues, train: NamedRecords, family: str) -> str:
    if fv.objective != "auto":
        return str(fv.objective)
    objective = _SENTENCE_TASK[family] if train.has_labels else "masked_lm"
    logging.info("--objective is not given; using %s.", objective)
    fv.objective = objective
    return objective


def _lower_case(
    fv: flags.FlagValues, vocabulary: KnownVocabulary | None
) -> bool | None:
    """Returns whether the text of the records must be lower-cased."""
    if vocabulary is not None:
        return vocabulary.lower_case
    given: bool | None = fv.do_lower_case
    return given


def _options(
    fv: flags.FlagValues,
    named: NamedRecords,
    vocabulary: KnownVocabulary | None,
) -> InputOptions:
    masker = None
    if not named.has_masks:
        assert vocabulary is not None  # check_fits_model
        assert named.manifest is not None
        masker = DynamicMasker(
            _mask_options(named.manifest), vocabulary_facts(vocabulary.pieces)
        )
    return InputOptions(
        records=named.records,
        max_seq_length=named.max_seq_length,
        max_predictions_per_seq=named.max_predictions_per_seq,
        batch_size=fv.train_batch_size,
        gradient_accumulation_steps=fv.gradient_accumulation_steps,
        shuffle=fv.shuffle,
        masker=masker,
    )


def _mask_options(manifest: Manifest) -> InstanceOptions | BlockOptions:
    """Returns the options that the records' masks are to be drawn with."""
    kind: type[InstanceOptions | BlockOptions] = InstanceOptions
    if manifest.flags.get("objective") == "mlm_blocks":
        kind = BlockOptions
    names = {field.name for field in dataclasses.fields(kind)}
    values = {k: v for k, v in manifest.flags.items() if k in names}
    return kind(**{**values, "draw_masks": False})


def _second(fv: flags.FlagValues, inputs: InputOptions) -> InputOptions:
    """Returns the second phase's records in its own batches."""
    batch, micro_batches = (
        fv.phase2_train_batch_size,
        fv.phase2_gradient_accumulation_steps,
    )
    return dataclasses.replace(
        inputs,
        batch_size=batch or inputs.batch_size,
        gradient_accumulation_steps=micro_batches
        or inputs.gradient_accumulation_steps,
    )


def _settings(
    train: NamedRecords, vocabulary: KnownVocabulary | None
) -> dict[str, Any]:
    """Returns what is known of the text behind the records."""
    settings: dict[str, Any] = {}
    if train.manifest is not None:
        settings["vocabulary"] = train.manifest.vocab_sha256
        settings["do_lower_case"] = train.manifest.do_lower_case
    elif vocabulary is not None:
        settings["vocabulary"] = vocabulary.pieces.vocab_sha256
    return settings

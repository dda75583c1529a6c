"""A run of create_pretraining_data.py: what it is told, and which way it goes.

The text as a whole in one process (pretraining_whole.py), in units by several
(pretraining_units.py), or only looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags, logging

from cli import (
    pretraining_data,
    pretraining_objective,
    pretraining_scale,
    pretraining_units,
    pretraining_whole,
    progress_bars,
    text_inputs,
    tokenizer,
)
from foundation import files
from foundation.errors import InputError
from preprocessing import doctor, findings, manifest
from preprocessing.block_options import BlockOptions
from preprocessing.corpus_files import FilePart
from preprocessing.documents import line_encoder
from preprocessing.example_encoding import RecordFormat
from preprocessing.expected_balance import PairRules
from preprocessing.instance_options import InstanceOptions
from preprocessing.record_job import RecordJob, features_of
from preprocessing.tokenization import Tokenizer, settings_of
from preprocessing.vocabulary_facts import vocabulary_facts


def run_all(fv: flags.FlagValues) -> int:
    """Runs what the flags ask for; returns the exit code."""
    pretraining_scale.check(fv)
    paths = text_inputs.read(fv)
    logging.info("*** Reading from %d input files ***", len(paths))
    pieces = _tokenizer(fv)
    options = pretraining_objective.read(fv)
    _check_vocabulary(fv, pieces)
    rules = pretraining_objective.pair_rules(options)
    if fv.check_only:
        return _check(fv, paths, pieces, rules=rules)
    job = _job(fv, pieces, options)
    del pieces  # who needs them loads them, here or in another process
    if fv.num_workers is None:
        pretraining_whole.run(fv, paths, job, rules=rules)
    else:
        pretraining_units.run(fv, paths, job, rules=rules)
    return 0


def _tokenizer(fv: flags.FlagValues) -> Tokenizer:
    """Loads what --vocab_file or --spm_model_file name.

    ALBERT may have a WordPiece vocabulary; BERT has nothing else.
    """
    asked = None
    if fv.family == "bert":
        pretraining_data.refuse_albert(fv)
        asked = "bert"
    pieces = tokenizer.load_tokenizer(tokenizer.read(fv), family=asked)
    pretraining_data.read_family(fv, of_vocabulary=pieces.family)
    return pieces


def _check_vocabulary(fv: flags.FlagValues, pieces: Tokenizer) -> None:
    """Names a file without a [MASK] of its own."""
    try:
        vocabulary_facts(pieces)
    except InputError as error:
        raise InputError(
            error.problem,
            got=error.got,
            expected=error.expected,
            next_step=error.next_step,
            path=fv.spm_model_file or fv.vocab_file,
        ) from error


def _check(
    fv: flags.FlagValues,
    paths: Sequence[str],
    pieces: Tokenizer,
    *,
    rules: PairRules | None,
) -> int:
    """Prints what is to be said of the text; 2 where it cannot be used."""
    total = sum(map(files.size_of, paths))
    with progress_bars.bar("reading", total, "B") as see:
        found = doctor.check_corpus(
            [FilePart(path) for path in paths],
            line_encoder(pieces),
            rules=rules,
            break_at_end_of_file=fv.document_break_at_eof,
            progress=see,
        )
    print(findings.report(found))
    return 2 if findings.has_errors(found) else 0


def _job(
    fv: flags.FlagValues,
    pieces: Tokenizer,
    options: InstanceOptions | BlockOptions,
) -> RecordJob:
    record_format = RecordFormat(
        options.max_seq_length,
        options.num_predictions,
        # Blocks have as many masks as were drawn, from none to all.
        padded=not (isinstance(options, BlockOptions) and options.draw_masks),
        gzip=fv.gzip,
    )
    described = manifest.Manifest(
        family=fv.family,
        vocab_sha256=pieces.vocab_sha256,
        do_lower_case=pieces.lower_case,
        max_seq_length=record_format.max_seq_length,
        max_predictions_per_seq=record_format.max_predictions_per_seq,
        features=features_of(options, record_format),
        padded=record_format.padded,
        gzip=record_format.gzip,
        random_seed=options.random_seed,
        flags=pretraining_objective.as_they_acted(fv, options),
    )
    vocabulary = tokenizer.vocabulary_path(
        tokenizer.read(fv),
        family="bert" if fv.family == "bert" else pieces.family,
    )
    return RecordJob(
        tokenizer=settings_of(pieces, vocabulary),
        options=options,
        record_format=record_format,
        manifest=described,
        break_at_end_of_file=fv.document_break_at_eof,
        held_out_fraction=fv.held_out_fraction,
        memory_budget=int(fv.memory_budget * 1e6),
    )

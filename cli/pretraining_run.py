"""A run of create_pretraining_data.py: read, pair and mask, write."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import tqdm
from absl import flags, logging

from cli import pretraining_data, pretraining_outputs, tokenizer
from foundation import files
from foundation.errors import InputError
from preprocessing import (
    doctor,
    findings,
    manifest,
    records,
    tfrecord_writer,
)
from preprocessing.corpus_files import FilePart, expand_inputs
from preprocessing.documents import Corpus, line_encoder, read_corpus
from preprocessing.expected_balance import PairRules
from preprocessing.instances import (
    InstanceOptions,
    InstanceTable,
    VocabularyFacts,
    create_instances,
    vocabulary_facts,
)
from preprocessing.tokenization import Tokenizer

_NUM_LOGGED = 20  # instances, with --log_examples


def run_all(fv: flags.FlagValues) -> int:
    """Runs what the flags ask for; returns the exit code."""
    parts = _inputs(fv)
    pieces = _tokenizer(fv)
    options = pretraining_data.read_instances(fv)
    facts = _facts(fv, pieces)
    rules = PairRules(
        max_seq_length=options.max_seq_length,
        short_seq_prob=options.short_seq_prob,
        random_next=not options.swaps_sentences,
    )
    if fv.check_only:
        return _check(fv, parts, pieces, rules=rules)
    paths = pretraining_outputs.check(fv, parts)
    corpus = _read(fv, parts, pieces, rules=rules)
    table, order = _make(fv, corpus, options, facts=facts)
    if not len(table):
        raise InputError(
            "no record can be made of this text",
            got=f"{corpus.num_documents} documents, "
            f"{corpus.num_sentences} sentences",
            expected="documents of two sentences or more",
            next_step="leave --nopair_single_segments out, or add text",
            path=parts[0].path,
        )
    if fv.log_examples:
        _log_examples(table, order, pieces)
    _write(fv, table, order, paths=paths, options=options, pieces=pieces)
    return 0


def _inputs(fv: flags.FlagValues) -> list[FilePart]:
    if not fv.input_file:
        raise InputError(
            "there is no text to read",
            got="no --input_file",
            expected="files or patterns, with commas between",
            next_step="add --input_file=corpus/*.txt",
        )
    paths = expand_inputs(fv.input_file)
    logging.info("*** Reading from %d input files ***", len(paths))
    return [FilePart(path) for path in paths]


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


def _facts(fv: flags.FlagValues, pieces: Tokenizer) -> VocabularyFacts:
    """Returns what masking needs to know; names a file without [MASK]."""
    try:
        return vocabulary_facts(pieces)
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
    parts: Sequence[FilePart],
    pieces: Tokenizer,
    *,
    rules: PairRules,
) -> int:
    """Prints what is to be said of the text; 2 where it cannot be used."""
    found = doctor.check_corpus(
        parts,
        line_encoder(pieces),
        rules=rules,
        break_at_end_of_file=fv.document_break_at_eof,
    )
    print(findings.report(found))
    return 2 if findings.has_errors(found) else 0


def _read(
    fv: flags.FlagValues,
    parts: Sequence[FilePart],
    pieces: Tokenizer,
    *,
    rules: PairRules,
) -> Corpus:
    total = sum(files.size_of(part.path) for part in parts)
    collector = doctor.new_collector(
        pieces, rules=rules, break_at_end_of_file=fv.document_break_at_eof
    )
    with _bar("reading", total, "B") as bar:
        corpus = read_corpus(
            parts,
            line_encoder(pieces),
            memory_budget=_budget(fv),
            break_at_end_of_file=fv.document_break_at_eof,
            watch=collector.see,
            progress=bar.update,
        )
    found = doctor.diagnose(collector.finish(), pieces, rules=rules)
    logging.info("What the text is like:\n%s", findings.report(found))
    if not corpus.num_documents:
        raise InputError(
            "there is no text to make records of",
            got=f"{len(parts)} files without a line that has pieces",
            expected="one sentence a line, a blank line between documents",
            next_step="look at the files; --check_only says what they hold",
            path=parts[0].path,
        )
    return corpus


def _make(
    fv: flags.FlagValues,
    corpus: Corpus,
    options: InstanceOptions,
    *,
    facts: VocabularyFacts,
) -> tuple[InstanceTable, Any]:
    total = corpus.num_documents * options.dupe_factor
    with _bar("pairing and masking", total, "document") as bar:
        return create_instances(
            corpus,
            options,
            facts,
            memory_budget=_budget(fv),
            spill_folder=tempfile.gettempdir(),
            report=bar.update,
        )


def _write(
    fv: flags.FlagValues,
    table: InstanceTable,
    order: Any,
    *,
    paths: Sequence[str],
    options: InstanceOptions,
    pieces: Tokenizer,
) -> None:
    record_format = records.RecordFormat(
        options.max_seq_length, _num_predictions(options), gzip=fv.gzip
    )
    tfrecord_writer.remove_leftovers(paths)
    with _bar("writing", len(table), "record") as bar:
        written = records.write_records(
            table,
            order,
            paths,
            record_format=record_format,
            progress=_records_only(bar.update),
        )
    described = manifest.Manifest(
        family=options.family,
        vocab_sha256=pieces.vocab_sha256,
        do_lower_case=pieces.lower_case,
        max_seq_length=record_format.max_seq_length,
        max_predictions_per_seq=record_format.max_predictions_per_seq,
        features=records.feature_lengths(table, record_format),
        padded=record_format.padded,
        gzip=record_format.gzip,
        random_seed=options.random_seed,
        flags=pretraining_data.as_they_acted(fv, options),
    )
    manifest.save_manifest(described, written)
    logging.info("Wrote %d total instances", len(table))
    for file in written:
        print(
            f"{file.num_records} records, {file.num_bytes} bytes: {file.path}"
        )


def _num_predictions(options: InstanceOptions) -> int:
    """Returns the length of the masked_lm features."""
    number = options.max_predictions_per_seq
    if not options.do_permutation:
        return number
    logging.info(
        "--do_permutation: run_pretraining.py needs "
        "--max_predictions_per_seq=%d.",
        2 * number,
    )
    return 2 * number


def _records_only(update: Callable[[int], Any]) -> Callable[[int, int], None]:
    def progress(num_records: int, _num_bytes: int) -> None:
        update(num_records)

    return progress


def _budget(fv: flags.FlagValues) -> int:
    return int(fv.memory_budget * 1e6)


def _bar(what: str, total: int, unit: str) -> tqdm.tqdm:
    return tqdm.tqdm(
        total=total,
        desc=what,
        unit=unit,
        unit_scale=True,
        disable=None,  # quiet when not a terminal
    )


def _log_examples(table: InstanceTable, order: Any, pieces: Tokenizer) -> None:
    """Logs the first records, as the originals always did."""
    for number, row in enumerate(order[:_NUM_LOGGED]):
        ids = table.input_ids[table.starts[row] : table.starts[row + 1]]
        logging.info(
            "*** Example %d ***\n  tokens: %s\n  is random or swapped: %d",
            number,
            " ".join(pieces.pieces(ids.tolist())),
            table.next_sentence_labels[row],
        )

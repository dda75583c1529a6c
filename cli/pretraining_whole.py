"""The records of a text as a whole, in one process: exactly the originals'."""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags, logging

from cli import pretraining_outputs, pretraining_shown, progress_bars
from foundation import files, memory
from foundation.errors import InputError
from preprocessing import (
    doctor,
    findings,
    held_out,
    manifest_writing,
    record_making,
    tfrecord_writer,
)
from preprocessing.corpus import Corpus
from preprocessing.corpus_files import FilePart
from preprocessing.documents import EncodedBlock
from preprocessing.expected_balance import PairRules
from preprocessing.piece_blocks import PieceBlocks
from preprocessing.record_job import RecordJob
from preprocessing.record_making import Made, Outputs
from preprocessing.records import RecordFiles
from preprocessing.text_hash import TextHash


def run(
    fv: flags.FlagValues,
    paths: Sequence[str],
    job: RecordJob,
    *,
    rules: PairRules | None,
) -> None:
    """Reads all files, then makes and writes all records.

    Raises:
      InputError: text or places that cannot be used, or no record comes out.
    """
    memory.give_back_large_arrays()
    outputs = _outputs(fv, paths, job)
    text_hash = TextHash(by_file=job.by_file)
    text = _read(paths, job, outputs, rules=rules, text_hash=text_hash)
    if isinstance(text, PieceBlocks):
        _say_what_is_dropped(text)
    elif job.held_out_fraction > 0:
        _say_what_is_held_out(text, job.held_out_fraction)
    memory.give_back_freed()
    with RecordFiles() as record_files:
        made = record_making.write(
            text,
            outputs,
            job,
            seed=job.options.random_seed,
            record_files=record_files,
            bars=progress_bars.bar,
        )
        _check_made(made, path=paths[0])
        record_files.publish()
    manifest_writing.save_manifest(
        job.manifest, made.files, text_sha256=text_hash.hexdigest()
    )
    if fv.log_examples:
        pretraining_shown.log_examples(
            outputs.train, record_making.encoder_of(job.tokenizer).tokenizer
        )
    num_records = sum(file.num_records for file in made.files)
    logging.info("Wrote %d total instances", num_records)
    for file in made.files:
        print(
            f"{file.num_records} records, {file.num_bytes} bytes: {file.path}"
        )


def _outputs(
    fv: flags.FlagValues, paths: Sequence[str], job: RecordJob
) -> Outputs:
    named = pretraining_outputs.names(fv, inputs=paths)
    outputs = Outputs.of(named, job)
    pretraining_outputs.check_absent(
        outputs.paths, overwrite=fv.overwrite_output
    )
    pretraining_outputs.prepare_folders(outputs.paths)
    tfrecord_writer.remove_leftovers(outputs.paths)
    return outputs


def _read(
    paths: Sequence[str],
    job: RecordJob,
    outputs: Outputs,
    *,
    rules: PairRules | None,
    text_hash: TextHash,
) -> Corpus | PieceBlocks:
    pieces = record_making.encoder_of(job.tokenizer).tokenizer
    collector = doctor.new_collector(
        pieces, rules=rules, break_at_end_of_file=job.break_at_end_of_file
    )
    total = sum(map(files.size_of, paths))
    with progress_bars.bar("reading", total, "B") as see:

        def watch(encoded: EncodedBlock) -> None:
            collector.see(encoded)
            text_hash.add(encoded.block)
            see(encoded.block.num_bytes)

        text = record_making.read(
            [FilePart(path) for path in paths],
            job,
            spill_folder=record_making.spill_folder_for(outputs.train),
            watch=watch,
        )
    record_making.forget_encoder(job.tokenizer)
    found = doctor.diagnose(collector.finish(), pieces, rules=rules)
    logging.info("What the text is like:\n%s", findings.report(found))
    if findings.has_errors(found):
        raise InputError(
            "there is no text to make records of",
            got=f"{len(paths)} files without a line that has pieces",
            expected="one sentence a line, a blank line between documents",
            next_step="look at the files; --check_only says what they hold",
            path=paths[0],
        )
    return text


def _say_what_is_held_out(corpus: Corpus, fraction: float) -> None:
    is_held_out = held_out.held_out_documents(corpus, fraction)
    logging.info(
        "Held out: %d of %d documents; %d of their sentences are in the "
        "others, too.",
        is_held_out.sum(),
        corpus.num_documents,
        held_out.num_shared_sentences(corpus, is_held_out),
    )


def _say_what_is_dropped(blocks: PieceBlocks) -> None:
    logging.info(
        "%d blocks; at the ends of %d files %d pieces are dropped, less than "
        "a block each.",
        len(blocks),
        len(blocks.files),
        sum(file.num_dropped for file in blocks.files),
    )


def _check_made(made: Made, *, path: str) -> None:
    """Raises InputError where nothing was made, to train on or to measure."""
    if not sum(file.num_records for file in made.train):
        raise InputError(
            "no record can be made of this text",
            got="text without a pair of sentences, or less than a block",
            expected="documents of two sentences or more; --block_size pieces",
            next_step="add text, leave --nopair_single_segments out, or lower "
            "--block_size",
            path=path,
        )
    if made.held_out and not sum(file.num_records for file in made.held_out):
        raise InputError(
            "no document is held out",
            got="none of the documents",
            expected="one at least",
            next_step="raise --held_out_fraction, or add text",
            path=path,
        )

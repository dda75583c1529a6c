"""The records of a text in units, by several processes or by Apache Beam."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from types import FrameType

from absl import flags, logging

from cli import pretraining_outputs, pretraining_shown, progress_bars
from foundation.errors import InputError
from preprocessing import (
    beam_engine,
    corpus_units,
    doctor,
    findings,
    local_workers,
    manifest_parts,
    record_making,
    tfrecord_writer,
)
from preprocessing.corpus_files import FilePart
from preprocessing.corpus_units import Unit
from preprocessing.expected_balance import PairRules
from preprocessing.manifest import split_path
from preprocessing.record_job import RecordJob
from preprocessing.unit_records import UnitJob, UnitResult, check_places
from training.interruption import Interrupted

_SAMPLES, _SAMPLE_BYTES = 16, 500_000  # of text that is looked at first
_LARGEST_SAMPLE = 32_000_000  # bytes, where files are compressed
_MUCH_LARGER = 3  # than --unit_megabytes


def run(
    fv: flags.FlagValues,
    paths: Sequence[str],
    records: RecordJob,
    *,
    rules: PairRules | None,
) -> None:
    """Makes the records of all units that are not there yet.

    Raises:
      InputError: text or places that cannot be used, or no record comes out.
      Interrupted: SIGTERM; what is finished stays, and the same command goes
        on.
    """
    outputs = pretraining_outputs.names(fv, inputs=paths)
    units = list(
        corpus_units.units(
            paths,
            fv.unit_megabytes,
            break_at_end_of_file=records.by_file,
        )
    )
    job = UnitJob(
        records, tuple(outputs), len(units), overwrite=fv.overwrite_output
    )
    if not units:
        raise _no_records(0, path=paths[0])
    _warn_of_large_units(units, fv.unit_megabytes)
    _prepare(job)

    def look() -> None:
        _look_at_some(units, records, rules=rules)

    # Beam's workers would take that exception for one of a unit's.
    with_beam = fv.runner is not None
    with contextlib.nullcontext() if with_beam else _sigterm_is_an_exception():
        results = _make(fv, units, job, look=look)
    _check_made(results, records, path=paths[0])
    _finish(job, results)
    if fv.log_examples:
        pretraining_shown.log_examples(
            job.outputs_of(0).train,
            record_making.encoder_of(records.tokenizer).tokenizer,
        )


def _warn_of_large_units(units: Sequence[Unit], megabytes: float) -> None:
    largest = max(unit.num_bytes for unit in units) / 1e6
    if largest > _MUCH_LARGER * megabytes:
        logging.warning(
            "The largest unit has %.1f MB, not %g: a document is as long, or "
            "files are compressed or end without a blank line, so that "
            "documents go on in the next one; --document_break_at_eof ends "
            "them.",
            largest,
            megabytes,
        )


def _prepare(job: UnitJob) -> None:
    """Looks at the places of all records, and says what is there."""
    finished = check_places(job)
    if finished:
        logging.info(
            "%d of %d units are there; they are checked and kept.",
            finished,
            job.num_units,
        )
    outputs = record_making.Outputs.of(job.outputs, job.records)
    pretraining_outputs.prepare_folders(outputs.paths)
    for path in outputs.paths:
        pretraining_outputs.check_other_counts(path, job.num_units)


def _look_at_some(
    units: Sequence[Unit], records: RecordJob, *, rules: PairRules | None
) -> None:
    """Logs what the text is like: some documents of units all over it.

    Raises:
      InputError: they are not UTF-8.
    """
    count = min(len(units), _SAMPLES)
    sample: list[FilePart] = []
    num_bytes = 0
    for i in range(count):
        unit = units[i * len(units) // count]
        sample += corpus_units.head(unit, _SAMPLE_BYTES)
        is_compressed = sample[-1].is_compressed
        num_bytes += unit.num_bytes if is_compressed else _SAMPLE_BYTES
        if num_bytes > _LARGEST_SAMPLE:
            break
    found = doctor.check_corpus(
        sample,
        record_making.encoder_of(records.tokenizer),
        rules=rules,
        break_at_end_of_file=records.break_at_end_of_file,
        strict=True,
    )
    logging.info(
        "What the text is like (the start of %d of %d units; --check_only "
        "reads all):\n%s",
        count,
        len(units),
        findings.report(found),
    )


def _make(
    fv: flags.FlagValues,
    units: Sequence[Unit],
    job: UnitJob,
    *,
    look: Callable[[], None],
) -> list[UnitResult]:
    results: list[UnitResult] = []
    num_records = 0
    total = sum(unit.num_bytes for unit in units)
    with (
        progress_bars.open_bar("making records", total, "B") as bar,
        contextlib.closing(_engine(fv, units, job, look=look)) as done,
    ):
        for result in done:
            results.append(result)
            num_records += result.num_records
            bar.set_postfix(instances=num_records, refresh=False)
            bar.update(result.num_bytes)
            if result.damaged:
                logging.warning(
                    "%s was damaged, or made of other text; made anew.",
                    result.damaged,
                )
    return results


def _engine(
    fv: flags.FlagValues,
    units: Sequence[Unit],
    job: UnitJob,
    *,
    look: Callable[[], None],
) -> Generator[UnitResult, None, None]:
    """Returns what makes the records of units and says so of each.

    It looks at the text first.
    """
    if fv.runner is None:
        return local_workers.run_units(
            units, job, num_workers=fv.num_workers, meanwhile=look
        )
    look()
    return beam_engine.run_units(
        units,
        job,
        runner=fv.runner,
        pipeline_options=fv.pipeline_options or "",
        num_workers=fv.num_workers,
    )


@contextlib.contextmanager
def _sigterm_is_an_exception() -> Iterator[None]:
    """Lets SIGTERM unwind the stack, so that workers are told to stop."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number, "Kept the units that are finished")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _check_made(
    results: Sequence[UnitResult], records: RecordJob, *, path: str
) -> None:
    if not sum(result.num_records for result in results):
        raise _no_records(len(results), path=path)
    num_held_out = sum(result.num_held_out for result in results)
    if records.held_out_fraction > 0 and not num_held_out:
        logging.warning(
            "No document is held out: --held_out_fraction=%g is little for "
            "this text.",
            records.held_out_fraction,
        )


def _no_records(num_units: int, *, path: str) -> InputError:
    return InputError(
        "no record can be made of this text",
        got=f"{num_units} units without a pair of sentences",
        expected="one sentence a line, a blank line between documents",
        next_step="look at the files; --check_only says what they hold",
        path=path,
    )


def _finish(job: UnitJob, results: Sequence[UnitResult]) -> None:
    """Makes one manifest of the receipts, and says what there is."""
    kept = sum(result.was_there for result in results)
    logging.info("%d units made, %d kept.", len(results) - kept, kept)
    for paths in _by_folder(job):
        tfrecord_writer.remove_leftovers_of_all(paths)
        manifest = manifest_parts.gather(job.records.manifest, paths)
        print(
            f"{manifest.num_records} records, {manifest.num_bytes} bytes in "
            f"{len(paths)} files: {paths[0]} and on"
        )


def _by_folder(job: UnitJob) -> Iterator[list[str]]:
    """Yields the record files of each folder, train before held-out."""
    by_folder: dict[str, list[str]] = {}
    for index in range(job.num_units):
        for path in job.outputs_of(index).paths:
            folder, _ = split_path(path)
            by_folder.setdefault(folder, []).append(path)
    yield from by_folder.values()

"""Tables of notes -> text to pretrain on, chunk by chunk."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from absl import flags, logging

from cli import clinical_plan, clinical_report, progress_bars
from cli.clinical_plan import Plan
from foundation import files, folder_lock, private_files
from foundation.errors import InputError
from preprocessing import tfrecord_writer
from preprocessing.clinical import (
    boundary_agreement,
    categories,
    note_chunks,
    note_outputs,
    note_tables,
    sections,
)
from preprocessing.clinical.note_tables import Note
from preprocessing.clinical.sentences import find_splitter
from preprocessing.task_workers import run_tasks

_AGREEMENT_NOTES = 500  # some 20,000 sentences


def run(fv: flags.FlagValues, words: Sequence[str]) -> None:
    """Formats notes as the flags say.

    Args:
      fv: parsed flags.
      words: of the command line, without flags: a category.

    Raises:
      InputError: what cannot be read or written, a library that is not
        installed, no note of the categories.
    """
    plan = clinical_plan.read(fv, words)
    there = clinical_plan.check_outputs(plan, overwrite=fv.overwrite_output)
    private_files.warn(
        "%s gets the text of notes, in files that only you can read (mode "
        "0600). What is made of them is as confidential as they are.",
        plan.outputs.folder,
    )
    with folder_lock.held(
        plan.job.folder,
        next_step="wait for it, or choose another --output_dir",
    ):
        _write(fv, plan, there)


def _write(fv: flags.FlagValues, plan: Plan, there: Sequence[str]) -> None:
    """Writes what is planned; `there` are files of an earlier call."""
    if fv.report_agreement:
        _report_agreement(plan, fv.report_agreement)
    rows: Counter[str] = Counter()
    num_chunks = _make_chunks(
        plan, rows, num_workers=fv.num_workers, chunk_notes=fv.chunk_notes
    )
    if not rows["notes"]:
        note_chunks.remove_all(plan.job)
        raise _no_notes(plan, rows)
    tfrecord_writer.remove_leftovers(plan.all_files())
    with progress_bars.bar("writing", num_chunks, "chunk") as done:
        made = note_outputs.write_outputs(
            num_chunks, plan.job, plan.outputs, done=done
        )
    clinical_report.check_sums(made, rows)
    clinical_report.write(plan, made, rows)
    _clean_up(plan, there, made)
    clinical_report.show(plan, made, rows)


def _make_chunks(
    plan: Plan, rows: Counter[str], *, num_workers: int, chunk_notes: int
) -> int:
    """Makes the chunks that are not there yet; returns how many there are.

    `rows` counts the tables' rows by what is done with them.
    """
    make = functools.partial(note_chunks.make_chunk, job=plan.job)
    num_chunks = num_kept = 0
    total = sum(map(files.size_of, plan.paths))
    with progress_bars.open_bar("formatting", total, "B") as bar:
        notes = note_tables.read_notes(
            plan.paths, plan.columns, read=bar.update
        )
        chunks = note_chunks.chunks_of(
            _wanted(notes, plan.wanted, rows), chunk_notes
        )
        with contextlib.closing(
            run_tasks(make, chunks, num_workers=num_workers)
        ) as done:
            for result in done:
                num_chunks += 1
                num_kept += result.was_there
                bar.set_postfix(chunks=num_chunks, refresh=False)
    if num_kept:
        logging.info(
            "%d of %d chunks were there from a run that was stopped; they "
            "were checked and kept.",
            num_kept,
            num_chunks,
        )
    return num_chunks


def _wanted(
    notes: Iterable[Note], wanted: Sequence[str], rows: Counter[str]
) -> Iterator[Note]:
    """Yields the notes of some categories, and rows that are damaged."""
    for note in notes:
        rows["rows"] += 1
        category = categories.find_category(note.category) or categories.OTHER
        if note.num_missing:  # whose category is not known
            rows["damaged"] += 1
        elif wanted and category not in wanted:
            rows["other_categories"] += 1
            continue
        else:
            rows["notes"] += 1
        yield note


def _no_notes(plan: Plan, rows: Counter[str]) -> InputError:
    return InputError(
        "there are no such notes",
        got=f"{rows['rows']} rows, {rows['damaged']} of them damaged, none of "
        + (", ".join(plan.wanted) or "any category"),
        expected="one note at least",
        next_step="name another category, or other tables in --notes_file",
        path=plan.paths[0],
    )


def _report_agreement(plan: Plan, other: str) -> None:
    """Prints how far two sentence splitters agree on the first notes."""
    ours = plan.job.options.sentence_splitter
    notes = note_tables.read_notes(plan.paths, plan.columns)
    first = list(
        itertools.islice(
            _wanted(notes, plan.wanted, Counter()), _AGREEMENT_NOTES
        )
    )
    texts = [
        segment.text
        for note in first
        # What is not UTF-8 is reported later; a library may not take it.
        for segment in sections.split(
            note.text.encode(errors="ignore").decode()
        )
    ]
    found = boundary_agreement.boundary_agreement(
        find_splitter(ours), find_splitter(other), texts
    )
    print(
        f"sentence boundaries of {ours} against {other}, first {len(first)} "
        f"notes: {found.found} and {found.expected}, {found.common} of both; "
        f"precision {found.precision:.4f}, recall {found.recall:.4f}, "
        f"F1 {found.f1:.4f}"
    )


def _clean_up(
    plan: Plan, there: Sequence[str], made: note_outputs.Outputs
) -> None:
    """Removes chunks, and what an earlier call wrote and this one has not."""
    written = {files.join(plan.outputs.folder, name) for name in made.files}
    for path in sorted({*there} - written - {plan.manifest, plan.failed}):
        files.remove(path)
        logging.info("%s was of an earlier call; removed.", path)
    if not made.failures:
        files.remove(plan.failed)
    note_chunks.remove_all(plan.job)

"""One call of format_mimic_for_BERT.py: what is read, how, and where to."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

from absl import flags

from cli import clinical_notes
from foundation import disk, files
from foundation.errors import InputError
from preprocessing.clinical import categories, chunk_settings, note_tables
from preprocessing.clinical.note_chunks import ChunkJob
from preprocessing.clinical.note_outputs import (
    ALL_NOTES,
    OutputOptions,
    sections_path,
)
from preprocessing.clinical.sentences import find_splitter
from preprocessing.corpus_files import expand_inputs


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one call does.

    Attributes:
      paths: tables of notes.
      columns: of them.
      wanted: categories; () = all.
      job: how chunks are made.
      outputs: what is written where.
    """

    paths: tuple[str, ...]
    columns: note_tables.Columns
    wanted: tuple[str, ...]
    job: ChunkJob
    outputs: OutputOptions

    @property
    def manifest(self) -> str:
        """The file that says what was written."""
        return _of_run(self.outputs, self.wanted, "manifest.json")

    @property
    def failed(self) -> str:
        """The file that lists the notes that could not be written."""
        return _of_run(self.outputs, self.wanted, "failed.jsonl")

    def texts(self) -> list[str]:
        """Returns all text files that this call may write."""
        return sorted(
            {
                self.outputs.path(category, held_out=held_out)
                for category in self.wanted or categories.ALL
                for held_out in (False, True)
            }
        )

    def all_files(self) -> list[str]:
        """Returns all files that this call may write, chunks apart."""
        texts = self.texts()
        beside = [sections_path(path) for path in texts]
        return [*texts, *beside, self.failed, self.manifest]


def read(fv: flags.FlagValues, words: Sequence[str]) -> Plan:
    """Returns the plan of a command line; its tables can be read.

    Args:
      fv: parsed flags.
      words: of the command line, without flags.

    Raises:
      InputError: flags that do not go together, tables that are not there or
        lack a column, a sentence splitter that is not installed.
    """
    wanted = clinical_notes.read_categories(fv, words)
    outputs = clinical_notes.read_outputs(fv)
    options = clinical_notes.read_options(fv)
    columns = clinical_notes.read_columns(fv)
    if not fv.notes_file:
        raise InputError(
            "there are no notes to read",
            got="no --notes_file",
            expected="a table of notes",
            next_step="add --notes_file=NOTEEVENTS.csv.gz",
        )
    paths = expand_inputs(fv.notes_file)
    needed = ["category"] if wanted else []
    if options.held_out_fraction or outputs.drop_copied:
        needed.append("patient")
    for path in paths:
        note_tables.check_columns(path, columns, needed)
    for name in (options.sentence_splitter, fv.report_agreement):
        if name:
            find_splitter(name)
    job = ChunkJob(
        _of_run(outputs, wanted, "chunks"),
        options,
        chunk_settings.settings(options, with_sections=fv.section_names),
        fv.section_names,
    )
    return Plan(tuple(paths), columns, wanted, job, outputs)


def _of_run(outputs: OutputOptions, wanted: Sequence[str], end: str) -> str:
    """Returns a file about a whole call: calls for other notes have others."""
    stem = "-".join(map(categories.file_stem, wanted)) or ALL_NOTES
    return files.join(outputs.folder, f"{stem}.{end}")


def check_outputs(plan: Plan, *, overwrite: bool) -> list[str]:
    """Makes the folders; returns which of the files are there already.

    Raises:
      InputError: one is there and is to stay, or is one of the tables, or the
        folder cannot be written to.
    """
    there = [path for path in plan.all_files() if files.exists(path)]
    read = set(map(files.real_path, plan.paths))
    for path in there:
        if files.real_path(path) in read:
            raise InputError(
                "what is read would be overwritten",
                got="a table of --notes_file in --output_dir",
                expected="another folder",
                next_step="choose another --output_dir",
                path=path,
            )
    # Where chunks are, this is a call that was stopped.
    is_begun = files.exists(plan.job.folder)
    if there and not (overwrite or is_begun):
        raise InputError(
            "the output is there already",
            got=f"{len(there)} files, such as this one",
            expected="a folder without text of these categories",
            next_step="choose another --output_dir, or add --overwrite_output",
            path=there[0],
        )
    files.make_directory(plan.job.folder)
    if not files.is_remote(plan.job.folder):
        os.chmod(plan.job.folder, 0o700)
    disk.check_writable(plan.job.folder)
    return there

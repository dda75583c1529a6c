"""Text -> record files, for a whole corpus or for one unit of it.

Reads, pairs and masks, writes: what one call of the originals'
create_pretraining_data.py does. Record files get their names when their
caller says so (`records.RecordFiles.publish`).
"""

from __future__ import annotations

import dataclasses
import functools
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundation import files, memory
from preprocessing.block_options import BlockOptions
from preprocessing.corpus import Corpus
from preprocessing.corpus_files import FilePart
from preprocessing.documents import EncodedBlock, line_encoder, read_corpus
from preprocessing.held_out import held_out_documents
from preprocessing.instances import (
    InstanceOptions,
    InstanceTable,
    create_instances,
)
from preprocessing.line_ids import LineEncoder
from preprocessing.manifest import split_path
from preprocessing.mlm_blocks import (
    PieceBlocks,
    create_block_instances,
    read_piece_blocks,
)
from preprocessing.record_job import (
    Bars,
    RecordJob,
    held_out_path,
    no_bars,
)
from preprocessing.records import RecordFiles
from preprocessing.row_groups import grouped
from preprocessing.tfrecord_writer import RecordFile
from preprocessing.tokenization import TokenizerSettings
from preprocessing.vocabulary_facts import VocabularyFacts, vocabulary_facts


@dataclass(frozen=True)
class Outputs:
    """Where records go, in turn.

    Attributes:
      train: files.
      held_out: files for held-out documents; none without any.
    """

    train: Sequence[str]
    held_out: Sequence[str] = ()

    @classmethod
    def of(cls, paths: Sequence[str], job: RecordJob) -> Outputs:
        """Returns these files, and those beside them that a job needs."""
        if job.held_out_fraction == 0:
            return cls(paths)
        return cls(paths, [held_out_path(path) for path in paths])

    @property
    def paths(self) -> Sequence[str]:
        """All of them."""
        return [*self.train, *self.held_out]


@dataclass(frozen=True)
class Made:
    """What was written.

    Attributes:
      train: one a file.
      held_out: one a file.
    """

    train: Sequence[RecordFile]
    held_out: Sequence[RecordFile]

    @property
    def files(self) -> Sequence[RecordFile]:
        """All of them."""
        return [*self.train, *self.held_out]


@functools.cache
def encoder_of(settings: TokenizerSettings) -> LineEncoder:
    """Returns what cuts text into pieces; made once a process."""
    memory.give_back_freed()  # as the one that the flags were checked with
    encoder = line_encoder(settings.load())
    memory.give_back_freed()  # by what a vocabulary goes through
    return encoder


def forget_encoder(settings: TokenizerSettings) -> None:
    """Frees what cuts text, once all of it has been read."""
    _facts_of(settings)
    encoder_of.cache_clear()
    memory.give_back_freed()


@functools.cache
def _facts_of(settings: TokenizerSettings) -> VocabularyFacts:
    return vocabulary_facts(encoder_of(settings).tokenizer)


def read(
    parts: Sequence[FilePart],
    job: RecordJob,
    *,
    spill_folder: str,
    watch: Callable[[EncodedBlock], None] | None = None,
) -> Corpus | PieceBlocks:
    """Reads some files, or parts of files: documents, or blocks of pieces.

    Args:
      parts: the files.
      job: how.
      spill_folder: where what does not fit into the job's memory goes.
      watch: sees every block of lines.

    Raises:
      InputError: as `read_corpus`.
    """
    encoder = encoder_of(job.tokenizer)
    if isinstance(job.options, BlockOptions):
        return read_piece_blocks(
            parts,
            encoder,
            size=job.options.num_pieces,
            memory_budget=job.memory_budget,
            spill_folder=spill_folder,
            watch=watch,
        )
    return read_corpus(
        parts,
        encoder,
        memory_budget=job.memory_budget,
        spill_folder=spill_folder,
        break_at_end_of_file=job.break_at_end_of_file,
        keep_hashes=job.held_out_fraction > 0,
        watch=watch,
    )


def write(
    text: Corpus | PieceBlocks,
    outputs: Outputs,
    job: RecordJob,
    *,
    seed: int,
    record_files: RecordFiles,
    bars: Bars = no_bars,
) -> Made:
    """Makes the records of a text and writes them.

    Held-out documents are read once, whatever --dupe_factor is: who measures
    needs no copies.

    Args:
      text: what `read` returned.
      outputs: where records go.
      job: how they are made.
      seed: of every draw.
      record_files: open; what is written is published by the caller.
      bars: show how far it is.

    Raises:
      InputError: no room, or a place that cannot be written to.
    """
    options = dataclasses.replace(job.options, random_seed=seed)
    job = dataclasses.replace(job, options=options)
    if isinstance(text, PieceBlocks) or job.held_out_fraction == 0:
        writing = _Writing(text, job, record_files, bars)
        return Made(writing.write(outputs.train), [])
    is_held_out = held_out_documents(text, job.held_out_fraction)
    once = dataclasses.replace(
        job, options=dataclasses.replace(options, dupe_factor=1)
    )
    return Made(
        _Writing(text, job, record_files, bars).write(
            outputs.train, documents=np.flatnonzero(~is_held_out)
        ),
        _Writing(text, once, record_files, bars).write(
            outputs.held_out, documents=np.flatnonzero(is_held_out)
        ),
    )


@dataclass(frozen=True)
class _Writing:
    """Makes and writes records of one text."""

    text: Corpus | PieceBlocks
    job: RecordJob
    record_files: RecordFiles
    bars: Bars

    def write(
        self, paths: Sequence[str], *, documents: np.ndarray | None = None
    ) -> Sequence[RecordFile]:
        """Makes and writes the records of some documents; None = of all."""
        table, order = self._instances(paths, documents)
        table, order = grouped(
            table,
            order,
            num_files=len(paths),
            group_bytes=self.job.memory_budget,
            folder=spill_folder_for(paths),
        )
        with self.bars("writing", len(table), "record") as see:
            return self.record_files.write(
                table,
                order,
                paths,
                record_format=self.job.record_format,
                progress=lambda num_records, _: see(num_records),
            )

    def _instances(
        self, paths: Sequence[str], documents: np.ndarray | None
    ) -> tuple[InstanceTable, np.ndarray]:
        text, options = self.text, self.job.options
        facts = _facts_of(self.job.tokenizer)
        room: dict[str, Any] = {
            "memory_budget": self.job.memory_budget,
            "spill_folder": spill_folder_for(paths),
        }
        if isinstance(text, PieceBlocks):
            assert isinstance(options, BlockOptions)
            total = len(text) * options.dupe_factor
            with self.bars("masking", total, "block") as see:
                return create_block_instances(
                    text, options, facts, report=see, **room
                )
        assert isinstance(options, InstanceOptions)
        count = text.num_documents if documents is None else len(documents)
        total = count * options.dupe_factor
        with self.bars("pairing and masking", total, "document") as see:
            return create_instances(
                text, options, facts, documents=documents, report=see, **room
            )


def spill_folder_for(paths: Sequence[str]) -> str:
    """Returns where temporary files go: the disk that has room for records."""
    folder, _ = split_path(paths[0])
    return tempfile.gettempdir() if files.is_remote(folder) else folder

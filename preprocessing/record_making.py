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

import numpy as np

from foundation import files
from preprocessing.corpus import Corpus
from preprocessing.corpus_files import FilePart
from preprocessing.documents import EncodedBlock, line_encoder, read_corpus
from preprocessing.held_out import held_out_documents
from preprocessing.instances import InstanceOptions, create_instances
from preprocessing.line_ids import LineEncoder
from preprocessing.manifest import split_path
from preprocessing.record_job import Bars, RecordJob, no_bars
from preprocessing.records import RecordFiles
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
    return line_encoder(settings.load())


@functools.cache
def _facts_of(settings: TokenizerSettings) -> VocabularyFacts:
    return vocabulary_facts(encoder_of(settings).tokenizer)


def read(
    parts: Sequence[FilePart],
    job: RecordJob,
    *,
    spill_folder: str,
    watch: Callable[[EncodedBlock], None] | None = None,
) -> Corpus:
    """Reads the documents of some files, or parts of files.

    Args:
      parts: the files.
      job: how.
      spill_folder: where documents go that do not fit into the job's memory.
      watch: sees every block.

    Raises:
      InputError: as `read_corpus`.
    """
    return read_corpus(
        parts,
        encoder_of(job.tokenizer),
        memory_budget=job.memory_budget,
        spill_folder=spill_folder,
        break_at_end_of_file=job.break_at_end_of_file,
        keep_hashes=job.held_out_fraction > 0,
        watch=watch,
    )


def spill_folder_for(outputs: Outputs) -> str:
    """Returns where temporary files go: the disk that has room for records."""
    folder, _ = split_path(outputs.train[0])
    return tempfile.gettempdir() if files.is_remote(folder) else folder


def write(
    corpus: Corpus,
    outputs: Outputs,
    job: RecordJob,
    *,
    seed: int,
    record_files: RecordFiles,
    bars: Bars = no_bars,
) -> Made:
    """Makes the records of documents and writes them.

    Held-out documents are read once, whatever --dupe_factor is: who measures
    needs no copies.

    Args:
      corpus: the documents.
      outputs: where records go.
      job: how they are made.
      seed: of every draw.
      record_files: open; what is written is published by the caller.
      bars: show how far it is.

    Raises:
      InputError: no room, or a place that cannot be written to.
    """
    options = dataclasses.replace(job.options, random_seed=seed)
    train = held_out = None
    if job.held_out_fraction > 0:
        is_held_out = held_out_documents(corpus, job.held_out_fraction)
        train = np.flatnonzero(~is_held_out)
        held_out = np.flatnonzero(is_held_out)
    writing = _Writing(corpus, job, record_files, outputs, bars)
    made = writing.write(train, options, outputs.train)
    if held_out is None:
        return Made(made, [])
    options = dataclasses.replace(options, dupe_factor=1)
    return Made(made, writing.write(held_out, options, outputs.held_out))


@dataclass(frozen=True)
class _Writing:
    """What the records of all documents of a corpus have in common."""

    corpus: Corpus
    job: RecordJob
    record_files: RecordFiles
    outputs: Outputs
    bars: Bars

    def write(
        self,
        documents: np.ndarray | None,
        options: InstanceOptions,
        paths: Sequence[str],
    ) -> Sequence[RecordFile]:
        """Makes and writes the records of some documents; None = of all."""
        job, corpus = self.job, self.corpus
        count = corpus.num_documents if documents is None else len(documents)
        total = count * options.dupe_factor
        with self.bars("pairing and masking", total, "document") as see:
            table, order = create_instances(
                corpus,
                options,
                _facts_of(job.tokenizer),
                documents=documents,
                memory_budget=job.memory_budget,
                spill_folder=spill_folder_for(self.outputs),
                report=see,
            )
        with self.bars("writing", len(table), "record") as see:
            return self.record_files.write(
                table,
                order,
                paths,
                record_format=job.record_format,
                progress=lambda num_records, _: see(num_records),
            )

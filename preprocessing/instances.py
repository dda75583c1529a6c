"""Documents -> masked instances, as the originals make and order them.

google-research/bert's and google-research/albert's create_pretraining_data.py
in every draw. Documents and instances are flat arrays of integers, and what is
shuffled is their order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from preprocessing import instance_loop, mersenne_twister
from preprocessing.growing_arrays import release
from preprocessing.instance_arrays import (
    CURSOR,
    ROW,
    Corpus,
    corpus_arrays,
    empty_block,
    rules_of,
    tables_of,
)
from preprocessing.instance_options import InstanceOptions
from preprocessing.instance_table import InstanceTable, TableBuilder
from preprocessing.vocabulary_facts import VocabularyFacts, vocabulary_facts

__all__ = [
    "InstanceMaker",
    "InstanceOptions",
    "InstanceTable",
    "VocabularyFacts",
    "create_instances",
    "vocabulary_facts",
]

_ROWS_PER_BLOCK = 2048  # half a megabyte, a few milliseconds


def create_instances(
    corpus: Corpus,
    options: InstanceOptions,
    facts: VocabularyFacts,
    *,
    documents: np.ndarray | None = None,
    memory_budget: int | None = None,
    spill_folder: str | None = None,
    report: Callable[[int], object] | None = None,
) -> tuple[InstanceTable, np.ndarray]:
    """Makes all instances of a corpus.

    Args:
      corpus: the documents, in the order of their files.
      options: how instances are made.
      facts: about the vocabulary of the corpus.
      documents: int64, ascending: the documents to read, as if there were no
        others; None = all.
      memory_budget: bytes of instances that are kept in memory; None = all.
      spill_folder: where they are when they have more.
      report: called again and again with the number of documents read since
        the last call; in all, documents times dupe_factor.

    Returns:
      The instances, and their order in the records: int64 [n], record k is
      instance order[k].

    Raises:
      InputError: no space is left on the disk.
      ValueError: a corpus that cannot be, or has other ids than the facts.
    """
    maker = InstanceMaker(
        corpus,
        options,
        facts,
        documents=documents,
        memory_budget=memory_budget,
        spill_folder=spill_folder,
    )
    num_read, more = 0, True
    while more:
        more = maker.step()
        if report is not None:
            report(maker.num_documents_read - num_read)
        num_read = maker.num_documents_read
    return maker.finish()


class InstanceMaker:
    """Makes the instances of a corpus a few at a time.

    Args and errors: those of `create_instances`.
    """

    def __init__(
        self,
        corpus: Corpus,
        options: InstanceOptions,
        facts: VocabularyFacts,
        *,
        documents: np.ndarray | None = None,
        memory_budget: int | None = None,
        spill_folder: str | None = None,
    ) -> None:
        _check(corpus, facts)
        self._generators = _generators(options)
        if documents is None:
            documents = np.arange(len(corpus.document_starts) - 1)
        self._sources = (corpus.pieces, corpus.sentence_starts)
        order = documents[self._shuffled(len(documents))]
        self._corpus = corpus_arrays(corpus, order)
        self._cursor = np.zeros(1, CURSOR)[0]
        self._cursor["sentence"] = instance_loop.NEW_DOCUMENT
        self._parameters = {
            "rules": rules_of(options, facts),
            "tables": tables_of(options, facts),
            "row": np.zeros(1, ROW)[0],
        }
        self._block = empty_block(
            options, _ROWS_PER_BLOCK, dtype=corpus.pieces.dtype
        )
        self._table = TableBuilder(
            self._block,
            with_masks=options.draw_masks,
            memory_budget=memory_budget,
            spill_folder=spill_folder,
        )

    @property
    def num_documents_read(self) -> int:
        """Documents read so far; each counts in each pass."""
        num_documents = len(self._corpus.order)
        return int(
            self._cursor["pass_index"] * num_documents
            + self._cursor["document"]
        )

    def step(self) -> bool:
        """Makes some instances; returns whether there may be more.

        Raises:
          InputError: no space is left on the disk.
        """
        if not len(self._corpus.order):
            return False
        num_rows = instance_loop.fill_block(
            self._corpus,
            self._cursor,
            self._block,
            generators=self._generators,
            **self._parameters,
        )
        self._table.append(self._block, num_rows)
        release(*self._sources)
        return bool(num_rows == len(self._block.segment_b))

    def finish(self) -> tuple[InstanceTable, np.ndarray]:
        """Returns the instances and their order; call it once, at the end."""
        table = self._table.finish()
        return table, self._shuffled(len(table))

    def _shuffled(self, size: int) -> np.ndarray:
        order = np.arange(size, dtype=np.int64)
        mersenne_twister.shuffle(self._generators[0], order)
        return order


def _generators(options: InstanceOptions) -> np.ndarray:
    """Returns what is drawn from: TWISTER [2]."""
    generators = np.zeros(2, mersenne_twister.TWISTER)
    seed = options.random_seed
    generators[0] = mersenne_twister.seeded_as_python(seed)
    # ALBERT draws the sizes of n-grams from numpy, which it never seeds.
    if options.family == "albert":
        generators[1] = mersenne_twister.seeded_as_numpy(seed)
    return generators


def _check(corpus: Corpus, facts: VocabularyFacts) -> None:
    """Raises ValueError for what compiled code would read wild memory with."""
    if corpus.pieces.dtype not in (np.uint16, np.int32):
        raise ValueError(
            f"got pieces of {corpus.pieces.dtype}, expected uint16 or int32"
        )
    ends = {
        "sentence_starts": (corpus.sentence_starts, len(corpus.pieces)),
        "document_starts": (
            corpus.document_starts,
            len(corpus.sentence_starts) - 1,
        ),
    }
    for name, (starts, end) in ends.items():
        if (
            not len(starts)
            or starts[0] != 0
            or starts[-1] != end
            or (np.diff(starts) <= 0).any()
        ):
            raise ValueError(f"{name}: expected ascending from 0 to {end}")
    low, high = corpus.pieces.min(initial=0), corpus.pieces.max(initial=0)
    if low < 0 or high > facts.vocab_size:
        raise ValueError(
            f"got ids from {low} to {high}, expected 0 to {facts.vocab_size}"
        )

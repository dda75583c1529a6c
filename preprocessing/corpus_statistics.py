"""A corpus, block by block -> the numbers that the doctor judges it by."""

from __future__ import annotations

import codecs
import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foundation import files
from preprocessing.corpus_files import FilePart, line_in_file
from preprocessing.documents import DocumentCutter, EncodedBlock
from preprocessing.near_duplicates import (
    DistinctLines,
    DocumentSignatures,
    NearDuplicates,
)

# Up to this many sentences: 1, 2, 3-4, 5-8, ..., 65 and more.
HISTOGRAM_BOUNDS = (1, 2, 4, 8, 16, 32, 64)
_LINE_BITS = 40  # of a label; the rest is the index of the file
_SAMPLE_BYTES = 1 << 16  # of each block, to count letters in
_SAMPLE_DOCUMENTS = 2048  # whose sentence lengths are kept
_SAMPLE_SENTENCES = 4096  # of one document
_UPPER = string.ascii_uppercase.encode()
_LETTERS = string.ascii_letters.encode()
_REPLACEMENT = "\ufffd".encode()


@dataclass
class FileStatistics:
    """What is known of one file.

    Attributes:
      part: the file, or the part of it that was read.
      num_bytes: bytes read.
      num_lines: lines.
      num_blank: lines that end a document.
      num_sentences: lines with pieces.
      num_pieces: pieces.
      num_unknown: pieces that are [UNK].
      num_returns: carriage returns without a line end behind them.
      num_nul: bytes that are 0.
      num_replacements: characters U+FFFD.
      num_invalid: lines that are not UTF-8.
      first_invalid: the number of the first of them, from 1.
      is_utf16: the file begins with the byte-order mark of UTF-16.
    """

    part: FilePart
    num_bytes: int = 0
    num_lines: int = 0
    num_blank: int = 0
    num_sentences: int = 0
    num_pieces: int = 0
    num_unknown: int = 0
    num_returns: int = 0
    num_nul: int = 0
    num_replacements: int = 0
    num_invalid: int = 0
    first_invalid: int = 0
    is_utf16: bool = False

    @property
    def path(self) -> str:
        """The file's name."""
        return self.part.path


@dataclass(frozen=True)
class CorpusStatistics:
    """What is known of a corpus.

    Attributes:
      files: one for each part, in order.
      num_documents: documents.
      num_sentences: sentences.
      num_pieces: pieces.
      num_one_sentence: documents of one sentence.
      longest_document: sentences of the longest.
      histogram: documents by their number of sentences; HISTOGRAM_BOUNDS
        and, last, more.
      num_long: sentences longer than an instance holds.
      num_lost_pieces: what they have too much, which no instance can show.
      repeated_lines: share of sentences that an earlier one equals.
      near_duplicates: documents that are nearly an earlier one; labels are
        for `place_of`.
      num_letters: ASCII letters in a sample of the text.
      num_upper: the capitals of them.
      sampled_documents: lengths in pieces of the sentences of some documents.
    """

    files: Sequence[FileStatistics]
    num_documents: int
    num_sentences: int
    num_pieces: int
    num_one_sentence: int
    longest_document: int
    histogram: tuple[int, ...]
    num_long: int
    num_lost_pieces: int
    repeated_lines: float
    near_duplicates: NearDuplicates
    num_letters: int
    num_upper: int
    sampled_documents: Sequence[Sequence[int]]

    def place_of(self, label: int) -> str:
        """Returns the file and line of a document in `near_duplicates`."""
        file, line = divmod(label, 1 << _LINE_BITS)
        part = self.files[file].part
        return f"{part.path}:{line_in_file(part, line)}"


class StatisticsCollector:
    """Looks at the blocks of a corpus while it is read: `watch=collector.see`.

    Args:
      max_pieces: pieces of text that an instance holds.
      unk_id: of the tokenizer.
      break_at_end_of_file: whether a document ends with its file.
    """

    def __init__(
        self, *, max_pieces: int, unk_id: int, break_at_end_of_file: bool
    ) -> None:
        self._max_pieces = max_pieces
        self._unk_id = unk_id
        self._break_at_end_of_file = break_at_end_of_file
        self._files: list[FileStatistics] = []
        self._is_new_file = True
        self._cutter = DocumentCutter()
        self._documents = _DocumentSizes()
        self._lines = DistinctLines()
        self._signatures = DocumentSignatures()
        self._num_long = self._num_lost = 0
        self._num_letters = self._num_upper = 0

    def see_invalid(self, part: FilePart, line_in_part: int) -> None:
        """Notes a line that is not UTF-8: `on_invalid=collector.see_invalid`.

        It comes before its block does.
        """
        file = self._file(part)
        if not file.num_invalid:
            file.first_invalid = line_in_file(part, line_in_part)
            file.is_utf16 = _is_utf16(part)
        file.num_invalid += 1

    def see(self, encoded: EncodedBlock) -> None:
        """Takes in the next block."""
        file = self._file(encoded.block.part)
        begins = self._cutter.begins_document(encoded)
        lengths = encoded.lines.lengths[encoded.lines.lengths > 0]
        ids = encoded.lines.ids
        self._count(file, encoded)
        self._lines.add(ids, lengths)
        self._signatures.add(
            ids, lengths, begins=begins, labels=self._labels(encoded, begins)
        )
        self._documents.add(lengths, begins)
        too_long = lengths[lengths > self._max_pieces]
        self._num_long += len(too_long)
        self._num_lost += int((too_long - self._max_pieces).sum())
        sample = encoded.block.text[:_SAMPLE_BYTES]
        others = len(sample.translate(None, _LETTERS))
        self._num_letters += len(sample) - others
        self._num_upper += len(sample) - len(sample.translate(None, _UPPER))
        self._is_new_file = encoded.block.ends_part
        if self._is_new_file and self._break_at_end_of_file:
            self._cutter.end_document()

    def finish(self) -> CorpusStatistics:
        """Returns the numbers; nothing can be seen any more."""
        documents = self._documents
        documents.close()
        return CorpusStatistics(
            files=tuple(self._files),
            num_documents=documents.num_documents,
            num_sentences=sum(file.num_sentences for file in self._files),
            num_pieces=sum(file.num_pieces for file in self._files),
            num_one_sentence=int(documents.histogram[0]),
            longest_document=documents.longest,
            histogram=tuple(documents.histogram.tolist()),
            num_long=self._num_long,
            num_lost_pieces=self._num_lost,
            repeated_lines=self._lines.repeated_share(),
            near_duplicates=self._signatures.find(),
            num_letters=self._num_letters,
            num_upper=self._num_upper,
            sampled_documents=documents.sampled,
        )

    def _file(self, part: FilePart) -> FileStatistics:
        if self._is_new_file:
            self._files.append(FileStatistics(part))
            self._is_new_file = False
        return self._files[-1]

    def _labels(self, encoded: EncodedBlock, begins: np.ndarray) -> np.ndarray:
        """Returns where documents begin, as `place_of` takes it."""
        lines = np.flatnonzero(encoded.lines.lengths)[begins]
        file = len(self._files) - 1
        labels: np.ndarray = lines + encoded.block.line + (file << _LINE_BITS)
        return labels

    def _count(self, file: FileStatistics, encoded: EncodedBlock) -> None:
        text, lines = encoded.block.text, encoded.lines
        file.num_bytes += encoded.block.num_bytes
        file.num_lines += len(lines.lengths)
        file.num_blank += int(encoded.is_blank.sum())
        file.num_sentences += int((lines.lengths > 0).sum())
        file.num_pieces += len(lines.ids)
        file.num_unknown += int((lines.ids == self._unk_id).sum())
        file.num_returns += encoded.block.num_returns
        file.num_nul += text.count(0)
        file.num_replacements += text.count(_REPLACEMENT)


def _is_utf16(part: FilePart) -> bool:
    with files.open_file(part.path, "rb") as file:
        head = bytes(file.read(len(codecs.BOM_UTF16_LE)))
    return head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _DocumentSizes:
    """Sentences of documents, counted while the blocks go by."""

    def __init__(self) -> None:
        self.num_documents = 0
        self.longest = 0
        self.histogram = np.zeros(len(HISTOGRAM_BOUNDS) + 1, np.int64)
        self.sampled: list[list[int]] = []
        self._stride = 1  # every so many documents one is kept
        self._open_sentences = 0

    def add(self, lengths: np.ndarray, begins: np.ndarray) -> None:
        """Adds the sentences of a block."""
        starts = np.flatnonzero(begins)
        in_open = int(starts[0]) if len(starts) else len(lengths)
        self._open_sentences += in_open
        self._sample(self.num_documents - 1, lengths[:in_open])
        if not len(starts):
            return
        self.close()
        sizes = np.diff(starts)
        self._count(sizes)
        for i, start in enumerate(starts.tolist()):
            end = starts[i + 1] if i + 1 < len(starts) else len(lengths)
            self._sample(self.num_documents + i, lengths[start:end])
        self.num_documents += len(starts)
        self._open_sentences = len(lengths) - int(starts[-1])

    def close(self) -> None:
        """Ends the last document."""
        if self._open_sentences:
            self._count(np.array([self._open_sentences]))
        self._open_sentences = 0

    def _count(self, sizes: np.ndarray) -> None:
        bins = np.searchsorted(HISTOGRAM_BOUNDS, sizes)
        self.histogram += np.bincount(bins, minlength=len(self.histogram))
        self.longest = max(self.longest, int(sizes.max(initial=0)))

    def _sample(self, number: int, lengths: np.ndarray) -> None:
        """Keeps the sentence lengths of some documents, evenly spread."""
        if number < 0 or number % self._stride or not len(lengths):
            return
        index = number // self._stride
        if index == _SAMPLE_DOCUMENTS:
            self.sampled = self.sampled[::2]
            self._stride *= 2
            index //= 2
        if index == len(self.sampled):
            self.sampled.append([])
        room = _SAMPLE_SENTENCES - len(self.sampled[index])
        self.sampled[index] += lengths[:room].tolist()

"""Text files -> documents: sentences of piece ids in three flat arrays.

The rules are those of create_pretraining_data.py in google-research/bert and
google-research/albert: one sentence a line; a blank line ends a document, and
the end of a file does not; a line that has no pieces is dropped.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from preprocessing.corpus import Corpus
from preprocessing.corpus_files import (
    Block,
    FilePart,
    OnInvalid,
    read_blocks,
)
from preprocessing.growing_arrays import GrowingArray
from preprocessing.line_ids import LineEncoder, LineIds
from preprocessing.tokenization import (
    SentencePieceTokenizer,
    Tokenizer,
    WordPieceTokenizer,
)
from preprocessing.vocabulary_facts import mark_unknown

DEFAULT_MEMORY_BUDGET = 1 << 30  # bytes
_MAX_UINT16_VOCAB = 65_535


@dataclass(frozen=True)
class EncodedBlock:
    """Lines of a file and their pieces.

    Attributes:
      block: the lines.
      lines: their pieces.
      is_blank: bool [number of lines], the ones that end a document.
    """

    block: Block
    lines: LineIds
    is_blank: np.ndarray


def line_encoder(tokenizer: Tokenizer) -> LineEncoder:
    """Returns the bulk path of a tokenizer; compiles it at the first call."""
    if isinstance(tokenizer, WordPieceTokenizer):
        from preprocessing.wordpiece_lines import WordPieceLines

        return WordPieceLines(tokenizer)
    if isinstance(tokenizer, SentencePieceTokenizer):
        from preprocessing.sentence_piece_lines import SentencePieceLines

        return SentencePieceLines(tokenizer)
    raise TypeError(f"no line encoder for {type(tokenizer).__name__}")


def encoded_blocks(
    parts: Sequence[FilePart],
    encoder: LineEncoder,
    *,
    on_invalid: OnInvalid | None = None,
) -> Iterator[EncodedBlock]:
    """Yields the lines of files with their pieces (`read_blocks`)."""
    for block in read_blocks(parts, on_invalid=on_invalid):
        lines = encoder.encode(block.text)
        is_blank = lines.lengths == 0
        without_pieces = np.flatnonzero(is_blank)
        if len(without_pieces):
            texts = block.text.split(b"\n")
            is_blank[without_pieces] = [
                not texts[i] or encoder.is_blank(texts[i])
                for i in without_pieces
            ]
        yield EncodedBlock(block, lines, is_blank)


def read_corpus(
    parts: Sequence[FilePart],
    encoder: LineEncoder,
    *,
    memory_budget: int = DEFAULT_MEMORY_BUDGET,
    spill_folder: str | None = None,
    break_at_end_of_file: bool = False,
    keep_hashes: bool = False,
    watch: Callable[[EncodedBlock], None] | None = None,
) -> Corpus:
    """Reads and tokenizes files.

    Args:
      parts: the files: `[FilePart(path) for path in expand_inputs(...)]`, or
        the parts of a unit.
      encoder: `line_encoder(tokenizer)`.
      memory_budget: bytes; a corpus that needs more is kept in files without
        a name.
      spill_folder: where those are; None = the system's temporary folder.
      break_at_end_of_file: whether a document ends with its file. In the
        originals it goes on in the next file unless a blank line comes first.
      keep_hashes: whether to keep `Corpus.sentence_hashes`.
      watch: called with every block: the doctor, a progress bar.

    Returns:
      The documents; none where no line has a piece.

    Raises:
      InputError: not UTF-8, a damaged .gz, or no room to spill to.
    """
    assembly = _Assembly(encoder.tokenizer.vocab_size, keep_hashes=keep_hashes)
    spill_folder = spill_folder or tempfile.gettempdir()
    cutter = DocumentCutter()
    for encoded in encoded_blocks(parts, encoder):
        lines = _mark_unknown(encoded, encoder.tokenizer)
        assembly.add(
            lines, cutter.begins_document(encoded), text=encoded.block.text
        )
        if break_at_end_of_file and encoded.block.ends_part:
            cutter.end_document()
        if assembly.nbytes > memory_budget:
            assembly.spill(spill_folder)
        if watch is not None:
            watch(encoded)
    return assembly.finish()


def _mark_unknown(encoded: EncodedBlock, tokenizer: Tokenizer) -> LineIds:
    """Returns the pieces with V for unknown SentencePieces inside words."""
    lines = encoded.lines
    if not isinstance(tokenizer, SentencePieceTokenizer):
        return lines
    unknown = np.flatnonzero(lines.ids == tokenizer.unk_id)
    if not len(unknown):
        return lines
    ends = np.cumsum(lines.lengths)
    texts = encoded.block.text.split(b"\n")
    ids = lines.ids.copy()
    lines_of_unknown = np.searchsorted(ends, unknown, side="right").tolist()
    for line in dict.fromkeys(lines_of_unknown):
        end = ends[line]
        start = end - lines.lengths[line]
        ids[start:end] = mark_unknown(
            ids[start:end].tolist(),
            tokenizer.cut(texts[line].decode()),
            unk_id=tokenizer.unk_id,
            vocab_size=tokenizer.vocab_size,
        )
    return LineIds(ids, lines.lengths)


class DocumentCutter:
    """Tells where documents begin, block after block."""

    def __init__(self) -> None:
        self._is_new = True

    def begins_document(self, encoded: EncodedBlock) -> np.ndarray:
        """Returns which sentences of the next block begin a document.

        Returns:
          bool [number of lines that have pieces].
        """
        num_blank = np.cumsum(encoded.is_blank)  # up to each line
        blank_before = num_blank[encoded.lines.lengths > 0]
        begins: np.ndarray = np.diff(blank_before, prepend=0) > 0
        last_blank = 0
        if len(begins):
            begins[0] |= self._is_new
            self._is_new = False
            last_blank = blank_before[-1]
        if len(num_blank):
            self._is_new |= bool(num_blank[-1] > last_blank)
        return begins

    def end_document(self) -> None:
        """Lets the next sentence begin a document."""
        self._is_new = True


class _Assembly:
    """A corpus that grows block by block."""

    def __init__(self, vocab_size: int, *, keep_hashes: bool) -> None:
        is_small = vocab_size <= _MAX_UINT16_VOCAB
        self._pieces = GrowingArray(np.uint16 if is_small else np.int32)
        self._sentence_starts = GrowingArray(np.int64)
        self._document_starts = GrowingArray(np.int64)
        self._hashes = GrowingArray(np.uint64) if keep_hashes else None
        self._sentence_starts.append(np.zeros(1))

    @property
    def _arrays(self) -> list[GrowingArray]:
        arrays = [self._pieces, self._sentence_starts, self._document_starts]
        return [*arrays, self._hashes] if self._hashes is not None else arrays

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self._arrays)

    def add(
        self, lines: LineIds, begins_document: np.ndarray, *, text: bytes
    ) -> None:
        """Adds the sentences of a block."""
        has_pieces = lines.lengths > 0
        lengths = lines.lengths[has_pieces]
        num_before = self._sentence_starts.size - 1
        self._document_starts.append(
            num_before + np.flatnonzero(begins_document)
        )
        self._sentence_starts.append(self._pieces.size + np.cumsum(lengths))
        self._pieces.append(lines.ids)
        if self._hashes is not None:
            from preprocessing.held_out import hashes_of_lines

            hashes = hashes_of_lines(text, len(lines.lengths))
            self._hashes.append(hashes[has_pieces])

    def spill(self, folder: str) -> None:
        """Moves everything to the disk."""
        for array in self._arrays:
            array.spill(folder)

    def finish(self) -> Corpus:
        """Returns the corpus; nothing can be added any more."""
        num_sentences = self._sentence_starts.size - 1
        self._document_starts.append(np.array([num_sentences]))
        return Corpus(*(array.finish() for array in self._arrays))

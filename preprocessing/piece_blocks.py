r"""Text files -> blocks of pieces, all of one size; lines do not matter.

What Hugging Face's TextDataset gave BioBERTpt: each file is one stream of
pieces, cut into blocks, and what is left at its end is dropped. It read a \r
without \n as white space; here, as for documents, every \r is deleted, which
joins the words around it: `FileBlocks.num_returns` counts them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from preprocessing.corpus_files import FilePart
from preprocessing.documents import (
    DEFAULT_MEMORY_BUDGET,
    EncodedBlock,
    encoded_blocks,
)
from preprocessing.growing_arrays import GrowingArray
from preprocessing.line_ids import LineEncoder


@dataclass(frozen=True)
class FileBlocks:
    r"""What a file gave.

    Attributes:
      part: the file.
      num_pieces: in it.
      num_blocks: made of it; none where it has less than one.
      num_dropped: pieces behind its last block, less than a block.
      num_returns: \r that were deleted and that no \n followed.
    """

    part: FilePart
    num_pieces: int
    num_blocks: int
    num_dropped: int
    num_returns: int


@dataclass(frozen=True)
class PieceBlocks:
    """Blocks end to end, in the order of the files.

    Attributes:
      pieces: uint16 [blocks * size], int32 for a vocabulary of more than
        65,536; without [CLS] and [SEP].
      size: pieces of each block.
      files: one for each part that was read, in their order.
    """

    pieces: np.ndarray
    size: int
    files: tuple[FileBlocks, ...]

    def __len__(self) -> int:
        return len(self.pieces) // self.size


def read_piece_blocks(
    parts: Sequence[FilePart],
    encoder: LineEncoder,
    *,
    size: int,
    memory_budget: int = DEFAULT_MEMORY_BUDGET,
    spill_folder: str | None = None,
    watch: Callable[[EncodedBlock], None] | None = None,
) -> PieceBlocks:
    """Reads and tokenizes files.

    Args:
      parts: the files; of each part a stream of its own.
      encoder: `documents.line_encoder(tokenizer)`. No piece goes on over
        white space, so lines give the pieces that whole files do.
        (SentencePiece adds up scores in float32, a whole file's in the
        original: there, what nearly tied may have been cut otherwise.)
      size: pieces of a block (`BlockOptions.num_pieces`).
      memory_budget: bytes; pieces that need more are kept in a file without
        a name.
      spill_folder: where that is; None = the system's temporary folder.
      watch: called with every block of text: the doctor, a progress bar.

    Returns:
      The blocks; none where no file has enough pieces for one.

    Raises:
      InputError: not UTF-8, a damaged .gz, or no room to spill to.
    """
    vocab_size = encoder.tokenizer.vocab_size
    is_small = vocab_size - 1 <= np.iinfo(np.uint16).max
    pieces = GrowingArray(np.uint16 if is_small else np.int32)
    files: list[FileBlocks] = []
    rest = np.zeros(0, np.int32)
    num_pieces = num_returns = 0
    for encoded in encoded_blocks(parts, encoder):
        num_pieces += len(encoded.lines.ids)
        num_returns += encoded.block.num_returns
        stream = np.concatenate([rest, encoded.lines.ids])
        end = len(stream) // size * size
        pieces.append(stream[:end])
        rest = stream[end:].copy()  # not a view of all of it
        if pieces.nbytes > memory_budget:
            pieces.spill(spill_folder or tempfile.gettempdir())
        if watch is not None:
            watch(encoded)
        if encoded.block.ends_part:
            files.append(
                FileBlocks(
                    part=encoded.block.part,
                    num_pieces=num_pieces,
                    num_blocks=num_pieces // size,
                    num_dropped=len(rest),
                    num_returns=num_returns,
                )
            )
            rest = rest[:0]
            num_pieces = num_returns = 0
    return PieceBlocks(pieces.finish(), size, tuple(files))

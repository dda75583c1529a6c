"""Blocks of pieces -> masked instances, as BioBERTpt had them.

Hugging Face's language modelling of 2020: [CLS], pieces, [SEP]; one segment,
no next sentence; each piece is masked by a draw of its own, and nothing caps
how many are. It drew masks anew for each batch, which is what records without
masks are for (dynamic_masking.py); here they can be drawn beforehand as well.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from preprocessing import block_loop, mersenne_twister
from preprocessing.block_options import BlockOptions
from preprocessing.growing_arrays import release
from preprocessing.instance_arrays import ROW, Block, rules_of, tables_of
from preprocessing.instance_table import InstanceTable, TableBuilder
from preprocessing.piece_blocks import (
    FileBlocks,
    PieceBlocks,
    read_piece_blocks,
)
from preprocessing.vocabulary_facts import VocabularyFacts

__all__ = [
    "BlockOptions",
    "FileBlocks",
    "PieceBlocks",
    "create_block_instances",
    "read_piece_blocks",
]

_PIECES_AT_A_TIME = 1 << 18  # half a megabyte, a few milliseconds


def create_block_instances(
    blocks: PieceBlocks,
    options: BlockOptions,
    facts: VocabularyFacts,
    *,
    memory_budget: int | None = None,
    spill_folder: str | None = None,
    report: Callable[[int], object] | None = None,
) -> tuple[InstanceTable, np.ndarray]:
    """Makes all instances of some blocks.

    Random numbers are those of `random.Random(random_seed)`: masks, pass by
    pass and block by block, then the order.

    Args:
      blocks: of options.num_pieces each.
      options: how instances are made.
      facts: about the vocabulary of the blocks.
      memory_budget: bytes of instances that are kept in memory; None = all.
      spill_folder: where they are when they have more.
      report: called again and again with the number of instances made since
        the last call; in all, blocks times dupe_factor.

    Returns:
      The instances, and their order in the records: int64 [n], record k is
      instance order[k].

    Raises:
      InputError: no space is left on the disk, or nothing to draw random
        pieces from.
      ValueError: blocks of another size, or with other ids than the facts.
    """
    _check(blocks, options, facts)
    twister = mersenne_twister.seeded_as_python(options.random_seed)
    room = _empty_block(options, dtype=blocks.pieces.dtype)
    table = TableBuilder(
        room,
        with_masks=options.draw_masks,
        memory_budget=memory_budget,
        spill_folder=spill_folder,
    )
    parameters = {
        "rules": rules_of(options, facts),
        "tables": tables_of(options, facts),
        "row": np.zeros(1, ROW)[0],
        "twister": twister,
    }
    pieces = _read_only(blocks.pieces)
    total = len(blocks) * options.dupe_factor
    done = 0
    while done < total:
        num_rows = block_loop.fill_with_blocks(pieces, done, room, **parameters)
        table.append(room, num_rows)
        release(blocks.pieces)
        done += num_rows
        if report is not None:
            report(num_rows)
    order = np.arange(total, dtype=np.int64)
    mersenne_twister.shuffle(twister, order)
    return table.finish(), order


def _check(
    blocks: PieceBlocks, options: BlockOptions, facts: VocabularyFacts
) -> None:
    """Raises ValueError for what compiled code would read wild memory with."""
    size = options.num_pieces
    if blocks.size != size or len(blocks.pieces) % size:
        raise ValueError(
            f"got {len(blocks.pieces)} pieces in blocks of {blocks.size}, "
            f"expected whole blocks of {size}"
        )
    low, high = blocks.pieces.min(initial=0), blocks.pieces.max(initial=0)
    if low < 0 or high >= facts.vocab_size:
        raise ValueError(
            f"got ids from {low} to {high}, expected less than "
            f"{facts.vocab_size}"
        )


def _read_only(values: np.ndarray) -> np.ndarray:
    """Returns a view as of what is on a disk: one type to compile for."""
    view = np.asarray(values).view()
    view.flags.writeable = False
    return view


def _empty_block(options: BlockOptions, *, dtype: np.dtype) -> Block:
    """Returns room for some instances."""
    size = options.block_size
    num_rows = max(1, _PIECES_AT_A_TIME // size)
    num_pieces = num_rows * size
    return Block(
        input_ids=np.empty(num_pieces, dtype),
        starts=np.zeros(num_rows + 1, np.int64),
        segment_b=np.empty(num_rows, np.int32),
        next_sentence_labels=np.empty(0, np.uint8),
        masked_lm_positions=np.empty(num_pieces, np.uint16),
        masked_lm_ids=np.empty(num_pieces, dtype),
        masked_starts=np.zeros(num_rows + 1, np.int64),
        token_boundary=np.empty(0, np.uint8),
    )

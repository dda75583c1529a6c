"""The compiled loop that makes instances of blocks."""

# ruff: noqa: PLR0917 - compiled functions know no keyword-only arguments

from __future__ import annotations

from typing import Any

import numpy as np

from preprocessing.compiled import compiled, inlined
from preprocessing.instance_arrays import Block, Tables
from preprocessing.instance_loop import append_row, draw_masks


def fill_with_blocks(
    pieces: np.ndarray,
    first: int,
    room: Block,
    *,
    rules: np.void,
    tables: Tables,
    row: np.void,
    twister: np.void,
) -> int:
    """Makes instances until the room is full or all passes are done.

    Args:
      pieces: the blocks end to end; one at least.
      first: the number of the instance to begin with: block `first` modulo
        the number of blocks.
      room: written from its start.
      rules: RULES [].
      tables: what goes with them.
      row: ROW []; scratch space.
      twister: TWISTER []; for all draws.

    Returns:
      The number of instances made.
    """
    num_rows: int = _fill(pieces, first, room, rules, tables, row, twister)
    return num_rows


@compiled
def _fill(
    pieces: np.ndarray,
    first: int,
    room: Block,
    rules: Any,
    tables: Tables,
    row: Any,
    twister: Any,
) -> Any:
    size = rules.max_seq_length - 2  # [CLS], [SEP]
    num_blocks = len(pieces) // size
    num_rows = min(len(room.segment_b), num_blocks * rules.dupe_factor - first)
    for i in range(num_rows):
        start = (first + i) % num_blocks * size
        length = _lay_out(row, pieces[start : start + size], rules)
        draw_masks(row, length, rules, tables, twister, twister)
        room.segment_b[i] = length
        append_row(room, i, row=row, length=length, rules=rules)
    return num_rows


@inlined
def _lay_out(row: Any, pieces: np.ndarray, rules: Any) -> Any:
    """Writes [CLS], the pieces, [SEP] into row.ids; returns how many."""
    end = len(pieces) + 1
    row.ids[0] = rules.cls_id
    for i in range(len(pieces)):
        row.ids[1 + i] = pieces[i]
    row.ids[end] = rules.sep_id
    return end + 1

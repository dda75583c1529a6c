"""The compiled loop that makes instances, a block of them at a time."""

# ruff: noqa: PLR0917 - compiled functions know no keyword-only arguments

from __future__ import annotations

from typing import Any

import numpy as np

from preprocessing.compiled import compiled, inlined
from preprocessing.instance_arrays import Block, CorpusArrays, Tables
from preprocessing.masking import (
    NOT_PREDICTED,
    choose_each,
    choose_words,
    find_words,
    mask_chosen,
    shuffle_words,
)
from preprocessing.mersenne_twister import shuffle
from preprocessing.ngram_masking import choose_runs, exchange_chosen
from preprocessing.sentence_pairs import (
    end_of_chunk,
    lay_out,
    next_pair,
    target_length,
)

NEW_DOCUMENT = -1  # cursor.sentence before the draw for a document


def fill_block(
    corpus: CorpusArrays,
    cursor: np.void,
    block: Block,
    *,
    rules: np.void,
    tables: Tables,
    row: np.void,
    generators: np.ndarray,
) -> int:
    """Makes instances until the block is full or the corpus is done.

    Args:
      corpus: the documents and their order; one at least.
      cursor: CURSOR []; moved on.
      block: written from its start.
      rules: RULES [].
      tables: what goes with them.
      row: ROW []; scratch space.
      generators: TWISTER [2]: for all draws; for the sizes of ALBERT's runs.

    Returns:
      The number of instances made.
    """
    num_rows: int = _fill_block(
        corpus, cursor, block, rules, tables, row, generators
    )
    return num_rows


@compiled
def _fill_block(
    corpus: CorpusArrays,
    cursor: Any,
    block: Block,
    rules: Any,
    tables: Tables,
    row: Any,
    generators: np.ndarray,
) -> int:
    twister, sizes = generators[0], generators[1]
    num_rows = 0
    while num_rows < len(block.segment_b):
        if not _find_chunk(corpus, cursor, rules=rules, twister=twister):
            break
        pair = next_pair(corpus, cursor, rules=rules, twister=twister)
        length, segment_b = lay_out(corpus, pair, rules=rules, row=row)
        draw_masks(row, length, rules, tables, twister, sizes)
        block.segment_b[num_rows] = segment_b
        block.next_sentence_labels[num_rows] = pair.label
        append_row(block, num_rows, row=row, length=length, rules=rules)
        num_rows += 1
    return num_rows


@inlined
def _find_chunk(
    corpus: CorpusArrays, cursor: Any, rules: Any, twister: Any
) -> bool:
    """Moves the cursor to the next chunk that becomes a pair, and its end.

    Returns:
      Whether there is one.
    """
    while cursor.pass_index < rules.dupe_factor:
        document = corpus.order[cursor.document]
        if cursor.sentence == NEW_DOCUMENT:
            cursor.sentence = corpus.document_starts[document]
            cursor.target = target_length(twister, rules)
        if cursor.sentence == corpus.document_starts[document + 1]:
            cursor.sentence = NEW_DOCUMENT
            cursor.document += 1
            if cursor.document == len(corpus.order):
                cursor.document = 0
                cursor.pass_index += 1
            continue
        cursor.end = end_of_chunk(corpus, cursor)
        lone = cursor.end == cursor.sentence + 1
        if lone and rules.swaps_sentences and not rules.pair_single_segments:
            cursor.sentence = cursor.end
            continue
        return True
    return False


@inlined
def draw_masks(
    row: Any,
    length: int,
    rules: Any,
    tables: Tables,
    twister: Any,
    sizes: Any,
) -> None:
    """Draws the masks of an instance.

    Args:
      row: ROW []: its ids, which are changed; the rest is written anew.
      length: of the instance.
      rules: RULES [].
      tables: what goes with them.
      twister: TWISTER []: for all draws.
      sizes: TWISTER []: for the sizes of ALBERT's runs.
    """
    num_groups = find_words(
        row, length, rules=rules, starts_word=tables.starts_word
    )
    if not rules.predicts:
        return
    drawn_ids, chances = tables.drawn_ids, tables.ngram_chances
    if rules.masks_each:
        count = choose_each(row, num_groups, rules=rules, twister=twister)
        mask_chosen(row, count, rules, drawn_ids=drawn_ids, twister=twister)
        return
    budget = tables.num_predictions[length]
    shuffle_words(row, num_groups, twister=twister)
    if not rules.is_albert:
        count = choose_words(row, num_groups, budget=budget)
        mask_chosen(row, count, rules, drawn_ids=drawn_ids, twister=twister)
        return
    count = choose_runs(row, num_groups, budget, chances=chances, sizes=sizes)
    mask_chosen(row, count, rules, drawn_ids=drawn_ids, twister=twister)
    # ALBERT shuffles again whether or not anything is to change places.
    shuffle(twister, row.order[:num_groups])
    if rules.do_permutation:
        count = choose_runs(
            row, num_groups, budget, chances=chances, sizes=sizes
        )
        exchange_chosen(row, count, twister=twister)


@inlined
def append_row(
    block: Block, num_rows: int, row: Any, length: int, rules: Any
) -> None:
    """Appends the pieces and what is predicted of them, by position."""
    start = block.starts[num_rows]
    for position in range(length):
        piece = without_alias(row.ids[position], rules)
        block.input_ids[start + position] = piece
    if rules.is_albert:
        for position in range(length):
            block.token_boundary[start + position] = row.boundary[position]
    block.starts[num_rows + 1] = start + length
    end = block.masked_starts[num_rows]
    for position in range(length):
        label = row.labels[position]
        block.masked_lm_positions[end] = position
        block.masked_lm_ids[end] = without_alias(label, rules)
        end += label != NOT_PREDICTED
    block.masked_starts[num_rows + 1] = end


@inlined
def without_alias(piece: int, rules: Any) -> int:
    """Returns an id as records have it: V was `unk_inside_word`."""
    return rules.unk_id if piece == rules.vocab_size else piece

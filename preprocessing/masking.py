"""Which positions of an instance are predicted, and what stands there.

BERT's way, google-research/bert's `create_masked_lm_predictions`: pieces or
whole words in random order until enough are masked; and Hugging Face's, each
piece by a draw of its own. ngram_masking.py has ALBERT's, on the same groups
and with the same replacements.
"""

# ruff: noqa: PLR0917 - compiled functions know no keyword-only arguments

from __future__ import annotations

from typing import Any

import numpy as np

from preprocessing.compiled import inlined
from preprocessing.mersenne_twister import randbelow, random, shuffle

NOT_PREDICTED = -1  # in row.labels
_TO_MASK, _TO_ORIGINAL, _TO_RANDOM = 0, 1, 2


@inlined
def find_words(
    row: Any, length: int, rules: Any, starts_word: np.ndarray
) -> int:
    """Finds what is masked together, and marks where words begin.

    A piece that continues a word joins the group before it, if words are to
    stay whole and there is a group. The separator is no obstacle: where
    truncation cut a word, what is left of it at the start of B joins the last
    word of A (unless `words_cross_separator` is off).

    Args:
      row: its ids; the rest is written anew.
      length: of the instance.
      rules: RULES [].
      starts_word: uint8 [V + 1]: which pieces do.

    Returns:
      The number of groups.
    """
    num_groups = num_candidates = 0
    after_special = True
    for position in range(length):
        piece = row.ids[position]
        row.labels[position] = NOT_PREDICTED
        row.taken[position] = 0
        if piece in (rules.cls_id, rules.sep_id):
            row.boundary[position] = 1
            after_special = True
            continue
        starts = starts_word[piece]
        joins = rules.do_whole_word_mask and num_groups > 0 and not starts
        if after_special and not rules.words_cross_separator:
            joins = False
        after_special = False
        row.boundary[position] = starts
        row.first_of_word[position] = not joins
        row.candidates[num_candidates] = position
        if not joins:
            row.word_starts[num_groups] = num_candidates
            num_groups += 1
        num_candidates += 1
    row.word_starts[num_groups] = num_candidates
    return num_groups


@inlined
def shuffle_words(row: Any, num_groups: int, twister: Any) -> None:
    """Writes the groups into row.order, shuffled."""
    order = row.order[:num_groups]
    for group in range(num_groups):
        order[group] = group
    shuffle(twister, order)


@inlined
def choose_words(row: Any, num_groups: int, budget: int) -> int:
    """Takes groups in shuffled order, passing over those that are too long.

    Args:
      row: its groups; the positions go to row.chosen.
      num_groups: how many there are.
      budget: how many positions there may be.

    Returns:
      The number of positions.
    """
    count = 0
    for i in range(num_groups):
        if count >= budget:
            break
        group = row.order[i]
        start, end = row.word_starts[group], row.word_starts[group + 1]
        if count + end - start > budget:
            continue
        for candidate in range(start, end):
            row.chosen[count] = row.candidates[candidate]
            count += 1
    return count


@inlined
def choose_each(row: Any, num_groups: int, rules: Any, twister: Any) -> int:
    """Takes each group with a chance of `masked_lm_prob`, however many.

    Args:
      row: its groups, of one piece each; the positions go to row.chosen.
      num_groups: how many there are.
      rules: RULES [].
      twister: what is drawn from.

    Returns:
      The number of positions.
    """
    count = 0
    for group in range(num_groups):
        row.chosen[count] = row.candidates[row.word_starts[group]]
        count += random(twister) < rules.masked_lm_prob
    return count


@inlined
def mask_chosen(
    row: Any, count: int, rules: Any, drawn_ids: np.ndarray, twister: Any
) -> None:
    """Makes the first `count` of row.chosen predictions.

    [MASK] for 80 %, the piece itself for 10 %, a random one for 10 %.
    """
    fate = _TO_MASK
    for i in range(count):
        position = row.chosen[i]
        row.labels[position] = row.ids[position]
        if not rules.joint_replacement or row.first_of_word[position]:
            fate = _fate(twister)
        if fate == _TO_MASK:
            row.ids[position] = rules.mask_id
        elif fate == _TO_RANDOM:
            drawn = randbelow(twister, len(drawn_ids))
            row.ids[position] = drawn_ids[drawn]


@inlined
def _fate(twister: Any) -> int:
    if random(twister) < 0.8:
        return _TO_MASK
    if random(twister) < 0.5:
        return _TO_ORIGINAL
    return _TO_RANDOM

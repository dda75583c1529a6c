"""ALBERT's masks: runs of 1 to n words; pieces that change places.

google-research/albert's `create_masked_lm_predictions`, on the groups of
masking.py. The sizes of runs come from a generator of their own.
"""

# ruff: noqa: PLR0917 - compiled functions know no keyword-only arguments

from __future__ import annotations

from typing import Any

import numpy as np

from preprocessing.compiled import inlined
from preprocessing.mersenne_twister import random, shuffle


@inlined
def choose_runs(
    row: Any, num_groups: int, budget: int, chances: np.ndarray, sizes: Any
) -> int:
    """Takes runs of words that begin at the groups in shuffled order.

    A run that is too long for what is left of the budget loses words from its
    end; one that meets a position taken before is passed over.

    Args:
      row: its groups; the positions go to row.chosen and are marked as taken.
      num_groups: how many there are.
      budget: how many positions there may be.
      chances: float64 [n]: of runs of one word, of one or two, ...; up to 1.
      sizes: the generator for sizes.

    Returns:
      The number of positions.
    """
    count = 0
    for i in range(num_groups):
        if count >= budget:
            break
        first = row.order[i]
        start = row.word_starts[first]
        size = _run_size(chances, sizes)
        end = row.word_starts[min(first + size, num_groups)]
        while size > 1 and count + end - start > budget:
            size -= 1
            end = row.word_starts[min(first + size, num_groups)]
        if count + end - start > budget or _any_taken(row, start, end):
            continue
        for candidate in range(start, end):
            position = row.candidates[candidate]
            row.taken[position] = 1
            row.chosen[count] = position
            count += 1
    return count


@inlined
def _run_size(chances: np.ndarray, sizes: Any) -> int:
    """Draws a number of words, as numpy's `choice` with chances does."""
    drawn = random(sizes)
    size = 1
    while chances[size - 1] <= drawn:
        size += 1
    return size


@inlined
def _any_taken(row: Any, start: int, end: int) -> bool:
    for candidate in range(start, end):
        if row.taken[row.candidates[candidate]]:
            return True
    return False


@inlined
def exchange_chosen(row: Any, count: int, twister: Any) -> None:
    """Lets the first `count` of row.chosen change places, as predictions.

    The masked pieces stay where they are: those were taken before.
    """
    chosen, shuffled = row.chosen[:count], row.shuffled[:count]
    _sort(chosen)
    for i in range(count):
        shuffled[i] = chosen[i]
    shuffle(twister, shuffled)
    for i in range(count):
        row.labels[chosen[i]] = row.ids[chosen[i]]
    for i in range(count):
        row.ids[chosen[i]] = row.labels[shuffled[i]]


@inlined
def _sort(positions: Any) -> None:
    """Sorts a few numbers; numpy's sort takes seconds to compile."""
    for i in range(1, len(positions)):
        position = positions[i]
        place = i
        while place > 0 and positions[place - 1] > position:
            positions[place] = positions[place - 1]
            place -= 1
        positions[place] = position

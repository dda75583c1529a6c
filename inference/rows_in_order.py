"""A stream of rows through a model: like lengths together, results in order.

Rows are taken from the stream up to a number of pieces, batched by length, and
given back as they came. So no one pays for padding, a short row need not wait
for the file's end, and memory does not grow with the file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from preprocessing.features import INPUT_SPECS, FeatureTable
from preprocessing.pipeline import padded_length

Row = TypeVar("Row")
Result = TypeVar("Result")
Batch = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class StreamLimits:
    """How much is held at a time.

    Attributes:
      batch_size: rows that the model gets at once, at most.
      max_seq_length: longest row.
      num_pieces: of the rows that are held at once; one row always is.
    """

    batch_size: int
    max_seq_length: int
    num_pieces: int


def run_in_order(
    rows: Iterable[Row],
    run: Callable[[Sequence[Row], int], Sequence[Result]],
    *,
    length_of: Callable[[Row], int],
    limits: StreamLimits,
) -> Iterator[Result]:
    """Yields the result of each row, in the order of the rows.

    Args:
      rows: consumed as far as is needed.
      run: gives the results of some rows at a padded length.
      length_of: pieces of a row.
      limits: how much is held.
    """
    held: list[Row] = []
    num_pieces = 0
    for row in rows:
        length = length_of(row)
        if held and num_pieces + length > limits.num_pieces:
            yield from _run_held(held, run, length_of=length_of, limits=limits)
            held, num_pieces = [], 0
        held.append(row)
        num_pieces += length
    yield from _run_held(held, run, length_of=length_of, limits=limits)


def _run_held(
    held: Sequence[Row],
    run: Callable[[Sequence[Row], int], Sequence[Result]],
    *,
    length_of: Callable[[Row], int],
    limits: StreamLimits,
) -> Iterator[Result]:
    # Longest first: a lack of memory shows at once.
    order = sorted(range(len(held)), key=lambda i: -length_of(held[i]))
    results: dict[int, Result] = {}
    for start in range(0, len(order), limits.batch_size):
        chosen = order[start : start + limits.batch_size]
        length = padded_length(
            length_of(held[chosen[0]]), maximum=limits.max_seq_length
        )
        found = run([held[i] for i in chosen], length)
        results.update(zip(chosen, found, strict=True))
    for index in range(len(held)):
        yield results.pop(index)


def batch_of(
    ids: Sequence[np.ndarray],
    segments: Sequence[np.ndarray],
    *,
    length: int,
) -> Batch:
    """Returns rows side by side, padded, with the mask of their pieces.

    Args:
      ids: of each row, int32 [n].
      segments: of each row, int32 [n].
      length: S, at least the longest row.

    Returns:
      input_ids, input_mask, segment_ids: int32 [B, S]. B is the next power of
      2, the last row repeated: TensorFlow keeps half a megabyte for every
      shape that it has seen.
    """
    table = FeatureTable(
        INPUT_SPECS,
        (
            {
                "input_ids": of_row,
                "input_mask": np.ones(len(of_row), np.int32),
                "segment_ids": segment,
            }
            for of_row, segment in zip(ids, segments, strict=True)
        ),
    )
    size = 1 << (len(ids) - 1).bit_length()
    return table.batch(np.minimum(np.arange(size), len(ids) - 1), length=length)

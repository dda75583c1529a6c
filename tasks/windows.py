"""Too many pieces to overlapping windows, each piece decided by one of them.

A piece in several windows is decided by the one that shows it the largest
context, the smaller of what stands to its left and to its right, as BERT's
run_squad.py decides (google-research/bert). In training it counts in the loss
there alone, so that an overlapped word counts once.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from foundation.errors import InputError

OVERFLOWS = ("window", "truncate", "error")


@dataclass(frozen=True)
class Window:
    """A run of pieces that the model sees at once.

    Attributes:
      start: first piece.
      end: one past the last piece.
      decided_from: first piece that this window decides.
      decided_to: one past the last one. Over all windows these runs follow
        each other without gap or overlap.
    """

    start: int
    end: int
    decided_from: int
    decided_to: int


def cut_windows(
    word_index: Sequence[int], *, room: int, stride: int
) -> list[Window]:
    """Cuts the pieces of one text into windows of at most `room` pieces.

    Windows start and end between words, unless a word alone is longer.

    Args:
      word_index: which word each piece is of, rising.
      room: pieces of a window, at least 1.
      stride: pieces from one window's start to the next, 1 to `room`.

    Returns:
      At least one window; with `room` enough for all, exactly one.
    """
    if not 1 <= stride <= room:
        raise ValueError(f"stride: got {stride}, expected 1 to {room} (room)")
    spans = _spans(word_index, room=room, stride=stride)
    # Between two windows the larger context changes sides in the middle of
    # what they share; spans are made so that no third one comes between.
    limits = [
        (before[1] + after[0]) // 2
        for before, after in itertools.pairwise(spans)
    ]
    starts = [0, *limits]
    ends = [*limits, len(word_index)]
    return [
        Window(*span, decided_from=start, decided_to=end)
        for span, start, end in zip(spans, starts, ends, strict=True)
    ]


def _spans(
    word_index: Sequence[int], *, room: int, stride: int
) -> list[tuple[int, int]]:
    count = len(word_index)
    word_starts = [
        i for i in range(count) if i == 0 or word_index[i] != word_index[i - 1]
    ]
    spans: list[tuple[int, int]] = []
    start = 0
    while True:
        end = start + room
        if end >= count:
            return [*spans, (start, count)]
        end = _at_word(word_starts, end, above=start, limit=end)
        if not spans or end > spans[-1][1]:  # else the one before shows more
            spans.append((start, end))
        target = min(start + stride, end)
        start = _at_word(word_starts, target, above=start, limit=end)


def _at_word(
    word_starts: Sequence[int], position: int, *, above: int, limit: int
) -> int:
    """Returns the word start nearest to a position, earlier ones first.

    The position itself where no word starts between `above` and `limit`:
    inside a word that is longer than a window.
    """
    after = bisect_right(word_starts, position)
    if word_starts[after - 1] > above:
        return word_starts[after - 1]
    if after < len(word_starts) and word_starts[after] <= limit:
        return word_starts[after]
    return position


def check_stride(doc_stride: int | None, *, max_seq_length: int) -> int:
    """Returns the stride in pieces; not given, half of a window.

    Raises:
      InputError: windows would leave words out.
    """
    room = max_seq_length - 2  # [CLS] and [SEP]
    if doc_stride is None:
        return max(1, room // 2)
    if not 1 <= doc_stride <= room:
        raise InputError(
            "--doc_stride does not fit --max_seq_length",
            got=doc_stride,
            expected=f"1 to {room}: a window has {room} pieces beside [CLS] "
            "and [SEP], and a longer stride would leave words out",
            next_step="lower --doc_stride or raise --max_seq_length; half of "
            "the window is a good choice",
        )
    return doc_stride

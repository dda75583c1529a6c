"""Examples of texts to rows: one, one a window, or one a choice.

One row is google-research/bert's: what is too long is cut. With windows the
longer text is read in overlapping parts, each beside the whole shorter one,
so that a note's last page counts as its first (user-demand.md, row 53).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from foundation.errors import InputError
from preprocessing.tokenization import Tokenizer
from tasks.pair_features import PairFeatures, featurize_pair
from tasks.text_examples import TextExample

OVERFLOWS = ("truncate", "window", "error")
POOLINGS = ("mean", "max")
_SPECIAL_OF_ONE, _SPECIAL_OF_TWO = 2, 3
_BLANK = "_"  # of a question that an option completes (RACE)


@dataclass(frozen=True)
class TextLimits:
    """How long rows may be, and what becomes of longer texts.

    Attributes:
      max_seq_length: positions of a row.
      overflow: "truncate", "window" or "error".
      doc_stride: pieces between the starts of two windows; None = half of
        what a window holds.
      pooling: of the windows' logits: "mean" or "max".
      max_qa_length: pieces of question and option, the last ones (RACE).
    """

    max_seq_length: int = 128
    overflow: str = "truncate"
    doc_stride: int | None = None
    pooling: str = "mean"
    max_qa_length: int = 128

    @property
    def pools(self) -> bool:
        """Whether an example may have several rows that are one text."""
        return self.overflow == "window"


@dataclass(frozen=True)
class RowsOfText:
    """An example and its rows.

    Attributes:
      example: as read.
      rows: one, or as many as windows or choices.
      num_cut: pieces that no row has; of choices, the most of any.
    """

    example: TextExample
    rows: tuple[PairFeatures, ...]
    num_cut: int = 0


def rows_of(
    example: TextExample, *, tokenizer: Tokenizer, limits: TextLimits
) -> RowsOfText:
    """Returns an example with its rows.

    Raises:
      InputError: it is too long, and `limits` refuse that; its line is told
        by the caller.
    """
    if example.choices:
        return _choices(example, tokenizer=tokenizer, limits=limits)
    first: Sequence[int] = tokenizer.encode(example.text_a)
    second: Sequence[int] = []
    if example.text_b:
        second = tokenizer.encode(example.text_b)
    special = _SPECIAL_OF_TWO if second else _SPECIAL_OF_ONE
    excess = len(first) + len(second) + special - limits.max_seq_length
    if excess > 0 and limits.overflow == "error":
        raise InputError(
            "a text is too long for --max_seq_length",
            got=f"{len(first) + len(second)} pieces",
            expected=f"at most {limits.max_seq_length - special}, as "
            "--overflow=error asks",
            next_step="raise --max_seq_length, or use --overflow=window",
        )
    if excess > 0 and limits.overflow == "window":
        whole = len(first) + len(second)
        first, second = _with_room(first, second, limits=limits)
        rows = [
            _row(a, b, tokenizer=tokenizer, limits=limits)
            for a, b in _windows(first, second, limits=limits)
        ]
        num_cut = whole - len(first) - len(second)
        return RowsOfText(example, tuple(rows), num_cut)
    row = _row(first, second, tokenizer=tokenizer, limits=limits)
    return RowsOfText(example, (row,), row.num_cut)


def _row(
    first: Sequence[int],
    second: Sequence[int],
    *,
    tokenizer: Tokenizer,
    limits: TextLimits,
) -> PairFeatures:
    return featurize_pair(
        first,
        second,
        tokenizer=tokenizer,
        max_seq_length=limits.max_seq_length,
    )


def _with_room(
    first: Sequence[int], second: Sequence[int], *, limits: TextLimits
) -> tuple[Sequence[int], Sequence[int]]:
    """Returns two texts of which the shorter leaves half of a row's room."""
    half = (limits.max_seq_length - _SPECIAL_OF_TWO) // 2
    if not second or min(len(first), len(second)) <= half:
        return first, second
    if len(second) > len(first):
        return first[:half], second
    return first, second[:half]


def _windows(
    first: Sequence[int], second: Sequence[int], *, limits: TextLimits
) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """Yields the two texts of each window; the shorter is whole in each."""
    special = _SPECIAL_OF_TWO if second else _SPECIAL_OF_ONE
    swaps = len(second) > len(first)
    long, short = (second, first) if swaps else (first, second)
    room = limits.max_seq_length - special - len(short)
    stride = min(limits.doc_stride or max(room // 2, 1), room)
    for start in range(0, len(long), stride):
        part = long[start : start + room]
        yield (short, part) if swaps else (part, short)
        if start + room >= len(long):
            break


def _choices(
    example: TextExample, *, tokenizer: Tokenizer, limits: TextLimits
) -> RowsOfText:
    """Returns a row for each option: article, question with the option.

    As ALBERT's run_race.py: an option goes into the question's blank, or
    behind it; the last pieces of that are kept, and the article is cut.
    """
    question = example.text_b or ""
    article = tokenizer.encode(example.text_a)
    rows, num_cut = [], 0
    for option in example.choices:
        if _BLANK in question:
            text = question.replace(_BLANK, option)
        else:
            text = f"{question} {option}"
        whole = tokenizer.encode(text)
        answer = whole[-limits.max_qa_length :]
        room = limits.max_seq_length - _SPECIAL_OF_TWO - len(answer)
        kept = article[: max(room, 0)]
        row = _row(kept, answer, tokenizer=tokenizer, limits=limits)
        rows.append(row)
        cut = len(article) - len(kept) + len(whole) - len(answer) + row.num_cut
        num_cut = max(num_cut, cut)
    return RowsOfText(example, tuple(rows), num_cut)


def features_of(
    rows: RowsOfText, labels: np.ndarray
) -> Iterator[Mapping[str, np.ndarray]]:
    """Yields the features of an example's rows.

    Args:
      rows: of the example.
      labels: label_ids of the example, [width]; every row has them.
    """
    for number, row in enumerate(rows.rows):
        yield {
            "input_ids": row.input_ids,
            "input_mask": np.ones(len(row.input_ids), np.int32),
            "segment_ids": row.segment_ids,
            "label_ids": labels,
            "starts_example": np.array([number == 0], np.int32),
        }

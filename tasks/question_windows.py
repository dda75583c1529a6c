"""A question on a paragraph to rows: [CLS] question [SEP] window [SEP].

After google-research/bert `run_squad.py` (convert_examples_to_features,
_improve_answer_span, _check_is_max_context).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocessing.tokenization import Tokenizer
from tasks.question_pieces import ParagraphPieces
from tasks.questions import Question

Ints = npt.NDArray[np.int32]
_SPECIAL = 3  # [CLS], [SEP], [SEP]
_LENGTH_BONUS = 0.01  # of a window, where a piece has the same context in two


@dataclass(frozen=True)
class WindowLimits:
    """How long rows may be.

    Attributes:
      max_seq_length: positions of a row.
      doc_stride: pieces between the starts of two windows.
      max_query_length: pieces of a question; more are cut.
    """

    max_seq_length: int
    doc_stride: int
    max_query_length: int

    def __post_init__(self) -> None:
        """Raises ValueError where no piece of a paragraph is reached."""
        least = self.max_query_length + _SPECIAL + 1
        if self.max_seq_length < least:
            raise ValueError(
                f"max_seq_length: got {self.max_seq_length}, expected at "
                f"least {least}, max_query_length and 4"
            )
        if self.doc_stride < 1 or self.max_query_length < 0:
            raise ValueError(
                f"got doc_stride {self.doc_stride}, max_query_length "
                f"{self.max_query_length}, expected at least 1 and 0"
            )


@dataclass(frozen=True)
class QuestionWindow:
    """One row, unpadded.

    Attributes:
      input_ids: int32 [n].
      num_before: positions before the window: [CLS], question, [SEP].
      first_piece: of the paragraph, in this window.
      may_start: bool [window]: an answer may start here, as no other window
        shows more around this piece.
      start_position: first piece of the answer; 0 where it is not here.
      end_position: its last piece.
    """

    input_ids: Ints
    num_before: int
    first_piece: int
    may_start: npt.NDArray[np.bool_]
    start_position: int = 0
    end_position: int = 0

    @property
    def segment_ids(self) -> Ints:
        """Returns int32 [n]; 1 on the window and its [SEP]."""
        of_window = np.arange(len(self.input_ids)) >= self.num_before
        return of_window.astype(np.int32)


def cut_question(
    question: Question,
    pieces: ParagraphPieces,
    *,
    tokenizer: Tokenizer,
    limits: WindowLimits,
) -> list[QuestionWindow]:
    """Returns the rows of one question, first window first.

    Args:
      question: whose answer, if any, is placed.
      pieces: of its paragraph.
      tokenizer: that made them.
      limits: how long rows may be.
    """
    query = tokenizer.encode(question.text)[: limits.max_query_length]
    answer = None
    if question.answer is not None:
        answer = pieces.answer_pieces(question.answer)
    room = limits.max_seq_length - len(query) - _SPECIAL
    spans = _spans(len(pieces.ids), room=room, stride=limits.doc_stride)
    best = _best_windows(spans, len(pieces.ids))
    head = [tokenizer.cls_id, *query, tokenizer.sep_id]
    rows = []
    for number, (start, end) in enumerate(spans):
        first, last = 0, 0
        if answer and start <= answer[0] and answer[1] < end:
            first, last = (place - start + len(head) for place in answer)
        rows.append(
            QuestionWindow(
                input_ids=np.array(
                    [*head, *pieces.ids[start:end], tokenizer.sep_id], np.int32
                ),
                num_before=len(head),
                first_piece=start,
                may_start=best[start:end] == number,
                start_position=first,
                end_position=last,
            )
        )
    return rows


def _spans(length: int, *, room: int, stride: int) -> list[tuple[int, int]]:
    """Returns the windows, [start, end); an empty one without pieces."""
    spans, start = [], 0
    while True:
        end = min(start + room, length)
        spans.append((start, end))
        if end == length:
            return spans
        start += min(end - start, stride)


def _best_windows(spans: Sequence[tuple[int, int]], length: int) -> np.ndarray:
    """Returns for each piece the window with most context around it.

    The smaller side counts, then the window's length; the first of equals.
    """
    best = np.zeros(length, np.int32)
    scores = np.full(length, -1.0)
    for number, (start, end) in enumerate(spans):
        inside = np.arange(start, end)
        context = np.minimum(inside - start, end - 1 - inside)
        context = context + _LENGTH_BONUS * (end - start)
        better = context > scores[start:end]
        best[start:end][better] = number
        scores[start:end][better] = context[better]
    return best

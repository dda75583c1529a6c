"""A question on a paragraph to rows: [CLS] question [SEP] window [SEP].

After google-research/bert `run_squad.py` (convert_examples_to_features,
_improve_answer_span, _check_is_max_context).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocessing.tokenization import Tokenizer
from tasks.questions import Question

Ints = npt.NDArray[np.int32]
NO_WORD = -1  # of pieces that are none of the paragraph
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
        """Raises ValueError where no piece of a paragraph has room."""
        least = self.max_query_length + _SPECIAL + 1
        if self.max_seq_length < least:
            raise ValueError(
                f"max_seq_length: got {self.max_seq_length}, expected at "
                f"least {least}, max_query_length and 4"
            )


@dataclass(frozen=True)
class QuestionWindow:
    """One row, unpadded; arrays of [n].

    Attributes:
      input_ids: int32.
      segment_ids: int32; 1 on the window and its [SEP].
      word_index: int32: the paragraph's word a piece is of; -1 outside it.
      may_start: bool: an answer may start here, as no other window shows
        more around this piece.
      start_position: first piece of the answer; 0 where it is not here.
      end_position: its last piece.
    """

    input_ids: Ints
    segment_ids: Ints
    word_index: Ints
    may_start: npt.NDArray[np.bool_]
    start_position: int = 0
    end_position: int = 0


def cut_question(
    question: Question, *, tokenizer: Tokenizer, limits: WindowLimits
) -> list[QuestionWindow]:
    """Returns the rows of one question, first window first."""
    query = tokenizer.encode(question.text)[: limits.max_query_length]
    pieces: list[int] = []
    words: list[int] = []
    for index, word in enumerate(question.words):
        of_word = tokenizer.encode(word)
        pieces += of_word
        words += [index] * len(of_word)
    answer = _answer_pieces(question, pieces, words, tokenizer=tokenizer)
    room = limits.max_seq_length - len(query) - _SPECIAL
    spans = _spans(len(pieces), room=room, stride=limits.doc_stride)
    best = _best_windows(spans, len(pieces))
    head = [tokenizer.cls_id, *query, tokenizer.sep_id]
    rows = []
    for number, (start, end) in enumerate(spans):
        first, last = 0, 0
        if answer and start <= answer[0] and answer[1] < end:
            first, last = (place - start + len(head) for place in answer)
        rows.append(
            QuestionWindow(
                input_ids=np.array(
                    [*head, *pieces[start:end], tokenizer.sep_id], np.int32
                ),
                segment_ids=np.repeat(
                    np.array([0, 1], np.int32), [len(head), end - start + 1]
                ),
                word_index=_padded(words[start:end], len(head), NO_WORD),
                may_start=_padded(best[start:end] == number, len(head), False),
                start_position=first,
                end_position=last,
            )
        )
    return rows


def _padded(
    values: Sequence[int] | np.ndarray, before: int, value: int
) -> npt.NDArray[Any]:
    """Returns values with one of `value` for each piece around them."""
    return np.pad(np.array(values), (before, 1), constant_values=value)


def _spans(length: int, *, room: int, stride: int) -> list[tuple[int, int]]:
    """Returns the windows, [start, end); none of an empty paragraph."""
    spans, start = [], 0
    while start < length:
        end = min(start + room, length)
        spans.append((start, end))
        if end == length:
            break
        start += min(end - start, stride)
    return spans


def _best_windows(spans: Sequence[tuple[int, int]], length: int) -> np.ndarray:
    """Returns for each piece the window with most context around it.

    The smaller side counts, then the window's length; the first of equals.
    """
    places = np.arange(length)
    scores = np.full((len(spans), length), -1.0)
    for number, (start, end) in enumerate(spans):
        inside = places[start:end]
        context = np.minimum(inside - start, end - 1 - inside)
        scores[number, start:end] = context + _LENGTH_BONUS * (end - start)
    return scores.argmax(axis=0) if len(spans) else places


def _answer_pieces(
    question: Question,
    pieces: Sequence[int],
    words: Sequence[int],
    *,
    tokenizer: Tokenizer,
) -> tuple[int, int] | None:
    """Returns the answer's first and last piece.

    Words may hold more than the answer, as "(1895-1943)." does "1895". The
    first stretch inside them that is the answer's pieces is taken.
    """
    answer = question.answer
    if answer is None:
        return None
    inside = [i for i, w in enumerate(words) if answer.start <= w <= answer.end]
    if not inside:
        return None
    first, last = inside[0], inside[-1]
    wanted = tokenizer.encode(answer.text)
    for start in range(first, last - len(wanted) + 2):
        if wanted and list(pieces[start : start + len(wanted)]) == wanted:
            return start, start + len(wanted) - 1
    return first, last

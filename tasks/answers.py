"""Logits of a question's windows to its best answers, as texts.

After google-research/bert `run_squad.py` (write_predictions,
get_final_text): the same candidates, texts, order and probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tasks.question_pieces import ParagraphPieces
from tasks.question_windows import QuestionWindow

# Odds where "no answer" is all there is: the original fails. JSON has no
# infinity.
CERTAIN = 1e6


@dataclass(frozen=True)
class AnswerOptions:
    """Which answers are looked at.

    Attributes:
      n_best_size: places of a window that are tried as start, and as end;
        and answers that are kept.
      max_answer_length: pieces of an answer.
      may_be_impossible: whether "no answer" is one of them (SQuAD 2.0).
    """

    n_best_size: int = 20
    max_answer_length: int = 30
    may_be_impossible: bool = False


class Answer(NamedTuple):
    """One of a question's answers, as in nbest_predictions.json.

    Attributes:
      text: as in the paragraph; "" = no answer.
      probability: among the kept ones.
      start_logit: of its first piece.
      end_logit: of its last piece.
    """

    text: str
    probability: float
    start_logit: float
    end_logit: float


class Answers(NamedTuple):
    """What is predicted for a question.

    Attributes:
      best: its answers, the likeliest first; never empty.
      null_odds: how much the score of "no answer" is above that of the best
        answer, as in null_odds.json; None where that is not asked.
    """

    best: tuple[Answer, ...]
    null_odds: float | None

    def text(self, null_score_diff_threshold: float = 0.0) -> str:
        """Returns the answer to write into predictions.json.

        Args:
          null_score_diff_threshold: "no answer" where the odds are above it.
        """
        if self.null_odds is None:
            return self.best[0].text
        if self.null_odds > null_score_diff_threshold:
            return ""
        return next((a.text for a in self.best if a.text), "")


class _Span(NamedTuple):
    """Pieces `start` to `end` of a paragraph; start -1 = no answer."""

    start: int
    end: int
    start_logit: float
    end_logit: float

    @property
    def score(self) -> float:
        return self.start_logit + self.end_logit


Logits = Sequence[tuple[np.ndarray, np.ndarray]]


def find_answers(
    pieces: ParagraphPieces,
    windows: Sequence[QuestionWindow],
    logits: Logits,
    *,
    options: AnswerOptions,
) -> Answers:
    """Returns a question's best answers.

    Args:
      pieces: of its paragraph.
      windows: of `cut_question`.
      logits: start and end logits of each window, [n] or padded.
      options: which answers are looked at.
    """
    spans = [
        span
        for window, of_window in zip(windows, logits, strict=True)
        for span in _spans(window, of_window, options=options)
    ]
    null = _no_answer(logits) if options.may_be_impossible else None
    if null is not None:
        spans.append(null)
    spans.sort(key=lambda span: -span.score)  # stable, as the original's
    texts: dict[str, _Span] = {}
    for span in spans:
        if len(texts) >= options.n_best_size:
            break
        text = pieces.text(span.start, span.end) if span.start >= 0 else ""
        if text or span is null:
            texts.setdefault(text, span)
    if null is not None:
        texts.setdefault("", null)
    if not texts:
        return Answers((Answer("empty", 1.0, 0.0, 0.0),), None)
    return _with_probabilities(texts, null)


def _with_probabilities(texts: dict[str, _Span], null: _Span | None) -> Answers:
    highest = max(span.score for span in texts.values())
    weights = [math.exp(span.score - highest) for span in texts.values()]
    total = sum(weights)
    best = tuple(
        Answer(text, weight / total, span.start_logit, span.end_logit)
        for (text, span), weight in zip(texts.items(), weights, strict=True)
    )
    if null is None:
        return Answers(best, None)
    found = [span.score for text, span in texts.items() if text]
    return Answers(best, null.score - found[0] if found else CERTAIN)


def _spans(
    window: QuestionWindow,
    logits: tuple[np.ndarray, np.ndarray],
    *,
    options: AnswerOptions,
) -> Iterator[_Span]:
    """Yields the answers of a window: the likeliest starts, each with ends."""
    starts, ends = (np.asarray(side, np.float64) for side in logits)
    size = len(window.may_start)
    offset = window.first_piece - window.num_before
    # Places of the window; those of question and padding take part in the
    # choice, too.
    likely_ends = _highest(ends, options.n_best_size) - window.num_before
    for start in _highest(starts, options.n_best_size) - window.num_before:
        if not 0 <= start < size or not window.may_start[start]:
            continue
        for end in likely_ends:
            length = end - start + 1
            if end < size and 1 <= length <= options.max_answer_length:
                first, last = start + window.num_before, end + window.num_before
                yield _Span(
                    int(first + offset),
                    int(last + offset),
                    float(starts[first]),
                    float(ends[last]),
                )


def _highest(logits: np.ndarray, count: int) -> np.ndarray:
    """Returns the places of the highest logits; of equal ones the first."""
    return np.argsort(-logits, kind="stable")[:count]


def _no_answer(logits: Logits) -> _Span | None:
    """Returns the least likely "no answer" of a question's windows: [CLS]."""
    nulls = [
        _Span(-1, -1, float(starts[0]), float(ends[0]))
        for starts, ends in logits
    ]
    return min(nulls, key=lambda span: span.score, default=None)

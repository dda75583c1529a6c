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

from preprocessing.wordpiece import CONTINUATION, WordPieceTokenizer
from tasks.question_windows import NO_WORD, QuestionWindow
from tasks.questions import Question


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
    """Pieces `start` to `end` of a window; window -1 = no answer."""

    window: int
    start: int
    end: int
    start_logit: float
    end_logit: float

    @property
    def score(self) -> float:
        return self.start_logit + self.end_logit


Logits = Sequence[tuple[np.ndarray, np.ndarray]]


def find_answers(
    question: Question,
    windows: Sequence[QuestionWindow],
    logits: Logits,
    *,
    tokenizer: WordPieceTokenizer,
    options: AnswerOptions,
) -> Answers:
    """Returns a question's best answers.

    Args:
      question: with its paragraph.
      windows: of `cut_question`.
      logits: start and end logits of each window, [n] or padded.
      tokenizer: that made the pieces.
      options: which answers are looked at.
    """
    spans = [
        span
        for number, window in enumerate(windows)
        for span in _spans(number, window, logits[number], options=options)
    ]
    null = _no_answer(logits) if options.may_be_impossible else None
    if null is not None:
        spans.append(null)
    spans.sort(key=lambda span: -span.score)  # stable, as the original's
    texts: dict[str, _Span] = {}
    for span in spans:
        if len(texts) >= options.n_best_size:
            break
        text = ""
        if span.window >= 0:
            window = windows[span.window]
            text = _text(question, window, span, tokenizer=tokenizer)
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
    # The original fails where "no answer" is all there is.
    return Answers(best, null.score - found[0] if found else math.inf)


def _spans(
    number: int,
    window: QuestionWindow,
    logits: tuple[np.ndarray, np.ndarray],
    *,
    options: AnswerOptions,
) -> Iterator[_Span]:
    """Yields the answers of a window: the likeliest starts, each with ends."""
    starts, ends = (
        np.asarray(side, np.float64)[: len(logits[0])] for side in logits
    )
    size = len(window.input_ids)
    in_text = np.zeros(len(starts), bool)
    in_text[:size] = window.word_index != NO_WORD
    for start in _highest(starts, options.n_best_size):
        if not in_text[start] or not window.may_start[start]:
            continue
        for end in _highest(ends, options.n_best_size):
            length = end - start + 1
            if in_text[end] and 1 <= length <= options.max_answer_length:
                yield _Span(
                    number,
                    int(start),
                    int(end),
                    float(starts[start]),
                    float(ends[end]),
                )


def _highest(logits: np.ndarray, count: int) -> np.ndarray:
    """Returns the places of the highest logits; of equal ones the first."""
    return np.argsort(-logits, kind="stable")[:count]


def _no_answer(logits: Logits) -> _Span | None:
    """Returns the least likely "no answer" of a question's windows: [CLS]."""
    nulls = [
        _Span(-1, 0, 0, float(starts[0]), float(ends[0]))
        for starts, ends in logits
    ]
    return min(nulls, key=lambda span: span.score, default=None)


def _text(
    question: Question,
    window: QuestionWindow,
    span: _Span,
    *,
    tokenizer: WordPieceTokenizer,
) -> str:
    """Returns a span as it stands in the paragraph."""
    ids = window.input_ids[span.start : span.end + 1].tolist()
    pieces = " ".join(tokenizer.pieces(ids))
    pieces = pieces.replace(f" {CONTINUATION}", "").replace(CONTINUATION, "")
    first, last = window.word_index[[span.start, span.end]]
    words = " ".join(question.words[first : last + 1])
    return align(" ".join(pieces.split()), words, tokenizer=tokenizer)


def align(found: str, words: str, *, tokenizer: WordPieceTokenizer) -> str:
    """Returns the part of some words that an answer made of pieces is.

    Lower-casing and cutting at punctuation are undone: the answer is looked
    for in the words as the tokenizer sees them, and its characters are
    counted, spaces aside, in the words as they are.

    Args:
      found: the answer's pieces, joined.
      words: the paragraph's words in which it lies.
      tokenizer: that made the pieces.

    Returns:
      The part; all the words where the two cannot be brought together, such
      as where accents went.
    """
    seen = " ".join(tokenizer.reference.words(words))
    start = seen.find(found)
    if start < 0:
        return words
    original = [i for i, char in enumerate(words) if char != " "]
    changed = [i for i, char in enumerate(seen) if char != " "]
    places = {place: number for number, place in enumerate(changed)}
    ends = (start, start + len(found) - 1)
    if len(original) != len(changed) or not all(e in places for e in ends):
        return words
    first, last = (original[places[end]] for end in ends)
    return words[first : last + 1]

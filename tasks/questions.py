"""SQuAD's JSON (1.1, 2.0, BioBERT's BioASQ) to questions on words.

After google-research/bert `run_squad.py` (read_squad_examples). Words are
split at the five characters that the original splits at, and no others.
"""

from __future__ import annotations

import bisect
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from foundation import json_files
from foundation.errors import InputError

_WORD = re.compile(r"[^ \t\r\n\u202f]+")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WordSpan:
    """An answer: words `start` to `end`, the end included, and its text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Question:
    """One question on one paragraph.

    Attributes:
      question_id: as in the file.
      text: the question.
      words: of the paragraph.
      answer: the one to learn; None when predicting, or where there is none.
      is_impossible: the paragraph has no answer (SQuAD 2.0).
    """

    question_id: str
    text: str
    words: tuple[str, ...]
    answer: WordSpan | None = None
    is_impossible: bool = False


def read_questions(
    path: str, *, with_answers: bool, may_be_impossible: bool = False
) -> list[Question]:
    """Reads a file of questions.

    Args:
      path: SQuAD's JSON.
      with_answers: whether answers are read, to learn from.
      may_be_impossible: whether `is_impossible` is looked at.

    Returns:
      The questions, in order. Those whose answer is not in the paragraph
      where the file says are left out, and counted in the log.

    Raises:
      InputError: no such JSON, or a question to learn from has not exactly
        one answer.
    """
    questions, num_lost = [], 0
    for paragraph in _paragraphs(path):
        words = _Words(paragraph["context"])
        for entry in paragraph["qas"]:
            question = Question(entry["id"], entry["question"], words.words)
            if with_answers:
                impossible = may_be_impossible and entry["is_impossible"]
                answer = None
                if not impossible:
                    answer = words.span(*_only_answer(entry, path))
                    if answer is None:
                        num_lost += 1
                        continue
                question = Question(
                    question.question_id,
                    question.text,
                    words.words,
                    answer=answer,
                    is_impossible=impossible,
                )
            questions.append(question)
    if num_lost:
        _log.warning(
            "%s: %d questions are left out: their answers are not in the "
            "paragraph where the file says",
            path,
            num_lost,
        )
    return questions


def _paragraphs(path: str) -> Iterator[Mapping[str, Any]]:
    found = json_files.read_object(
        path,
        what="the file of questions",
        next_step="check --train_file and --predict_file",
    )
    try:
        for article in found["data"]:
            yield from article["paragraphs"]
    except (KeyError, TypeError) as error:
        raise InputError(
            "the file of questions is not as SQuAD's",
            got=f"{type(error).__name__}: {error}",
            expected="an object with data, paragraphs, context, qas, id, "
            "question",
            next_step="convert it to SQuAD's format",
            path=path,
        ) from error


def _only_answer(entry: Mapping[str, Any], path: str) -> tuple[str, int]:
    answers = entry["answers"]
    if len(answers) != 1:
        raise InputError(
            "a question to learn from has not one answer",
            got=f"{len(answers)} answers of question {entry['id']}",
            expected="exactly 1",
            next_step="make a question of each answer, as SQuAD's training "
            "file has",
            path=path,
        )
    return answers[0]["text"], answers[0]["answer_start"]


class _Words:
    """A paragraph's words, and where they are in its text."""

    def __init__(self, context: str) -> None:
        matches = list(_WORD.finditer(context))
        self.words = tuple(match.group() for match in matches)
        self._starts = [match.start() for match in matches]
        self._length = len(context)

    def span(self, text: str, offset: int) -> WordSpan | None:
        """Returns the words of an answer; None if its text is not there."""
        last = offset + len(text) - 1
        if not text or not 0 <= offset <= last < self._length:
            return None
        start, end = self._word_at(offset), self._word_at(last)
        if " ".join(text.split()) not in " ".join(self.words[start : end + 1]):
            return None
        return WordSpan(start, end, text)

    def _word_at(self, offset: int) -> int:
        """Returns the word of a character; of a space, the one before."""
        return max(bisect.bisect_right(self._starts, offset) - 1, 0)

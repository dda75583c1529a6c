"""Answers to any number of questions, on disk where they are many.

Twenty answers a question are some kilobytes: for a large file they would be
most of the memory. What is scored of a question is a few numbers.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterator

import numpy as np

from evaluation.squad import exact_match, word_f1
from tasks.answers import Answer, Answers
from tasks.questions import Question
from tasks.squad_scores import SquadTable

_MAX_BYTES_IN_MEMORY = 1 << 20


class AnswerStore:
    """The answers to a split's questions, in order.

    Attributes:
      split: its name.
    """

    def __init__(self, split: str) -> None:
        self.split = split
        self._lines = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            _MAX_BYTES_IN_MEMORY
        )
        self._numbers = array("d")  # `SquadTable`'s columns, row by row
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, question: Question, answers: Answers) -> None:
        """Puts the answers to one more question behind the others."""
        value = [
            question.question_id,
            [list(answer) for answer in answers.best],
            answers.null_odds,
        ]
        self._lines.write(json.dumps(value).encode("ascii") + b"\n")
        self._numbers.extend(_numbers_of(question, answers))
        self._size += 1

    def extend(self, other: AnswerStore) -> None:
        """Puts all of another store behind what is here."""
        other._lines.seek(0)
        while block := other._lines.read(1 << 20):
            self._lines.write(block)
        self._numbers.extend(other._numbers)
        self._size += len(other)

    def __iter__(self) -> Iterator[tuple[str, Answers]]:
        """Yields each question's id and its answers."""
        self._lines.seek(0)
        for line in self._lines:
            name, best, odds = json.loads(line)
            yield name, Answers(tuple(Answer(*one) for one in best), odds)
        self._lines.seek(0, 2)

    def table(self) -> SquadTable:
        """Returns what is scored, of the questions with gold answers."""
        numbers = np.array(self._numbers).reshape(self._size, -1)
        columns = len(SquadTable._fields) + 1
        numbers = numbers.reshape(self._size, columns)
        has_gold = numbers[:, 0] > 0
        return SquadTable(*numbers[has_gold, 1:].T)


def _numbers_of(question: Question, answers: Answers) -> list[float]:
    """Returns whether there is gold, and the question's row of the table."""
    gold = question.gold
    if gold is None:
        return [0.0] * (1 + len(SquadTable._fields))
    text = answers.text(np.inf)  # an answer, however likely "no answer" is
    # No odds: an answer is given in any case.
    odds = -np.inf if answers.null_odds is None else answers.null_odds
    return [
        1.0,
        float(any(gold)),
        odds,
        exact_match(gold, text),
        word_f1(gold, text),
        exact_match(gold, ""),
        word_f1(gold, ""),
    ]

"""SQuAD's JSON (1.1, 2.0, BioBERT's BioASQ) to questions on paragraphs.

After google-research/bert `run_squad.py` (read_squad_examples). Words are
split at the five characters that the original splits at, and no others. One
paragraph of the file is in memory at a time.
"""

from __future__ import annotations

import bisect
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from foundation import json_stream
from foundation.errors import InputError

ANSWER_TYPES = ("span", "yesno")
YES_NO = ("no", "yes")  # position is label id
_WORD = re.compile(r"[^ \t\r\n\u202f]+")
_NEXT_STEP = (
    "give a file in SQuAD's format; scripts/bioasq_to_squad.py makes one of "
    "BioASQ's"
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AnswerSpan:
    """An answer in its paragraph.

    Attributes:
      first_word: that has a part of it.
      last_word: the last one that has.
      start: its first character.
      end: behind its last character.
      text: as in the file.
    """

    first_word: int
    last_word: int
    start: int
    end: int
    text: str


class Paragraph:
    """A text that questions are asked of.

    Attributes:
      context: the text.
      words: what stands between spaces.
    """

    def __init__(self, context: str) -> None:
        matches = list(_WORD.finditer(context))
        self.context = context
        self.words = tuple(match.group() for match in matches)
        self._starts = [match.start() for match in matches]

    def span(self, text: str, offset: int) -> AnswerSpan | None:
        """Returns where an answer is; None if its text is not there."""
        last = offset + len(text) - 1
        if not text or not 0 <= offset <= last < len(self.context):
            return None
        first_word, last_word = self._word_at(offset), self._word_at(last)
        words = self.words[first_word : last_word + 1]
        if " ".join(text.split()) not in " ".join(words):
            return None
        start = offset
        if self.context[offset : offset + len(text)] != text:
            # Beside it in the same words; else its spaces are others.
            near = self.context.find(text, self._starts[first_word])
            start = near if 0 <= near <= last else offset
        return AnswerSpan(first_word, last_word, start, start + len(text), text)

    def occurrences(self, text: str) -> Iterator[AnswerSpan]:
        """Yields the places where an answer stands as words of its own."""
        pattern = rf"(?<!\w){re.escape(text)}(?!\w)"
        for match in re.finditer(pattern, self.context):
            found = self.span(text, match.start())
            if found is not None:
                yield found

    def _word_at(self, offset: int) -> int:
        """Returns the word of a character; of a space, the one before."""
        return max(bisect.bisect_right(self._starts, offset) - 1, 0)


@dataclass(frozen=True)
class Question:
    """One question on one paragraph.

    Attributes:
      question_id: as in the file.
      text: the question.
      paragraph: shared by all questions on it.
      answer: the one to learn; None when predicting, or where there is none.
      is_impossible: the paragraph has no answer (SQuAD 2.0).
      gold: all right answers, none of a paragraph without one; "yes" or "no"
        of a yes/no question. None = not known.
    """

    question_id: str
    text: str
    paragraph: Paragraph
    answer: AnswerSpan | None = None
    is_impossible: bool = False
    gold: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ReadingOptions:
    """What is read of a file of questions.

    Attributes:
      with_answers: whether answers are read, to learn from.
      may_be_impossible: whether `is_impossible` is looked at.
      answer_type: "span", or "yesno": answers are the words yes and no.
      all_occurrences: learn from every place where the answer stands, each as
        a question of its own, not from the one place that the file names.
    """

    with_answers: bool = False
    may_be_impossible: bool = False
    answer_type: str = "span"
    all_occurrences: bool = False


def read_questions(
    path: str, *, with_answers: bool, may_be_impossible: bool = False
) -> list[Question]:
    """Returns all that `iterate_questions` yields."""
    options = ReadingOptions(with_answers, may_be_impossible)
    return list(iterate_questions(path, options))


def iterate_questions(path: str, options: ReadingOptions) -> Iterator[Question]:
    """Yields the questions of a file, in order.

    Those to learn from whose answer is not in the paragraph where the file
    says are left out, and counted in the log.

    Raises:
      InputError: no such JSON, or a question to learn from has not exactly
        one answer.
    """
    num_lost = 0
    for number, value in enumerate(_paragraphs(path)):
        try:
            paragraph = Paragraph(value["context"])
            found = [
                list(_questions(paragraph, entry, options, path=path))
                for entry in value["qas"]
            ]
        except (KeyError, TypeError, AttributeError) as error:
            raise _unlike_squad(error, number, path) from error
        for questions in found:
            num_lost += not questions
            yield from questions
    if num_lost:
        _log.warning(
            "%s: %d questions are left out: their answers are not in the "
            "paragraph where the file says",
            path,
            num_lost,
        )


def _paragraphs(path: str) -> Iterator[Any]:
    return json_stream.values_of(
        path,
        ("data", "paragraphs"),
        what="the file of questions",
        next_step=_NEXT_STEP,
    )


def _unlike_squad(error: Exception, number: int, path: str) -> InputError:
    return InputError(
        "the file of questions is not as SQuAD's",
        got=f"{type(error).__name__}: {error} in paragraph {number}",
        expected="an object with data, paragraphs, context, qas, id, "
        "question; answers with text and answer_start",
        next_step=_NEXT_STEP,
        path=path,
    )


def _questions(
    paragraph: Paragraph,
    entry: Mapping[str, Any],
    options: ReadingOptions,
    *,
    path: str,
) -> Iterator[Question]:
    """Yields a question, once for each place to learn from; or none."""
    name, text = entry["id"], entry["question"]
    if not isinstance(name, str) or not isinstance(text, str):
        raise TypeError("an id or a question that is no text")
    impossible = options.may_be_impossible and bool(entry.get("is_impossible"))
    if options.answer_type == "yesno":
        label = _yes_or_no(entry, path, is_needed=options.with_answers)
        yield Question(
            name, text, paragraph, gold=None if label is None else (label,)
        )
        return
    gold = _gold(entry, impossible)
    if not options.with_answers or impossible:
        yield Question(
            name, text, paragraph, is_impossible=impossible, gold=gold
        )
        return
    answer = paragraph.span(*_only_answer(entry, path))
    if answer is None:
        return
    places = [answer]
    if options.all_occurrences:
        others = paragraph.occurrences(answer.text)
        places += [span for span in others if span.start != answer.start]
    for place in places:
        yield Question(name, text, paragraph, answer=place, gold=gold)


def _gold(entry: Mapping[str, Any], impossible: bool) -> tuple[str, ...] | None:
    if impossible:
        return ()
    answers = entry.get("answers")
    if not isinstance(answers, list) or not answers:
        return None
    return tuple(str(answer["text"]) for answer in answers)


def _only_answer(entry: Mapping[str, Any], path: str) -> tuple[str, int]:
    answers = entry.get("answers") or []
    if len(answers) != 1 or not isinstance(answers, list):
        raise InputError(
            "a question to learn from has not one answer",
            got=f"{len(answers)} answers of question {entry['id']}",
            expected="exactly 1",
            next_step="make a question of each answer, as SQuAD's training "
            "file has; SQuAD 2.0 needs --version_2_with_negative",
            path=path,
        )
    text, start = answers[0]["text"], answers[0]["answer_start"]
    if not isinstance(text, str) or type(start) is not int:
        raise TypeError("an answer without text, or without its place")
    return text, start


def _yes_or_no(
    entry: Mapping[str, Any], path: str, *, is_needed: bool
) -> str | None:
    """Returns "yes" or "no"; None where the file does not say."""
    answers = entry.get("answers")
    if isinstance(answers, list) and len(answers) == 1:
        answers = answers[0]
        if isinstance(answers, Mapping):
            answers = answers.get("text")
    if isinstance(answers, str) and answers.strip().lower() in YES_NO:
        return answers.strip().lower()
    if answers or is_needed:
        raise InputError(
            "a question is not answered by yes or no",
            got=f"another answer, or none, of question {entry['id']}",
            expected='"answers": "yes" or "answers": "no"',
            next_step="leave --answer_type=yesno out, or correct the file",
            path=path,
        )
    return None

"""Files of questions to splits: rows to learn from, parts to predict."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from foundation import files
from foundation.errors import InputError
from preprocessing.features import INPUT_SPECS, FeatureTable
from preprocessing.tokenization import Tokenizer
from tasks.question_pieces import ParagraphPieces, cut_paragraph
from tasks.question_table import WindowRow, WindowTable
from tasks.question_windows import QuestionWindow, WindowLimits, cut_question
from tasks.questions import (
    Paragraph,
    Question,
    ReadingOptions,
    iterate_questions,
)
from tasks.task import Split

_ROWS_AT_ONCE = 512  # that are predicted and decoded together, about


@dataclasses.dataclass(frozen=True)
class CutQuestion:
    """A question with its rows of a table.

    Attributes:
      question: as it was read.
      pieces: of its paragraph.
      windows: one a row.
    """

    question: Question
    pieces: ParagraphPieces
    windows: Sequence[QuestionWindow]


@dataclasses.dataclass(frozen=True)
class StreamedSplit(Split):
    """A split that is read, cut and predicted part by part.

    Attributes:
      read_parts: reads it from its file, each time anew.
    """

    read_parts: Callable[[], Iterator[Split]]

    def parts(self) -> Iterator[Split]:
        """Yields some hundred rows at a time, whole questions."""
        return self.read_parts()


@dataclasses.dataclass(frozen=True)
class QuestionCutter:
    """Cuts questions into rows.

    Attributes:
      tokenizer: makes the pieces.
      limits: how long rows may be.
      first_window_only: whether the rest of a paragraph is left out.
    """

    tokenizer: Tokenizer
    limits: WindowLimits
    first_window_only: bool = False

    def cut(self, questions: Iterable[Question]) -> Iterator[CutQuestion]:
        """Yields the questions with their rows.

        A paragraph that several questions in a row share is cut once.
        """
        latest: tuple[Paragraph, ParagraphPieces] | None = None
        for question in questions:
            if latest is None or latest[0] is not question.paragraph:
                pieces = cut_paragraph(question.paragraph, self.tokenizer)
                latest = question.paragraph, pieces
            windows = cut_question(
                question,
                latest[1],
                tokenizer=self.tokenizer,
                limits=self.limits,
            )
            if self.first_window_only:
                windows = windows[:1]
            yield CutQuestion(question, latest[1], windows)


def training_split(
    path: str,
    cut: Iterable[CutQuestion],
    *,
    label_names: Sequence[str],
    labels: Callable[[CutQuestion, QuestionWindow], tuple[int, ...]],
) -> Split:
    """Returns the rows to learn from; of the questions nothing else is kept.

    Args:
      path: of the file they are from.
      cut: the questions.
      label_names: of each row's labels.
      labels: returns them.
    """
    num_questions = 0

    def rows() -> Iterator[WindowRow]:
        nonlocal num_questions
        for one in cut:
            num_questions += 1
            for window in one.windows:
                yield WindowRow(
                    window.input_ids, window.num_before, labels(one, window)
                )

    table = WindowTable(label_names, rows())
    return Split("train", (), table, [_facts(path, num_questions)])


def streamed_split(
    name: str, path: str, *, options: ReadingOptions, cutter: QuestionCutter
) -> StreamedSplit:
    """Returns a split to predict, all of whose questions have been checked.

    Raises:
      InputError: a question that cannot be used, two with one id, or none.
    """
    num_questions = _count(path, options)

    def parts() -> Iterator[Split]:
        questions = iterate_questions(path, options)
        for cut in _parts(cutter.cut(questions)):
            rows = [
                WindowRow(window.input_ids, window.num_before)
                for one in cut
                for window in one.windows
            ]
            yield Split(name, cut, WindowTable((), rows), ())

    empty = FeatureTable(INPUT_SPECS, ())
    return StreamedSplit(name, (), empty, [_facts(path, num_questions)], parts)


def _parts(cut: Iterable[CutQuestion]) -> Iterator[list[CutQuestion]]:
    part: list[CutQuestion] = []
    num_rows = 0
    for one in cut:
        part.append(one)
        num_rows += len(one.windows)
        if num_rows >= _ROWS_AT_ONCE:
            yield part
            part, num_rows = [], 0
    if part:
        yield part


def _count(path: str, options: ReadingOptions) -> int:
    seen: set[str] = set()
    for question in iterate_questions(path, options):
        name = question.question_id
        if name in seen:
            raise InputError(
                "two questions have one id",
                got=f"{name} twice",
                expected="an id for each: answers are written under it",
                next_step="give each question on each paragraph its own id, "
                "as 55031181e9bde69634000014_001",
                path=path,
            )
        seen.add(name)
    if not seen:
        raise InputError(
            "there are no questions",
            got="none in the file",
            expected="at least one",
            next_step="check the file",
            path=path,
        )
    return len(seen)


def _facts(path: str, num_questions: int) -> dict[str, Any]:
    return {
        "path": path,
        "sha256": files.sha256_of(path),
        "num_questions": num_questions,
    }


def overlap_warning(
    train: Iterable[Question], other: Iterable[Question], *, name: str
) -> str | None:
    """Says how many questions of a split were trained on, if any.

    Args:
      train: the questions trained on.
      other: the questions scored.
      name: of the split scored, for the text.
    """
    seen_pairs: set[bytes] = set()
    seen_questions: set[bytes] = set()
    for question in train:
        seen_pairs.add(_digest(question.text, question.paragraph.context))
        seen_questions.add(_digest(question.text))
    count = pairs = questions = 0
    for question in other:
        count += 1
        pairs += _digest(question.text, question.paragraph.context) in (
            seen_pairs
        )
        questions += _digest(question.text) in seen_questions
    if not questions:
        return None
    text = (
        f"{questions} of {count} {name} questions ({questions / count:.1%}) "
        f"are also asked in the training data, {pairs} of them of the same "
        "paragraph: "
    )
    if pairs:
        return text + "its score is too high by what they add"
    return text + (
        "where a question has one answer, whatever the paragraph, its score "
        "is too high by what they add"
    )


def _digest(*texts: str) -> bytes:
    """Returns what stands for texts: spaces and case do not count."""
    plain = "\n".join(" ".join(text.split()).lower() for text in texts)
    data = plain.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=12).digest()

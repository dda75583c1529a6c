"""BioASQ's questions to SQuAD's format: one question on each snippet.

The converter that BioBERT's authors kept to themselves. Ids are
"<question>_000", "_001", ... (`snippet_answers` puts them together again).
An answer to learn from is looked for in the snippet as it is written, then
whatever its case, as words of its own where it stands as such, else as part
of a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation import json_files
from foundation.errors import InputError
from tasks.questions import YES_NO, Question
from tasks.snippet_answers import question_of

TYPES = ("factoid", "list", "yesno")
EXACT, ANY_CASE, NOWHERE = "as written", "in another case", "not found"


@dataclass
class Conversion:
    """What became of a file of BioASQ's.

    Attributes:
      paragraphs: in SQuAD's format, one a snippet with its questions.
      counts: how many questions, snippets, and answers by how they were
        found.
      left_out: question id, number of the snippet from 0 (-1: the question
        as a whole), and why.
    """

    paragraphs: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    left_out: list[tuple[str, int, str]] = field(default_factory=list)

    def as_squad(self, title: str) -> dict[str, Any]:
        """Returns SQuAD's JSON."""
        article = {"title": title, "paragraphs": self.paragraphs}
        return {"version": f"BioASQ {title}", "data": [article]}


def read_bioasq(path: str) -> list[dict[str, Any]]:
    """Returns the questions of a file of BioASQ's.

    Raises:
      InputError: no such file, or one of other things.
    """
    found = json_files.read_object(
        path,
        what="BioASQ's file",
        next_step="give a file of BioASQ's, as 4B1_golden.json",
    )
    try:
        questions = [dict(question) for question in found["questions"]]
        for question in questions:
            for key in ("id", "type", "body"):
                if not isinstance(question[key], str):
                    raise TypeError(f"{key} is no text")
            for snippet in question.get("snippets") or ():
                if not isinstance(snippet["text"], str):
                    raise TypeError("a snippet is no text")
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "the file has no questions of BioASQ",
            got=f"{type(error).__name__}: {error}",
            expected='{"questions": [{"id", "type", "body", "snippets": '
            '[{"text"}]}]}',
            next_step="give a file of BioASQ's, as 4B1_golden.json",
            path=path,
        ) from error
    return questions


def to_squad(
    questions: Iterable[Mapping[str, Any]], kind: str, *, with_answers: bool
) -> Conversion:
    """Turns the questions of one kind into SQuAD's.

    Args:
      questions: of `read_bioasq`.
      kind: "factoid", "list" or "yesno".
      with_answers: to learn from: one answer to each question, a question for
        each item of a list, and none without; else every snippet has one
        question, and no answer.
    """
    done = Conversion()
    for question in questions:
        if question["type"] != kind:
            done.counts["questions of other types"] += 1
            continue
        done.counts["questions"] += 1
        before = len(done.paragraphs)
        _convert(question, kind, done, with_answers=with_answers)
        if len(done.paragraphs) == before:
            done.counts["questions without a row"] += 1
    return done


def _convert(
    question: Mapping[str, Any],
    kind: str,
    done: Conversion,
    *,
    with_answers: bool,
) -> None:
    snippets = question.get("snippets") or ()
    exact = question.get("exact_answer")
    if not snippets:
        done.left_out.append((question["id"], -1, "no snippets"))
    elif with_answers and not exact:
        done.left_out.append((question["id"], -1, "no exact_answer"))
        return
    number = 0
    for place, snippet in enumerate(snippets):
        done.counts["snippets"] += 1
        text = snippet["text"]
        entries: list[dict[str, Any]] = [{}]
        if with_answers and kind == "yesno":
            entries = [_yes_no(question, exact)]
        elif with_answers:
            entries = list(_located(text, items_of(exact, kind), done))
        if not entries:
            done.left_out.append((question["id"], place, "answer not found"))
            continue
        done.paragraphs.append({"context": text, "qas": []})
        for entry in entries:
            done.paragraphs[-1]["qas"].append(
                {
                    "id": f"{question['id']}_{number:03}",
                    "question": question["body"],
                    **entry,
                }
            )
            number += 1


def _yes_no(question: Mapping[str, Any], exact: Any) -> dict[str, Any]:
    answer = exact[0] if isinstance(exact, list) else exact
    answer = str(answer).strip().strip(".").lower()
    if answer not in YES_NO:
        raise InputError(
            "a yes/no question has another answer",
            got=f"{len(answer)} characters for question {question['id']}",
            expected="yes or no",
            next_step="correct its exact_answer",
        )
    return {"answers": answer, "is_impossible": answer == "no"}


def items_of(exact: Any, kind: str) -> list[list[str]]:
    """Returns the items of an exact answer, each in all its spellings.

    A factoid has one item. Older files have strings where newer ones have
    lists of spellings.
    """
    if isinstance(exact, str):
        return [[exact]]
    if kind == "factoid":
        spellings = [
            text
            for item in exact
            for text in ([item] if isinstance(item, str) else item)
        ]
        return [spellings]
    return [[item] if isinstance(item, str) else list(item) for item in exact]


def _located(
    context: str, items: Sequence[Sequence[str]], done: Conversion
) -> Iterator[dict[str, Any]]:
    """Yields an answer for each item that stands in a snippet."""
    for spellings in items:
        how, start, text = locate(context, spellings)
        done.counts[f"answers {how}"] += 1
        if how != NOWHERE:
            yield {"answers": [{"text": text, "answer_start": start}]}


def locate(context: str, spellings: Sequence[str]) -> tuple[str, int, str]:
    """Returns how an answer was found, where it begins, and its text there."""
    wanted = [text.strip() for text in spellings if text.strip()]
    for how, flags in ((EXACT, re.RegexFlag(0)), (ANY_CASE, re.IGNORECASE)):
        for pattern in (r"(?<!\w){}(?!\w)", "{}"):
            for text in wanted:
                match = re.search(
                    pattern.format(re.escape(text)), context, flags
                )
                if match:
                    return how, match.start(), match.group()
    return NOWHERE, -1, ""


def from_squad(questions: Iterable[Question], kind: str) -> dict[str, Any]:
    """Turns questions on snippets back into BioASQ's JSON.

    Args:
      questions: of one kind, in SQuAD's format, with snippets' ids.
      kind: "factoid", "list" or "yesno".

    Returns:
      Each question with its snippets, and as exact_answer what the snippets
      have: a factoid's spellings, a list's items, yes or no; none where no
      snippet has an answer.
    """
    together: dict[str, dict[str, Any]] = {}
    answers: dict[str, dict[str, str]] = {}
    for question in questions:
        name = question_of(question.question_id)
        whole = together.setdefault(
            name,
            {"id": name, "type": kind, "body": question.text, "snippets": []},
        )
        snippet = {"text": question.paragraph.context}
        if snippet not in whole["snippets"][-1:]:
            whole["snippets"].append(snippet)
        known = answers.setdefault(name, {})
        for text in question.gold or ():
            known.setdefault(text.lower(), text)
    for name, known in answers.items():
        texts = list(known.values())
        if texts and kind == "yesno":
            together[name]["exact_answer"] = texts[0]
        elif texts:
            together[name]["exact_answer"] = (
                [texts] if kind == "factoid" else [[text] for text in texts]
            )
    return {"questions": list(together.values())}

"""Answers found in snippets to lists and to yes or no, in BioASQ's format.

After dmis-lab/bioasq-biobert `transform_n2b_list.py` and
`transform_n2b_yesno.py`.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation.errors import InputError
from tasks.snippet_answers import MAX_CHARACTERS, question_of

MAX_LIST_ANSWERS = 100  # that BioASQ takes
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
_WORDS_LOOKED_AT = 5  # of a question, for a number
_ENUMERATED = re.compile(r",? and |, |/")

NBest = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class ListOptions:
    """Which answers are items of a list.

    Attributes:
      threshold: of the mean probability over the snippets that have the
        answer; where the question names a number, of the sum.
      min_probability: of an answer to a snippet that is looked at.
    """

    threshold: float = 0.42
    min_probability: float = 0.02


@dataclass
class _Item:
    text: str
    total: float = 0.0
    count: int = 0

    @property
    def mean(self) -> float:
        return self.total / self.count


def as_lists(
    n_best: NBest,
    questions: Mapping[str, str] | None = None,
    *,
    options: ListOptions = ListOptions(),
) -> dict[str, Any]:
    """Returns BioASQ's JSON of list questions, sorted by id.

    Args:
      n_best: snippet id -> its answers, as in nbest_predictions.json.
      questions: snippet id -> its text: "Which three ..." asks
        for three items. None = not looked at.
      options: which answers are items.
    """
    together: dict[str, list[Sequence[Mapping[str, Any]]]] = {}
    texts = {question_of(n): t for n, t in (questions or {}).items()}
    for snippet_id, answers in n_best.items():
        together.setdefault(question_of(snippet_id), []).append(answers)
    return {
        "questions": [
            {
                "id": name,
                "type": "list",
                "ideal_answer": "Dummy",
                "exact_answer": [
                    [text]
                    for text in _chosen(
                        together[name],
                        number_in(texts.get(name, "")),
                        options,
                    )
                ],
            }
            for name in sorted(together)
        ]
    }


def number_in(question: str) -> int | None:
    """Returns how many items a question asks for, 1 to 8, if it says so."""
    words = re.findall(r"\w+", question.lower())[:_WORDS_LOOKED_AT]
    for before, word in zip(["", *words], words, strict=False):
        if before == "phase":
            continue
        if word in _NUMBERS:
            return _NUMBERS.index(word) + 1
        if re.fullmatch("[1-8]", word):
            return int(word)
    return None


def _chosen(
    snippets: Sequence[Sequence[Mapping[str, Any]]],
    number: int | None,
    options: ListOptions,
) -> list[str]:
    """Returns the items, the likeliest first; of equal ones the first seen."""
    items = _items(snippets, options.min_probability, is_item)
    if not items:  # rather an odd one than none
        items = _items(snippets, 0.0, bool)
    items.sort(key=lambda item: -item.total)
    if number is None:
        chosen = [i for i in items if i.mean > options.threshold]
    else:
        chosen = [i for i in items if i.total > options.threshold][:number]
    found = [item.text for item in chosen or items[:1]]
    return _without_enumerations(found)[:MAX_LIST_ANSWERS]


def _items(
    snippets: Sequence[Sequence[Mapping[str, Any]]],
    min_probability: float,
    is_wanted: Any,
) -> list[_Item]:
    items: dict[str, _Item] = {}
    for answers in snippets:
        of_snippet: set[str] = set()
        for answer in sorted(answers, key=lambda a: -a["probability"]):
            text, probability = answer["text"].strip(), answer["probability"]
            if probability < min_probability or not is_wanted(text):
                continue
            item = items.setdefault(text.lower(), _Item(text))
            item.total += probability
            item.count += text.lower() not in of_snippet
            of_snippet.add(text.lower())
    return list(items.values())


def is_item(text: str) -> bool:
    """Returns whether a text can be an item: no piece of a sentence."""
    if not text or len(text) > MAX_CHARACTERS:
        return False
    if text[-1] in string.punctuation and text[-1] not in ")]+'":
        return False
    return text.count("(") == text.count(")")


def _without_enumerations(texts: list[str]) -> list[str]:
    """Returns three or more items without "A and B" where A and B are there."""
    if len(texts) < 3:
        return texts
    known = {text.lower() for text in texts}

    def is_list(text: str) -> bool:
        parts = [part.strip() for part in _ENUMERATED.split(text.lower())]
        return len(parts) > 1 and all(part in known for part in parts)

    return [text for text in texts if not is_list(text)]


def as_yes_no(
    predictions: Mapping[str, Any], *, threshold: float = 0.0
) -> dict[str, Any]:
    """Returns BioASQ's JSON of yes/no questions.

    Args:
      predictions: snippet id -> [answer, [logit]], as in predictions.json.
      threshold: "yes" for a mean of the snippets' logits, each rounded to 3
        decimals, above it.

    Raises:
      InputError: other predictions.
    """
    logits: dict[str, list[float]] = {}
    for snippet_id, value in predictions.items():
        try:
            _, (logit,) = value
            logits.setdefault(question_of(snippet_id), []).append(
                round(float(logit), 3)
            )
        except (TypeError, ValueError) as error:
            raise InputError(
                "these are no predictions of yes or no",
                got=f"another value for {snippet_id[:40]!r}",
                expected='"id": ["yes", [1.5]]',
                next_step="give predictions.json of "
                "`run_qa.py --answer_type=yesno`",
            ) from error
    return {
        "questions": [
            {
                "id": name,
                "type": "yesno",
                "ideal_answer": "Dummy",
                "exact_answer": "yes"
                if math.fsum(values) / len(values) > threshold
                else "no",
            }
            for name, values in logits.items()
        ]
    }

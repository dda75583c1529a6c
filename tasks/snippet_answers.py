"""Answers found in snippets to one answer a question, in BioASQ's format.

BioASQ asks one question of several snippets: "<question>_<number>" is an id
of SQuAD's format. After dmis-lab/biobert
`biocodes/transform_nbset2bioasqform.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.bioasq import MAX_FACTOID_ANSWERS
from foundation.errors import InputError

MAX_SHOWN = 20  # answers with their probabilities
MAX_CHARACTERS = 100  # of an answer that BioASQ takes
_SNIPPET_ID = re.compile(r"(.+)_\d+")

Ranked = list[tuple[str, float]]


def merge_snippets(
    n_best: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, Ranked]:
    """Adds up the probabilities of equal answers to a question.

    Case does not matter; the likeliest spelling stands for all. Empty answers
    and those of more than 100 characters are left out.

    Args:
      n_best: snippet id -> its answers with "text" and "probability", as in
        nbest_predictions.json.

    Returns:
      question id -> answers and summed probabilities, the likeliest first;
      of equal ones the first seen.

    Raises:
      InputError: an id is no snippet's.
    """
    together: dict[str, list[Mapping[str, Any]]] = {}
    for snippet_id, answers in n_best.items():
        together.setdefault(question_of(snippet_id), []).extend(answers)
    return {question: _added_up(a) for question, a in together.items()}


def question_of(snippet_id: str) -> str:
    """Returns the question that a snippet's id is of.

    Raises:
      InputError: an id is no snippet's.
    """
    match = _SNIPPET_ID.fullmatch(snippet_id)
    if match is None:
        raise InputError(
            "an id is not that of a snippet",
            got=f"{snippet_id[:40]!r}",
            expected="a question's id, an underscore and a number, as "
            "55031181e9bde69634000014_001",
            next_step="give each snippet of a question such an id",
        )
    return match.group(1)


def _added_up(answers: Sequence[Mapping[str, Any]]) -> Ranked:
    spellings: dict[str, str] = {}
    sums: dict[str, float] = {}
    for answer in sorted(answers, key=lambda a: -a["probability"]):
        text = answer["text"]
        if not text or len(text) > MAX_CHARACTERS:
            continue
        key = text.lower()
        spellings.setdefault(key, text)
        sums[key] = sums.get(key, 0.0) + answer["probability"]
    ranked = sorted(sums.items(), key=lambda pair: -pair[1])
    return [(spellings[key], total) for key, total in ranked]


def as_factoids(
    merged: Mapping[str, Ranked], *, with_probabilities: bool = False
) -> dict[str, Any]:
    """Returns BioASQ's JSON of factoid questions.

    Args:
      merged: of `merge_snippets`.
      with_probabilities: twenty answers with their sums, to look at; else
        five, to hand in.
    """
    questions = []
    for question_id, ranked in merged.items():
        exact: list[list[Any]] = (
            [[text, total] for text, total in ranked[:MAX_SHOWN]]
            if with_probabilities
            else [[text] for text, _ in ranked[:MAX_FACTOID_ANSWERS]]
        )
        questions.append(
            {
                "id": question_id,
                "type": "factoid",
                "ideal_answer": "Dummy",
                "exact_answer": exact,
            }
        )
    return {"questions": questions}

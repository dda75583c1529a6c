"""BioASQ's measures of exact answers (task B, phase B).

As the official evaluator (`EvaluatorTask1b -phaseB -e 5`): answers are
compared as strings after lower-casing, and every measure is a mean over the
questions of its type. Its one line of numbers has, in this order: yes/no
accuracy, strict accuracy, lenient accuracy, MRR, list precision, recall, F1,
yes/no macro F1, F1 of yes, F1 of no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.classes import accuracy, score_classes
from evaluation.scores import macro, mean

MAX_FACTOID_ANSWERS = 5  # candidates that BioASQ takes for a factoid
Synonyms = Sequence[str]


@dataclass(frozen=True)
class FactoidScores:
    """Fractions from 0 to 1.

    Attributes:
      strict_accuracy: the first answer is right.
      lenient_accuracy: one of the answers is right.
      mrr: mean of 1 / the rank of the first right answer; 0 without any.
    """

    strict_accuracy: float
    lenient_accuracy: float
    mrr: float


@dataclass(frozen=True)
class ListScores:
    """Means over questions; fractions from 0 to 1 (0/0 is 0)."""

    precision: float
    recall: float
    f1: float


def score_factoids(
    gold: Sequence[Synonyms], predicted: Sequence[Sequence[str]]
) -> FactoidScores:
    """Scores factoid questions.

    Args:
      gold: the right answer of each question, in all its spellings.
      predicted: its answers, the best first; those after the fifth are not
        looked at. None at all is wrong.

    Raises:
      ValueError: lengths differ.
    """
    return scores_of_ranks(factoid_ranks(gold, predicted))


def factoid_ranks(
    gold: Sequence[Synonyms], predicted: Sequence[Sequence[str]]
) -> list[int]:
    """Returns the rank of each question's first right answer; 0 = none is.

    Args and errors: those of `score_factoids`.
    """
    ranks = []
    for synonyms, answers in zip(gold, predicted, strict=True):
        right = {text.lower() for text in synonyms}
        found = [text.lower() in right for text in answers]
        found = found[:MAX_FACTOID_ANSWERS]
        ranks.append(found.index(True) + 1 if any(found) else 0)
    return ranks


def scores_of_ranks(ranks: Sequence[int]) -> FactoidScores:
    """Returns the three scores of what `factoid_ranks` returns."""
    return FactoidScores(
        strict_accuracy=mean([float(rank == 1) for rank in ranks]),
        lenient_accuracy=mean([float(rank > 0) for rank in ranks]),
        mrr=mean([1 / rank if rank else 0.0 for rank in ranks]),
    )


def score_lists(
    gold: Sequence[Sequence[Synonyms]], predicted: Sequence[Sequence[str]]
) -> ListScores:
    """Scores list questions; each gold item is matched once.

    Args:
      gold: the items of each question, each in all its spellings.
      predicted: its items.

    Raises:
      ValueError: lengths differ.
    """
    precisions, recalls, f1s = [], [], []
    for items, answers in zip(gold, predicted, strict=True):
        right = _matches(items, answers)
        precisions.append(right / len(answers) if answers else 0.0)
        recalls.append(right / len(items) if items else 0.0)
        both = len(items) + len(answers)
        f1s.append(2 * right / both if both else 0.0)
    return ListScores(mean(precisions), mean(recalls), mean(f1s))


def _matches(items: Sequence[Synonyms], answers: Sequence[str]) -> int:
    """Counts answers that name an item which no answer before has named."""
    left = [{text.lower() for text in synonyms} for synonyms in items]
    right = 0
    for answer in answers:
        named = next((s for s in left if answer.lower() in s), None)
        if named is not None:
            left.remove(named)
            right += 1
    return right


def score_yes_no(
    gold: Sequence[str], predicted: Sequence[str]
) -> Mapping[str, float]:
    """Scores yes/no questions.

    Returns:
      accuracy, macro_f1, f1_yes, f1_no.

    Raises:
      ValueError: lengths differ.
    """
    scores = score_classes(gold, predicted, classes=("yes", "no"))
    return {
        "accuracy": accuracy(gold, predicted),
        "macro_f1": macro(scores).f1,
        "f1_yes": scores["yes"].f1,
        "f1_no": scores["no"].f1,
    }

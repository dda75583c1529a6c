"""Class labels to scores, each under the name of its definition.

Relation and document corpora differ in which classes count and how they are
averaged: ChemProt's micro F1 leaves out the negative class, DDI's macro F1 is
the mean over its four types, HoC is scored by document. The functions here
are those averages; which one a corpus reports is data of the corpus.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Sequence

from evaluation.scores import Score, mean, score_of_counts


def score_classes(
    gold: Sequence[Hashable],
    predicted: Sequence[Hashable],
    *,
    classes: Sequence[Hashable],
) -> dict[Hashable, Score]:
    """Scores each class as if it were the only one.

    Args:
      gold: the right label of each row.
      predicted: as many labels.
      classes: those to score; a class without rows scores 0.

    Raises:
      ValueError: lengths differ.
    """
    rights = Counter(
        right
        for right, guess in zip(gold, predicted, strict=True)
        if right == guess
    )
    in_gold, in_prediction = Counter(gold), Counter(predicted)
    return {
        label: score_of_counts(
            in_gold[label], in_prediction[label], correct=rights[label]
        )
        for label in classes
    }


def accuracy(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """Returns the share of rows that are right; 0 of no rows."""
    pairs = list(zip(gold, predicted, strict=True))
    return mean([float(right == guess) for right, guess in pairs])


def matthews(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """Returns Matthews' correlation of any number of classes (CoLA's score).

    Gorodkin 2004, as scikit-learn; 0 where one side has a single class.
    """
    right = sum(a == b for a, b in zip(gold, predicted, strict=True))
    total = len(gold)
    in_gold, in_prediction = Counter(gold), Counter(predicted)
    both = sum(in_gold[label] * in_prediction[label] for label in in_gold)
    of_gold = total**2 - sum(n**2 for n in in_gold.values())
    of_prediction = total**2 - sum(n**2 for n in in_prediction.values())
    if not of_gold or not of_prediction:
        return 0.0
    return (right * total - both) / math.sqrt(of_gold * of_prediction)


def score_examples(
    gold: Sequence[Collection[Hashable]],
    predicted: Sequence[Collection[Hashable]],
) -> Score:
    """Scores sets of labels example by example, as BLUE's eval_hoc.py.

    Precision and recall are means over the examples; F1 is the harmonic mean
    of those two means. Nothing predicted is precision 0. An example without
    any gold label is left out, of the counts too: BLUE's script divides by
    zero there.

    Args:
      gold: the right labels of each example (HoC: of each document).
      predicted: as many sets.
    """
    pairs = [
        (set(right), set(guess))
        for right, guess in zip(gold, predicted, strict=True)
        if right
    ]
    shared = [len(right & guess) for right, guess in pairs]
    precisions, recalls = [], []
    for both, (right, guess) in zip(shared, pairs, strict=True):
        precisions.append(both / len(guess) if guess else 0.0)
        recalls.append(both / len(right))
    precision, recall = mean(precisions), mean(recalls)
    total = precision + recall
    return Score(
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / total if total else 0.0,
        gold=sum(len(right) for right, _ in pairs),
        found=sum(len(guess) for _, guess in pairs),
        correct=sum(shared),
    )


def majority(gold: Sequence[Hashable]) -> Hashable:
    """Returns the most frequent label, the first of equals: a baseline.

    Raises:
      ValueError: there is no label.
    """
    if not gold:
        raise ValueError("gold: got no labels, expected at least one")
    return Counter(gold).most_common(1)[0][0]

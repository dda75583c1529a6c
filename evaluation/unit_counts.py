"""Gold and predicted labels to what each unit adds to a metric's sums.

One function a kind of task; each gives the columns of the metric that is
asked for, and an InputError where it is no function of sums over units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.conlleval import ConllCounts
from evaluation.entities import Entity, strict_entities
from evaluation.unit_sums import EXAMPLES, MEAN, MOMENTS, UnitSums, by_class
from foundation.errors import InputError

Labels = Collection[Hashable]
_PARTS = ("precision", "recall", "f1")
_OF_TAGS = tuple(
    f"{convention}_{part}"
    for convention in ("entity", "strict")
    for part in (*_PARTS, "macro_f1")
)
_AVERAGES = tuple(f"{a}_{part}" for a in ("micro", "macro") for part in _PARTS)
_RANKS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "bioasq_mrr": lambda ranks: np.where(
        ranks > 0, 1 / np.maximum(ranks, 1), 0
    ),
    "bioasq_strict_accuracy": lambda ranks: ranks == 1,
    "bioasq_lenient_accuracy": lambda ranks: ranks > 0,
}


_OF_CLASSES = ("accuracy", "matthews", *_AVERAGES)
_OF_ONE_CLASS = (*_PARTS, "specificity")
_OF_EXAMPLES = (
    *(
        f"{a}_{part}"
        for a in ("example", "document_example")
        for part in _PARTS
    ),
    "exact_match",
)
_OF_NUMBERS = ("pearson", "mse")
# All that there are counts for.
METRICS = frozenset(
    {
        *_OF_TAGS,
        *_OF_CLASSES,
        *_OF_ONE_CLASS,
        *_OF_EXAMPLES,
        *_OF_NUMBERS,
        *_RANKS,
    }
)


@dataclass(frozen=True)
class Classes:
    """What the scores of one label a row are of.

    Attributes:
      names: all classes.
      scored: those of micro and macro averages; the others are negative.
      positive: the class of precision, recall and F1.
    """

    names: Sequence[Hashable]
    scored: Sequence[Hashable]
    positive: Hashable | None = None


def count_tags(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    *,
    metric: str,
) -> UnitSums:
    """Counts entities, sentence by sentence.

    Args:
      gold: the right tags of each sentence, one a word.
      predicted: as many tags.
      metric: entity_f1, strict_recall, entity_macro_f1, ...
    """
    _check(metric, _OF_TAGS)
    count = _strict if metric.startswith("strict") else _as_conlleval
    counted = [count(*pair) for pair in zip(gold, predicted, strict=True)]
    kinds = sorted({kind for each in counted for side in each for kind in side})
    cells = [
        [[side[kind] for side in each] for kind in kinds] for each in counted
    ]
    table = np.array(cells, np.float64).reshape(len(counted), len(kinds), 3)
    if "macro" not in metric or not kinds:
        table = table.sum(axis=1, keepdims=True)
    return _of_classes(metric, "sentence", table)


def _as_conlleval(
    gold: Sequence[str], predicted: Sequence[str]
) -> tuple[Counter[str], ...]:
    counts = ConllCounts()
    for right, guess in zip(gold, predicted, strict=True):
        counts.add_word(right, guess)
    counts.end_sentence()
    counts.finish()
    return counts.correct, counts.found, counts.gold


def _strict(
    gold: Sequence[str], predicted: Sequence[str]
) -> tuple[Counter[str], ...]:
    right: set[Entity] = set(strict_entities(gold))
    found: set[Entity] = set(strict_entities(predicted))
    sides = (right & found, found, right)
    return tuple(Counter(entity.kind for entity in side) for side in sides)


def count_classes(
    gold: Sequence[Hashable],
    predicted: Sequence[Hashable],
    *,
    metric: str,
    classes: Classes,
) -> UnitSums:
    """Counts rows that have one class each.

    Args:
      gold: the right label of each row.
      predicted: as many labels.
      metric: accuracy, micro_f1, macro_f1, f1, matthews, ...
      classes: which there are, and which count.
    """
    of_one = () if classes.positive is None else _OF_ONE_CLASS
    _check(metric, (*_OF_CLASSES, *of_one))
    counted: Sequence[Hashable] = classes.names
    if metric in _AVERAGES:
        counted = classes.scored
    elif metric in _PARTS:
        counted = [classes.positive]
    elif metric == "specificity":
        counted = [name for name in counted if name != classes.positive]
    return count_label_sets(
        [{label} for label in gold],
        [{label} for label in predicted],
        metric=metric,
        names=counted,
    )


def count_label_sets(
    gold: Sequence[Labels],
    predicted: Sequence[Labels],
    *,
    metric: str,
    names: Sequence[Hashable],
) -> UnitSums:
    """Counts labels of which a row may have any number.

    Args:
      gold: the right labels of each row.
      predicted: as many.
      metric: micro_f1, macro_f1, ...; what one class a row is scored by, too.
      names: the labels that are counted.
    """
    has, guessed = (
        np.array([[name in each for name in names] for each in side], bool)
        for side in (gold, predicted)
    )
    table = np.stack([has & guessed, guessed, has], axis=-1)
    return _of_classes(metric, "row", table.astype(np.float64))


def count_examples(
    gold: Sequence[Labels],
    predicted: Sequence[Labels],
    *,
    metric: str,
    unit: str = "row",
) -> UnitSums:
    """Counts label sets example by example, as `classes.score_examples`.

    An example without any gold label adds nothing.

    Args:
      gold: the right labels of each example.
      predicted: as many.
      metric: example_f1, document_example_recall, ...; or exact_match.
      unit: what an example is.
    """
    _check(metric, _OF_EXAMPLES)
    pairs = [(set(a), set(b)) for a, b in zip(gold, predicted, strict=True)]
    if metric == "exact_match":
        return _mean(metric, unit, np.array([a == b for a, b in pairs]))
    counts = np.zeros([len(pairs), len(EXAMPLES)])
    for row, (right, guess) in zip(counts, pairs, strict=True):
        if right:
            both = len(right & guess)
            row[:] = both / max(len(guess), 1), both / len(right), 1
    return UnitSums(metric, unit, EXAMPLES, counts)


def count_numbers(
    gold: Sequence[float], predicted: Sequence[float], *, metric: str
) -> UnitSums:
    """Counts rows that have a number each.

    Args:
      gold: the right number of each row.
      predicted: as many.
      metric: pearson or mse.
    """
    if metric == "spearman":
        raise InputError(
            "Spearman's correlation is no sum over rows",
            got="spearman",
            expected="pearson or mse",
            next_step="compare the runs by pearson, which they score too",
        )
    _check(metric, _OF_NUMBERS)
    x, y = (np.asarray(side, np.float64) for side in (gold, predicted))
    if metric == "mse":
        return _mean(metric, "row", (x - y) ** 2)
    # A shift changes no correlation and keeps the squares small.
    x, y = x - x.mean(), y - y.mean()
    columns = [np.ones_like(x), x, y, x * x, y * y, x * y]
    return UnitSums(metric, "row", MOMENTS, np.stack(columns, axis=1))


def count_ranks(ranks: Sequence[int], *, metric: str) -> UnitSums:
    """Counts factoid questions of BioASQ.

    Args:
      ranks: of the first right answer of each, from 1; 0 = none is right.
      metric: bioasq_mrr, bioasq_strict_accuracy, bioasq_lenient_accuracy.
    """
    _check(metric, tuple(_RANKS))
    values = _RANKS[metric](np.asarray(ranks, np.float64))
    return _mean(metric, "question", values)


def _of_classes(metric: str, unit: str, table: np.ndarray) -> UnitSums:
    """Returns the sums of counts [units, classes, 3]."""
    num_units, num_classes = table.shape[:2]
    counts = table.reshape(num_units, -1)
    return UnitSums(metric, unit, by_class(num_classes), counts)


def _mean(metric: str, unit: str, values: np.ndarray) -> UnitSums:
    values = values.astype(np.float64)
    counts = np.stack([values, np.ones_like(values)], axis=1)
    return UnitSums(metric, unit, MEAN, counts)


def _check(metric: str, known: Sequence[str]) -> None:
    if metric not in known:
        raise InputError(
            "no counts by unit for this score",
            got=repr(metric[:60]),
            expected=f"one of {', '.join(known)}",
            next_step="compare the runs by one of these",
        )

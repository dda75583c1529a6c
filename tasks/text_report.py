"""Scores of labelled texts as a table for people."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from evaluation import classes
from evaluation.scores import Score
from tasks import text_scores
from tasks.text_corpus import TextCorpus
from tasks.text_predictions import TextPredictions


def report(
    predictions: TextPredictions,
    corpus: TextCorpus,
    *,
    scores: Mapping[str, float],
) -> str:
    """Returns each score with its definition, the majority's beside it.

    Args:
      predictions: of a split.
      corpus: tells which classes count.
      scores: of the predictions; none without gold.
    """
    lines = []
    number = len(predictions.examples)
    if not scores:
        lines.append(f"{number} rows predicted; without labels, no scores.")
        return "\n".join([*lines, *_warnings(predictions, corpus)]) + "\n"
    by_class = scores_by_class(predictions)
    if by_class:
        width = max(len(str(name)) for name in by_class)
        lines.append(f"{'':{width}}  precision  recall      F1  support")
        for name, score in by_class.items():
            lines.append(
                f"{name!s:{width}}  {score.precision:9.4f}  {score.recall:6.4f}"
                f"  {score.f1:6.4f}  {score.gold:7d}"
            )
    meaning = text_scores.definitions(corpus, predictions.labels.names)
    majority = text_scores.majority_scores(predictions, corpus)
    for name, text in meaning.items():
        if name in scores:
            mark = "*" if name == corpus.headline else " "
            lines.append(
                f"{mark} {name} {scores[name]:.4f} (majority "
                f"{majority[name]:.4f}): {text}"
            )
    lines.append(f"  loss {scores['loss']:.4f}; {number} rows")
    return "\n".join([*lines, *_warnings(predictions, corpus)]) + "\n"


def scores_by_class(predictions: TextPredictions) -> dict[Hashable, Score]:
    """Returns the score of each class or label; none of numbers."""
    labels = predictions.labels
    if labels.kind == "score":
        return {}
    gold = [example.label for example in predictions.examples]
    if labels.kind == "labels":
        return text_scores.score_label_sets(
            [set(_tuple(label)) for label in gold],
            [set(_tuple(label)) for label in predictions.predicted],
            labels.names,
        )
    return classes.score_classes(
        gold, predictions.predicted, classes=labels.names
    )


def _tuple(label: object) -> tuple[str, ...]:
    return label if isinstance(label, tuple) else ()


def _warnings(predictions: TextPredictions, corpus: TextCorpus) -> list[str]:
    lines = []
    number = len(predictions.examples)
    if predictions.num_cut:
        lines.append(
            f"Cut off by --max_seq_length: the end of {predictions.num_cut} of "
            f"{number} texts; --overflow=window reads all of them."
        )
    bare = [e.label for e in predictions.examples].count(())
    if bare and predictions.has_gold:
        lines.append(
            f"{bare} of {number} rows have no label: they count in micro and "
            "macro scores, not in the means over rows."
        )
    kinds = set(predictions.predicted)
    if predictions.labels.kind != "score" and len(kinds) == 1 and number > 1:
        lines.append("WARNING: the same label was predicted for every row.")
    if corpus.score_range is not None:
        lowest, highest = corpus.score_range
        outside = sum(
            not lowest <= float(str(p)) <= highest
            for p in predictions.predicted
        )
        if outside:
            lines.append(
                f"{outside} of {number} scores are outside {lowest:g} to "
                f"{highest:g}; they are left as predicted."
            )
    return lines

"""A run's folder -> what each unit of its test set adds to its score.

These counts are what two runs are compared by (`evaluation.bootstrap`), long
after the run's folder is gone: numbers alone, no text. A run whose files and
results.json do not say the same is refused.
"""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from evaluation import unit_counts
from evaluation.classes import majority, score_classes
from evaluation.entities import score_entities
from evaluation.scores import Score
from evaluation.unit_counts import Classes
from evaluation.unit_sums import UnitSums
from foundation import files, json_files
from foundation.errors import InputError
from reporting import predicted_files
from reporting.predicted_files import PredictedTexts
from reporting.results import RESULTS_FILE
from tasks.text_scores import score_label_sets, scored_classes

BIOASQ_FILE = "bioasq_results.json"  # of a run, scored by question
UNTYPED = "entity"  # the type of entities without one
_EXAMPLES = ("example_", "document_example_", "exact_match")
_TOLERANCE = 1e-9  # scores that are added up in another order


def is_summable(metric: str) -> bool:
    """Returns whether a score is a function of sums over units."""
    return metric in unit_counts.METRICS


def units_of_run(folder: str, *, metric: str, split: str) -> UnitSums:
    """Counts a run's own prediction files.

    Args:
      folder: of the run.
      metric: its name in results.json; bioasq_mrr and its like for questions.
      split: "test" or "dev".

    Raises:
      InputError: files are missing, damaged, or of another scoring; a score
        that is no function of sums.
    """
    results, scores = _scored(folder, metric=metric, split=split)
    if "label_scheme" in results:
        tags = predicted_files.read_tags(folder, split=split)
        units = unit_counts.count_tags(tags.gold, tags.predicted, metric=metric)
    elif "labels" in results:
        texts = predicted_files.read_texts(folder, results, split=split)
        units = _of_texts(texts, metric)
    else:
        units = _of_questions(results, metric)
    if abs(units.score() - scores[metric]) > _TOLERANCE:
        raise InputError(
            "the predictions are not those that were scored",
            got=f"{metric} {units.score():.6f}",
            expected=f"{scores[metric]:.6f}, as {RESULTS_FILE} has it",
            next_step="score the run again, both its splits",
            path=folder,
        )
    return units


def _scored(
    folder: str, *, metric: str, split: str
) -> tuple[Mapping[str, Any], Mapping[str, float]]:
    """Returns what the run's results say, and the split's scores."""
    results = _results(folder)
    scores = results["scores"].get(split, {})
    path = files.join(folder, BIOASQ_FILE)
    if metric.startswith("bioasq_") and files.exists(path):
        results = json_files.read_object(
            path, what="the scores by question", next_step="score it again"
        )
        scores = results["scores"]
    if metric not in scores:
        raise InputError(
            f"the run was not scored by this on {split}",
            got=f"{metric[:60]!r}",
            expected=", ".join(sorted(scores)) or f"scores of {split}",
            next_step="name one of these, or score the run again",
            path=folder,
        )
    return results, scores


def _results(folder: str) -> dict[str, Any]:
    return json_files.read_object(
        files.join(folder, RESULTS_FILE),
        what="the run's results",
        next_step="name the --output_dir of a run that was scored",
    )


def _of_texts(texts: PredictedTexts, metric: str) -> UnitSums:
    if texts.kind == "score":
        return unit_counts.count_numbers(
            [float(cell) for cell in texts.gold],
            [float(cell) for cell in texts.predicted],
            metric=metric,
        )
    if texts.kind == "labels":
        return _of_label_sets(texts, metric)
    positive = texts.corpus.positive
    return unit_counts.count_classes(
        texts.gold,
        texts.predicted,
        metric=metric,
        classes=Classes(
            names=texts.names,
            scored=scored_classes(texts.corpus, texts.names),
            positive=positive if positive in texts.names else None,
        ),
    )


def majority_of_run(folder: str, *, metric: str, split: str) -> float | None:
    """Returns what the most frequent label for every row would score.

    Of rows with several labels it is the most frequent set that is not empty.

    Returns:
      A fraction; None where that says nothing: entities, numbers, questions.

    Raises:
      InputError: files are missing or damaged.
    """
    results = _results(folder)
    if not results.get("labels") or metric not in unit_counts.METRICS:
        return None
    texts = predicted_files.read_texts(folder, results, split=split)
    always = majority([cell for cell in texts.gold if cell] or texts.gold)
    predicted = [always] * len(texts.gold)
    constant = dataclasses.replace(texts, predicted=predicted)
    return _of_texts(constant, metric).score()


def _of_label_sets(texts: PredictedTexts, metric: str) -> UnitSums:
    gold, predicted = texts.sets(texts.gold), texts.sets(texts.predicted)
    if not metric.startswith(_EXAMPLES):
        return unit_counts.count_label_sets(
            gold, predicted, metric=metric, names=texts.names
        )
    unit = "row"
    if metric.startswith("document_"):
        unit = "document"
        gold, predicted = (
            _of_documents(texts, sets) for sets in (gold, predicted)
        )
    return unit_counts.count_examples(gold, predicted, metric=metric, unit=unit)


def _of_documents(
    texts: PredictedTexts, sets: list[set[str]]
) -> list[set[str]]:
    """Returns the labels of all rows of each document."""
    separator = texts.corpus.document_separator or "\0"
    unions: dict[str, set[str]] = {}
    for row, labels in zip(texts.ids, sets, strict=True):
        unions.setdefault(row.split(separator)[0], set()).update(labels)
    return list(unions.values())


def _of_questions(results: Mapping[str, Any], metric: str) -> UnitSums:
    if "questions" not in results:
        raise InputError(
            "answers are compared by BioASQ's scores alone",
            got=f"{metric[:60]!r}",
            expected="bioasq_mrr, bioasq_strict_accuracy or "
            "bioasq_lenient_accuracy",
            next_step="score the run with scripts/reproduce.py, which writes "
            f"{BIOASQ_FILE}",
        )
    ranks = [int(question["rank"]) for question in results["questions"]]
    return unit_counts.count_ranks(ranks, metric=metric)


def per_type_of_run(folder: str, *, split: str) -> dict[str, dict[str, float]]:
    """Returns the scores of each entity type or class.

    Returns:
      Name -> precision, recall, f1 (fractions) and support. None for numbers
      and questions; entities without types are all called "entity".

    Raises:
      InputError: files are missing or damaged.
    """
    results = _results(folder)
    if "label_scheme" in results:
        tags = predicted_files.read_tags(folder, split=split)
        of_types = score_entities(tags.gold, tags.predicted).per_type
        return {
            kind or UNTYPED: _numbers(score) for kind, score in of_types.items()
        }
    if not results.get("labels"):
        return {}
    texts = predicted_files.read_texts(folder, results, split=split)
    if texts.kind == "labels":
        gold, predicted = texts.sets(texts.gold), texts.sets(texts.predicted)
        of_classes = score_label_sets(gold, predicted, texts.names)
    else:
        of_classes = score_classes(
            texts.gold, texts.predicted, classes=texts.names
        )
    return {str(name): _numbers(score) for name, score in of_classes.items()}


def _numbers(score: Score) -> dict[str, float]:
    return {
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
        "support": score.gold,
    }


def save(path: str, units: UnitSums) -> None:
    """Writes an .npz file; the same counts give the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        metric=np.array(units.metric),
        unit=np.array(units.unit),
        names=np.array(units.names, np.str_),
        counts=units.counts,
    )
    with files.write_atomically(path, "wb") as file:
        file.write(buffer.getvalue())


def load(path: str) -> UnitSums:
    """Reads what `save` wrote.

    Raises:
      InputError: missing or damaged.
    """
    next_step = "run scripts/reproduce.py again for this line of the ledger"
    files.check_readable(
        path, what="the file of counts by unit", next_step=next_step
    )
    try:
        data = io.BytesIO(files.read_bytes(path))
        with np.load(data, allow_pickle=False) as arrays:
            return UnitSums(
                metric=str(arrays["metric"]),
                unit=str(arrays["unit"]),
                names=tuple(map(str, arrays["names"])),
                counts=arrays["counts"].astype(np.float64),
            )
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise InputError(
            "the file of counts by unit is damaged",
            got=type(error).__name__,
            expected="an .npz file as scripts/reproduce.py writes it",
            next_step=next_step,
            path=path,
        ) from error

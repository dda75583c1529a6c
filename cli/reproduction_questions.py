"""BioASQ's factoids: files to train on and to answer, and their score.

BioBERT's folder has one file to train on for each year's challenge
(BioASQ-train-factoid-4b.json) and five batches to answer, with BioASQ's golden
answers (4B1_golden.json, ...). One model is trained; all batches of the year
are answered by it and scored together, by question.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.bioasq import factoid_ranks, scores_of_ranks
from foundation import files, json_files
from foundation.errors import InputError
from reporting.experiments import Experiment
from reporting.units import BIOASQ_FILE
from tasks.snippet_answers import merge_snippets, question_of

_DEFINITIONS = {
    "bioasq_strict_accuracy": "share of questions whose first answer is right",
    "bioasq_lenient_accuracy": "share with a right answer among five",
    "bioasq_mrr": "mean of 1 / the rank of the first right answer of five",
}


def prepare(
    experiment: Experiment, data_dir: str, folder: str
) -> dict[str, str]:
    """Writes train.json, test.json and golden.json; returns run_qa.py's flags.

    A question of the test is left out of what is trained on, whatever the file
    to train on holds.

    Args:
      experiment: its name ends with the year: "bioasq_4b".
      data_dir: BioASQ's files.
      folder: receives the three.

    Raises:
      InputError: files are missing.
    """
    year = experiment.name.rpartition("_")[2]
    tests = [
        paragraph
        for path in _found(data_dir, rf"BioASQ-test-factoid-{year}-\d+\.json")
        for paragraph in _paragraphs(path)
    ]
    asked = {_question(p) for p in tests}
    golden = [
        question
        for path in _found(data_dir, rf"{year.upper()}\d+_golden\.json")
        for question in _read(path)["questions"]
        if question["id"] in asked
    ]
    (train_path,) = _found(
        data_dir, rf"BioASQ-train-factoid-[\db]*{year}.*\.json", one=True
    )
    train = [p for p in _paragraphs(train_path) if _question(p) not in asked]
    _check_golden(golden, asked, data_dir)
    files.make_directory(folder)
    contents: Mapping[str, Any] = {
        "train": _squad(train),
        "test": _squad(tests),
        "golden": {"questions": golden},
    }
    for name, value in contents.items():
        with files.write_atomically(_path(folder, name)) as file:
            json.dump(value, file)
    return {
        "train_file": _path(folder, "train"),
        "predict_file": _path(folder, "test"),
    }


def _check_golden(
    golden: Sequence[Mapping[str, Any]], asked: set[str], data_dir: str
) -> None:
    """Refuses a score of a part of the questions."""
    answered = {q["id"] for q in golden if q.get("exact_answer")}
    if asked - answered:
        raise InputError(
            "questions of the test have no golden answer",
            got=f"{len(answered)} answers to {len(asked)} questions",
            expected="an exact_answer for each, in the golden files",
            next_step="put the golden files of all its batches there",
            path=data_dir,
        )


def golden_file(data: str) -> dict[str, Any]:
    """Returns what the ledger keeps of the answers that `prepare` wrote."""
    path = _path(data, "golden")
    return {
        "path": path,
        "sha256": files.sha256_of(path),
        "num_questions": len(_read(path)["questions"]),
    }


def _path(folder: str, name: str) -> str:
    return files.join(folder, f"{name}.json")


def _found(data_dir: str, pattern: str, *, one: bool = False) -> list[str]:
    """Returns the files of such names, in the folder or one below it."""
    escaped = files.escaped(data_dir)
    paths = sorted(
        path
        for place in ("*.json", "*/*.json")
        for path in files.glob(files.join(escaped, place))
        if re.fullmatch(pattern, path.rpartition("/")[2])
    )
    if not paths or (one and len(paths) > 1):
        raise InputError(
            "BioASQ's files are not as they are known",
            got=f"{len(paths)} files named {pattern}",
            expected="one" if one else "at least one",
            next_step="put the files of the year, and BioASQ's golden answers, "
            "into one folder",
            path=data_dir,
        )
    return paths


def _read(path: str) -> dict[str, Any]:
    return json_files.read_object(
        path, what="BioASQ's file", next_step="check the download"
    )


def _paragraphs(path: str) -> list[dict[str, Any]]:
    return [p for part in _read(path)["data"] for p in part["paragraphs"]]


def _question(paragraph: Mapping[str, Any]) -> str:
    return question_of(paragraph["qas"][0]["id"])


def _squad(paragraphs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"version": "BioASQ", "data": [{"paragraphs": paragraphs}]}


def score(data: str, folder: str) -> dict[str, float]:
    """Scores a run's answers by question; writes bioasq_results.json.

    Args:
      data: the folder that `prepare` wrote to.
      folder: of the run, with nbest_predictions.json.

    Returns:
      The three scores by name, as fractions.
    """
    n_best = _read(files.join(folder, "nbest_predictions.json"))
    answers = merge_snippets(n_best)
    golden = _read(_path(data, "golden"))["questions"]
    ids = [question["id"] for question in golden]
    ranks = factoid_ranks(
        [_spellings(question["exact_answer"]) for question in golden],
        [[text for text, _ in answers.get(each, [])] for each in ids],
    )
    of_ranks = dataclasses.asdict(scores_of_ranks(ranks))
    scores = {f"bioasq_{name}": value for name, value in of_ranks.items()}
    with files.write_atomically(files.join(folder, BIOASQ_FILE)) as file:
        questions = [
            {"id": each, "rank": rank}
            for each, rank in zip(ids, ranks, strict=True)
        ]
        json.dump({"scores": scores, "questions": questions}, file)
    return scores


def definition(name: str) -> str:
    """Returns what one of the three scores means."""
    return _DEFINITIONS[name]


def _spellings(answer: Any) -> list[str]:
    """Returns all spellings; older files have a bare string."""
    items = [answer] if isinstance(answer, str) else answer
    return [s for i in items for s in ([i] if isinstance(i, str) else i)]

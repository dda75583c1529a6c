r"""Scores exact answers as BioASQ's official evaluator does, without Java.

  python scripts/score_bioasq.py --golden=4B1_golden.json \
    --answers=outputs/BioASQform_BioASQ-answer.json

Scores the questions that have answers, by type; the others are counted and
said. The last line has the evaluator's ten numbers (EvaluatorTask1b -phaseB
-e 5) in its order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags

from cli import entry
from evaluation.bioasq import score_factoids, score_lists, score_yes_no
from foundation import json_files
from foundation.errors import InputError

_TYPES = ("yesno", "factoid", "list")
_ORDER = (
    "yesno accuracy",
    "factoid strict accuracy",
    "factoid lenient accuracy",
    "factoid MRR",
    "list precision",
    "list recall",
    "list F1",
    "yesno macro F1",
    "yesno F1 of yes",
    "yesno F1 of no",
)


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    flags.DEFINE_string(
        "golden",
        None,
        "BioASQ's golden answers.",
        required=True,
        flag_values=fv,
    )
    flags.DEFINE_string(
        "answers",
        None,
        "Answers in BioASQ's format.",
        required=True,
        flag_values=fv,
    )


def main(argv: Sequence[str]) -> None:
    """Reads both files and prints the scores."""
    del argv
    fv = flags.FLAGS
    gold, found = read_questions(fv.golden), read_questions(fv.answers)
    scores: dict[str, float] = {}
    for kind in _TYPES:
        wanted = [q for q in gold.values() if q.get("type") == kind]
        pairs = [
            (
                question["exact_answer"],
                found[question["id"]].get("exact_answer", []),
            )
            for question in wanted
            if question["id"] in found
        ]
        print(f"{kind}: {len(pairs)} of {len(wanted)} questions answered")
        if pairs:
            scores |= scores_of(kind, pairs)
    if not scores:
        raise InputError(
            "no question is answered",
            got=f"{len(found)} answers to other questions",
            expected="answers with the ids of the golden questions",
            next_step="check that --golden and --answers are of one test",
            path=fv.answers,
        )
    for name, value in scores.items():
        print(f"{name}: {value:.4f}")
    print(" ".join(f"{scores.get(name, 0.0):.4f}" for name in _ORDER))


def read_questions(path: str) -> dict[str, Mapping[str, Any]]:
    """Returns id -> question of a file in BioASQ's format."""
    found = json_files.read_object(
        path,
        what="the file of answers",
        next_step="check --golden and --answers",
    )
    try:
        return {question["id"]: question for question in found["questions"]}
    except (KeyError, TypeError) as error:
        raise InputError(
            "the file has no questions of BioASQ",
            got=f"{type(error).__name__}: {error}",
            expected='{"questions": [{"id": ..., "exact_answer": ...}]}',
            next_step="check --golden and --answers",
            path=path,
        ) from error


def scores_of(kind: str, pairs: Sequence[tuple[Any, Any]]) -> dict[str, float]:
    """Returns the scores of one type of question by name."""
    gold, found = zip(*pairs, strict=True)
    if kind == "yesno":
        of_both = score_yes_no(
            [str(a).lower() for a in gold], [str(a).lower() for a in found]
        )
        return {
            "yesno accuracy": of_both["accuracy"],
            "yesno macro F1": of_both["macro_f1"],
            "yesno F1 of yes": of_both["f1_yes"],
            "yesno F1 of no": of_both["f1_no"],
        }
    gold = [[as_list(item) for item in of_one] for of_one in gold]
    answers = [
        [text for item in of_one for text in as_list(item)[:1]]
        for of_one in found
    ]
    if kind == "list":
        lists = score_lists(gold, answers)
        return {
            "list precision": lists.precision,
            "list recall": lists.recall,
            "list F1": lists.f1,
        }
    spellings = [[s for item in of_one for s in item] for of_one in gold]
    factoids = score_factoids(spellings, answers)
    return {
        "factoid strict accuracy": factoids.strict_accuracy,
        "factoid lenient accuracy": factoids.lenient_accuracy,
        "factoid MRR": factoids.mrr,
    }


def as_list(item: str | Sequence[str]) -> Sequence[str]:
    """Returns spellings of one answer; older files have a bare string."""
    return [item] if isinstance(item, str) else item


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)

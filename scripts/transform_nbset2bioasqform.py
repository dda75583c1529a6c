r"""Turns predictions on snippets into BioASQ's answers; BioBERT's command line.

  python scripts/transform_nbset2bioasqform.py \
    --nbest_path=outputs/bioasq/nbest_predictions.json --output_path=outputs
  python scripts/transform_nbset2bioasqform.py --type=list \
    --nbest_path=outputs/lists/nbest_predictions.json \
    --questions=test_list.json --output_path=outputs --append
  python scripts/transform_nbset2bioasqform.py --type=yesno \
    --nbest_path=outputs/yesno/predictions.json --output_path=outputs --append

Answers to the snippets of a question are put together: factoids and lists of
nbest_predictions.json, yes and no of predictions.json. Writes
BioASQform_BioASQ-answer.json, to hand in or for scripts/score_bioasq.py;
where --output_path is no folder, that path. For factoids (five answers a
question) also WithProb_BioASQform_BioASQ-answer.json or <path>_WithProb,
twenty with their probabilities.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags

from cli import entry
from foundation import files, json_files
from foundation.errors import InputError
from tasks.bioasq_questions import TYPES
from tasks.questions import ReadingOptions, iterate_questions
from tasks.snippet_answers import as_factoids, merge_snippets
from tasks.snippet_lists import ListOptions, as_lists, as_yes_no

_NAME = "BioASQform_BioASQ-answer.json"
_NEXT_STEP = (
    "give a nbest_predictions.json of run_qa.py as --nbest_path; for yes/no "
    "questions its predictions.json"
)


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    flags.DEFINE_string(
        "nbest_path",
        None,
        "nbest_predictions.json of snippets; of yes/no questions, "
        "predictions.json.",
        required=True,
        flag_values=fv,
    )
    flags.DEFINE_string(
        "output_path",
        None,
        "A folder, or the file to write; its folder is made.",
        required=True,
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "type", "factoid", list(TYPES), "Of the questions.", flag_values=fv
    )
    flags.DEFINE_boolean(
        "append",
        False,
        "Add to the answers that are in the file, to other questions: all "
        "types are handed in together.",
        flag_values=fv,
    )
    _define_choice(fv)


def _define_choice(fv: flags.FlagValues) -> None:
    flags.DEFINE_float(
        "threshold",
        0.42,
        "list: least mean probability of an item; of its sum, where the "
        "question asks for a number of items.",
        flag_values=fv,
    )
    flags.DEFINE_float(
        "min_prob",
        0.02,
        "list: least probability of an answer to a snippet.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "questions",
        None,
        "list: the file that was predicted, to see how many items a question "
        "asks for.",
        flag_values=fv,
    )
    flags.DEFINE_float(
        "yes_threshold",
        0.0,
        "yesno: yes where the mean of the snippets' logits is above this.",
        flag_values=fv,
    )


def main(argv: Sequence[str]) -> None:
    """Reads, merges, writes."""
    del argv
    fv = flags.FLAGS
    predicted = json_files.read_object(
        fv.nbest_path, what="the file of answers", next_step=_NEXT_STEP
    )
    path, shown = fv.output_path, f"{fv.output_path}_WithProb"
    if files.is_directory(fv.output_path):
        path = files.join(fv.output_path, _NAME)
        shown = files.join(fv.output_path, f"WithProb_{_NAME}")
    try:
        answers, probable = _answers(fv, predicted)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "the file of answers is of another kind",
            got=f"{type(error).__name__}: {error}",
            expected='"id": [{"text": ..., "probability": ...}, ...]',
            next_step=_NEXT_STEP,
            path=fv.nbest_path,
        ) from error
    _write(path, _joined(path, answers) if fv.append else answers)
    if probable is not None:
        _write(shown, _joined(shown, probable) if fv.append else probable)


def _answers(
    fv: flags.FlagValues, predicted: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Returns what is handed in, and factoids with their probabilities."""
    if fv.type == "yesno":
        return as_yes_no(predicted, threshold=fv.yes_threshold), None
    if fv.type == "list":
        texts = None
        if fv.questions:
            found = iterate_questions(fv.questions, ReadingOptions())
            texts = {q.question_id: q.text for q in found}
        options = ListOptions(fv.threshold, fv.min_prob)
        return as_lists(predicted, texts, options=options), None
    merged = merge_snippets(predicted)
    return as_factoids(merged), as_factoids(merged, with_probabilities=True)


def _joined(path: str, answers: dict[str, Any]) -> dict[str, Any]:
    """Returns the answers in a file, if there is one, and these."""
    if not files.exists(path):
        return answers
    kept = json_files.read_object(
        path, what="the file to append to", next_step="leave --append out"
    )
    before = kept.get("questions", [])
    new = {question["id"] for question in answers["questions"]}
    both = [q["id"] for q in before if q["id"] in new]
    if both:
        raise InputError(
            "a question would be answered twice",
            got=f"{len(both)} of these questions are in the file already",
            expected="answers to other questions",
            next_step="leave --append out, or remove the file",
            path=path,
        )
    return {**kept, "questions": [*before, *answers["questions"]]}


def _write(path: str, answers: Mapping[str, Any]) -> None:
    with files.write_atomically(path) as file:
        json.dump(answers, file, indent=2)
    print(f"{path}: {len(answers['questions'])} questions")


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)

r"""Turns nbest_predictions.json into BioASQ's answers; BioBERT's command line.

  python scripts/transform_nbset2bioasqform.py \
    --nbest_path=outputs/bioasq/nbest_predictions.json --output_path=outputs

Answers to the snippets of a question are added up (factoid questions). Writes
BioASQform_BioASQ-answer.json, five answers a question, to hand in or for
scripts/score_bioasq.py, and WithProb_BioASQform_BioASQ-answer.json, twenty
with their probabilities; where --output_path is no folder, that path and
<path>_WithProb.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from absl import flags

from cli import entry
from foundation import files, json_files
from tasks.snippet_answers import as_factoids, merge_snippets

_NAME = "BioASQform_BioASQ-answer.json"


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    flags.DEFINE_string(
        "nbest_path",
        None,
        "nbest_predictions.json of snippets.",
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


def main(argv: Sequence[str]) -> None:
    """Reads, merges, writes."""
    del argv
    fv = flags.FLAGS
    n_best = json_files.read_object(
        fv.nbest_path,
        what="the file of answers",
        next_step="give a nbest_predictions.json of run_qa.py as --nbest_path",
    )
    merged = merge_snippets(n_best)
    path, shown = fv.output_path, f"{fv.output_path}_WithProb"
    if files.is_directory(fv.output_path):
        path = files.join(fv.output_path, _NAME)
        shown = files.join(fv.output_path, f"WithProb_{_NAME}")
    for target, with_probabilities in ((path, False), (shown, True)):
        answers = as_factoids(merged, with_probabilities=with_probabilities)
        with files.write_atomically(target) as file:
            json.dump(answers, file, indent=2)
        print(f"{target}: {len(merged)} questions")


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)

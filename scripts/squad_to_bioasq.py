r"""Turns questions on snippets in SQuAD's format into BioASQ's JSON.

  python scripts/squad_to_bioasq.py --input=BioASQ-train-factoid-4b.json \
    --type=factoid --output=questions.json

The way back of scripts/bioasq_to_squad.py: the snippets of a question are put
together, and their answers are its exact_answer. Predictions are turned by
scripts/transform_nbset2bioasqform.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from absl import flags

from cli import entry
from foundation import files
from tasks.bioasq_questions import TYPES, from_squad
from tasks.questions import ReadingOptions, iterate_questions


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    for name, text in (
        ("input", "Questions in SQuAD's format."),
        ("output", "The file to write."),
    ):
        flags.DEFINE_string(name, None, text, required=True, flag_values=fv)
    flags.DEFINE_enum(
        "type", "factoid", list(TYPES), "Of the questions.", flag_values=fv
    )


def main(argv: Sequence[str]) -> None:
    """Reads, converts, writes."""
    del argv
    fv = flags.FLAGS
    answer_type = "yesno" if fv.type == "yesno" else "span"
    found = from_squad(
        iterate_questions(fv.input, ReadingOptions(answer_type=answer_type)),
        fv.type,
    )
    with files.write_atomically(fv.output) as file:
        json.dump(found, file, indent=2)
        file.write("\n")
    answered = sum("exact_answer" in q for q in found["questions"])
    print(
        f"{fv.output}: {len(found['questions'])} questions, {answered} of "
        "them with answers"
    )


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)

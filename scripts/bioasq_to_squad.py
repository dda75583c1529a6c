r"""Turns BioASQ's questions into SQuAD's format, which run_qa.py reads.

  python scripts/bioasq_to_squad.py --input=4B1_golden.json --type=factoid \
    --output=train.json --with_answers
  python scripts/bioasq_to_squad.py --input=5B1_golden.json --type=factoid \
    --output=test.json

One question on each snippet. With --with_answers, to learn from: the answer's
place in the snippet is looked for; what has none is left out, counted, and
named in <output>.left_out.tsv. Without it every snippet is kept, to predict.
scripts/transform_nbset2bioasqform.py goes the way back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from absl import flags

from cli import entry
from foundation import files
from foundation.errors import InputError
from tasks.bioasq_questions import TYPES, read_bioasq, to_squad


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    flags.DEFINE_list(
        "input",
        None,
        "BioASQ's files, with commas between.",
        required=True,
        flag_values=fv,
    )
    flags.DEFINE_string(
        "output", None, "The file to write.", required=True, flag_values=fv
    )
    flags.DEFINE_enum(
        "type", "factoid", list(TYPES), "Of the questions.", flag_values=fv
    )
    flags.DEFINE_boolean(
        "with_answers",
        False,
        "Write what can be learned from, with its answers.",
        flag_values=fv,
    )


def main(argv: Sequence[str]) -> None:
    """Reads, converts, writes, counts."""
    del argv
    fv = flags.FLAGS
    questions = [q for path in fv.input for q in read_bioasq(path)]
    _check_ids([question["id"] for question in questions])
    done = to_squad(questions, fv.type, with_answers=fv.with_answers)
    if not done.paragraphs:
        raise InputError(
            "nothing is left to write",
            got=", ".join(f"{n} {k}" for k, n in sorted(done.counts.items())),
            expected=f"snippets of {fv.type} questions"
            + (" with their answers in them" if fv.with_answers else ""),
            next_step="check --input and --type",
        )
    with files.write_atomically(fv.output) as file:
        json.dump(done.as_squad(fv.type), file, indent=1)
        file.write("\n")
    with files.write_atomically(f"{fv.output}.left_out.tsv") as file:
        file.write("question\tsnippet\treason\n")
        for name, snippet, reason in done.left_out:
            file.write(f"{name}\t{snippet}\t{reason}\n")
    for what, number in sorted(done.counts.items()):
        print(f"{what}: {number}")
    rows = sum(len(paragraph["qas"]) for paragraph in done.paragraphs)
    print(f"{fv.output}: {rows} rows on {len(done.paragraphs)} snippets")
    print(f"{fv.output}.left_out.tsv: {len(done.left_out)} left out")


def _check_ids(ids: Sequence[str]) -> None:
    if len(set(ids)) < len(ids):
        raise InputError(
            "two questions have one id",
            got=f"{len(ids)} questions with {len(set(ids))} ids",
            expected="an id for each",
            next_step="leave out files that are the same",
        )


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)

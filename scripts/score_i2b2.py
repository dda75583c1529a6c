r"""Scores i2b2's concept files exactly, as clinicalBERT's script.

  python scripts/score_i2b2.py --output_dir=outputs/i2b2_2010/test \
    --input_gold_dir=outputs/i2b2_2010/test/gold \
    --input_pred_dir=outputs/i2b2_2010/test/pred

Each folder has an i2b2.con (scripts/format_for_i2b2_eval.py), or the .con
files of a corpus by the same names. A concept counts where text, position and
label are the same. Prints the scores and writes final_results.txt, precision,
recall and F1 with five decimals between tabs; what would be 0/0 is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from absl import flags

from cli import entry
from evaluation.i2b2_concepts import Concept, read_concepts, score_concepts
from foundation import files
from foundation.errors import InputError

RESULTS_FILE = "final_results.txt"

_CONCEPT_FILE = "i2b2.con"
_FOLDERS = {
    "input_gold_dir": "The folder of the right concepts.",
    "input_pred_dir": "The folder of the predicted concepts.",
    "output_dir": f"The folder of {RESULTS_FILE}.",
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags, by the original's names."""
    # `module_name`: where cli.usage looks for a script's own.
    own: dict[str, Any] = {"flag_values": fv, "module_name": "__main__"}
    for name, text in _FOLDERS.items():
        flags.DEFINE_string(name, None, text, required=True, **own)
    for name, default, text in (
        ("overwrite", True, f"Replace a {RESULTS_FILE} that is there."),
        ("debug", False, "Show the stack trace of an error."),
    ):
        flags.DEFINE_boolean(name, default, text, **own)


def main(argv: Sequence[str]) -> None:
    """Prints and writes the scores."""
    del argv
    for line in score(flags.FLAGS):
        print(line)


def score(fv: flags.FlagValues) -> list[str]:
    """Writes the scores of what the flags name; returns the lines to print.

    Raises:
      InputError: files that cannot be read or do not belong together, or one
        is there and may not be replaced.
    """
    path = files.join(fv.output_dir, RESULTS_FILE)
    if files.exists(path) and not fv.overwrite:
        raise InputError(
            "the scores are there already",
            got="a file",
            expected="no file",
            next_step="choose another --output_dir, or leave --overwrite on",
            path=path,
        )
    names = _names_in(fv.input_gold_dir)
    if names != _names_in(fv.input_pred_dir):
        raise InputError(
            "gold and predictions do not belong together",
            got=f"{len(_names_in(fv.input_pred_dir))} files of predictions, "
            f"{len(names)} of gold, or other names",
            expected="the same names on both sides",
            next_step="add the missing files (a file may be empty)",
            path=fv.input_pred_dir,
        )
    scores = score_concepts(
        _read(fv.input_gold_dir, names), _read(fv.input_pred_dir, names)
    )
    numbers = [f"{v:.5f}" for v in (scores.precision, scores.recall, scores.f1)]
    files.make_directory(fv.output_dir)
    with files.write_atomically(path) as file:
        file.write("Precision\tRecall\tF1\n" + "\t".join(numbers) + "\n")
    return [
        f"Predicted events: {scores.found}, Gold events: {scores.gold}",
        "Exact Precision: {}, Recall: {}, F1: {}".format(*numbers),
    ]


def _names_in(folder: str) -> list[str]:
    there = files.list_directory(folder) if files.is_directory(folder) else []
    names = [name for name in there if name.endswith(".con")]
    if not names:
        raise InputError(
            "there are no concepts",
            got="no .con file",
            expected=f"an {_CONCEPT_FILE}, or the .con files of a corpus",
            next_step="run scripts/format_for_i2b2_eval.py first",
            path=folder,
        )
    return [_CONCEPT_FILE] if _CONCEPT_FILE in names else names


def _read(folder: str, names: Sequence[str]) -> list[Concept]:
    concepts: list[Concept] = []
    for name in names:
        path = files.join(folder, name)
        if not files.size_of(path):
            continue  # nothing was predicted
        text = files.read_text(
            path, what="the file of concepts", next_step="check its folder"
        )
        concepts += read_concepts(text.split("\n"), path=path, file=name)
    return concepts


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)

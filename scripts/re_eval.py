r"""Scores a run's relations as BioBERT's re_eval.py does, with right labels.

  python scripts/re_eval.py --task=chemprot \
    --output_path=outputs/chemprot/test_results.tsv \
    --answer_path=datasets/chemprot/test.tsv

binary: precision, recall and F1 of class 1, specificity (the recall of class
0). chemprot: micro over the five classes; ddi: micro and macro over the four.
The columns of --output_path are the corpus's labels in their fixed order; the
original takes the labels of --answer_path, sorted, so that a class without a
row shifts the ones behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from absl import flags

from cli import entry
from evaluation.classes import score_classes
from evaluation.scores import Score, macro, micro
from foundation.errors import InputError
from preprocessing.relations.labels import BINARY, CHEMPROT, DDI, find_label
from tasks.tables import Table, read_table

_LABELS = {"binary": BINARY, "chemprot": CHEMPROT, "ddi": DDI}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags, by the original's names."""
    # `module_name`: where cli.usage looks for a script's own.
    own: dict[str, Any] = {"flag_values": fv, "module_name": "__main__"}
    for name, text in (
        ("output_path", "test_results.tsv: the probabilities of each row."),
        ("answer_path", "The test.tsv with the gold labels."),
    ):
        flags.DEFINE_string(name, None, text, required=True, **own)
    flags.DEFINE_enum(
        "task",
        "binary",
        list(_LABELS),
        "Which labels, and which of them count.",
        **own,
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the stack trace of an error.", **own
    )


def main(argv: Sequence[str]) -> None:
    """Reads both files and prints the scores."""
    del argv
    fv = flags.FLAGS
    labels = _LABELS[fv.task]
    gold = read_gold(fv.answer_path, labels)
    found = read_predictions(fv.output_path, labels)
    if len(gold) != len(found):
        raise InputError(
            "predictions and answers do not belong together",
            got=f"{len(found)} rows of probabilities",
            expected=f"{len(gold)}, the rows of {fv.answer_path}",
            next_step="check --output_path and --answer_path",
            path=fv.output_path,
        )
    for name, value in scores_of(fv.task, gold, found).items():
        print(f"{name:11s} : {value:.2%}")


def read_gold(path: str, labels: tuple[str, ...]) -> list[str]:
    """Returns the gold labels of a table with a header.

    Raises:
      InputError: no column "label", or a label the task has not.
    """
    table = read_table(path, has_header=True)
    column = table.index("label")
    gold = []
    for row in table.rows:
        label = find_label(table.cell(row, column), labels)
        if label is None:
            raise InputError(
                "a label that the task has not",
                got="another one",
                expected=", ".join(labels),
                next_step="check --task and --answer_path",
                path=path,
                line=row.line,
            )
        gold.append(label)
    return gold


def read_predictions(path: str, labels: tuple[str, ...]) -> list[str]:
    """Returns the likeliest label of each row; the first of equals.

    Raises:
      InputError: not one number for each label.
    """
    table = read_table(path, has_header=False)
    return [
        labels[max(range(len(labels)), key=values.__getitem__)]
        for values in _probabilities(table, len(labels))
    ]


def _probabilities(table: Table, width: int) -> list[list[float]]:
    found = []
    for row in table.rows:
        try:
            values = [float(cell) for cell in row.cells]
        except ValueError:
            values = []
        if len(values) != width:
            raise InputError(
                "a row is not of this task's probabilities",
                got=f"{len(row.cells)} columns",
                expected=f"{width} numbers, one for each label",
                next_step="check --task and --output_path",
                path=table.path,
                line=row.line,
            )
        found.append(values)
    return found


def scores_of(
    task: str, gold: Sequence[str], found: Sequence[str]
) -> dict[str, float]:
    """Returns the scores by the names that are printed, in their order."""
    labels = _LABELS[task]
    scores = score_classes(gold, found, classes=labels)
    if task == "binary":
        return {
            **_named(scores[labels[1]]),
            "specificity": scores[labels[0]].recall,
        }
    counted = {label: scores[label] for label in labels[:-1]}
    both = _named(micro(counted))
    if task == "ddi":
        both |= _named(macro(counted), "macro ")
    return both


def _named(score: Score, prefix: str = "") -> dict[str, float]:
    return {
        f"{prefix}f1 score": score.f1,
        f"{prefix}recall": score.recall,
        f"{prefix}precision": score.precision,
    }


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)

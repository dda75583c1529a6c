"""A run's own files to a table of gold against predicted, without any text.

Classes: how often each was taken for each. Labels: in gold, predicted, both.
Numbers: dots. Questions: the place of the first right answer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from foundation import files, json_files
from foundation.errors import InputError
from reporting import report_charts
from reporting.report_markup import many, name, table

FILES = {"test": "predictions.tsv", "dev": "predictions_eval.tsv"}
QUESTIONS = "bioasq_results.json"
_MAX_CLASSES = 30  # more would be no table, and perhaps no classes
_MAX_PAIRS = 1000  # dots
_NUM_RANKS = 5  # answers to a question that count (BioASQ)


def predictions_of(folder: str, *, split: str, run: str) -> str:
    """Returns the table or picture; "" where the run left nothing for it.

    Args:
      folder: of the run.
      split: whose predictions.
      run: what the run is called.
    """
    path = files.join(folder, FILES.get(split, FILES["test"]))
    if files.exists(path):
        return _of_pairs(_pairs(path), run)
    questions = files.join(folder, QUESTIONS)
    if split == "test" and files.exists(questions):
        return _of_ranks(questions, run)
    return ""


def _pairs(path: str) -> list[tuple[str, str]]:
    """Returns gold and prediction of each row; none without gold."""
    text = files.read_text(
        path, what="the predictions", next_step="score the run again"
    )
    lines = [line.split("\t") for line in text.rstrip("\n").split("\n")]
    if lines[0][:3] != ["id", "gold", "prediction"]:
        return []
    return [(cells[1], cells[2]) for cells in lines[1:] if len(cells) > 2]


def _of_pairs(pairs: Sequence[tuple[str, str]], run: str) -> str:
    if not pairs:
        return ""
    numbers = _numbers(pairs)
    if numbers:
        return report_charts.scatter(
            numbers[:_MAX_PAIRS], label=f"Gold and predicted, {run}"
        )
    if any("," in label or not label for pair in pairs for label in pair):
        return _of_labels(pairs, run)
    return _of_classes(pairs, run)


def _numbers(pairs: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
    """Returns the pairs as numbers; none where they are classes like 0, 1."""
    try:
        values = [(float(gold), float(guess)) for gold, guess in pairs]
    except ValueError:
        return []
    is_score = any("." in guess for _, guess in pairs)
    finite = all(math.isfinite(v) for pair in values for v in pair)
    return values if is_score and finite else []


def _of_classes(pairs: Sequence[tuple[str, str]], run: str) -> str:
    counts = Counter(pairs)
    classes = sorted({label for pair in pairs for label in pair})
    if len(classes) > _MAX_CLASSES:
        return ""
    of_gold = Counter(gold for gold, _ in pairs)
    rows = [
        [
            name(gold),
            *(
                _cell(counts[gold, guess], of_gold[gold], right=gold == guess)
                for guess in classes
            ),
            f"{of_gold[gold]:,}",
        ]
        for gold in classes
    ]
    head = ["gold \\ predicted", *(name(c) for c in classes), "all"]
    return table(
        f"Gold and predicted classes, {run}, {many(len(pairs), 'row')}",
        head,
        rows,
        numbers=range(1, len(head)),
        css_class="confusion",
    )


def _cell(count: int, of_gold: int, *, right: bool) -> str:
    """Returns a count in a shade of how much of its gold class it is."""
    tenth = math.ceil(10 * count / of_gold) if of_gold else 0
    side = "hit" if right else "miss"
    return f'<span class="{side} d{tenth}">{count:,}</span>'


def _of_labels(pairs: Sequence[tuple[str, str]], run: str) -> str:
    sets = [
        tuple(set(filter(None, cell.split(","))) for cell in pair)
        for pair in pairs
    ]
    names = sorted({label for pair in sets for each in pair for label in each})
    if len(names) > _MAX_CLASSES:
        return ""
    rows = []
    for label in names:
        gold = sum(label in pair[0] for pair in sets)
        guessed = sum(label in pair[1] for pair in sets)
        both = sum(label in pair[0] and label in pair[1] for pair in sets)
        rows.append([name(label), *(f"{n:,}" for n in (gold, guessed, both))])
    return table(
        f"Labels, {run}, {many(len(pairs), 'row')}",
        ["label", "in gold", "predicted", "both"],
        rows,
        numbers=range(1, 4),
    )


def _of_ranks(path: str, run: str) -> str:
    value = json_files.read_object(
        path, what="the scores of questions", next_step="score the run again"
    )
    questions = value.get("questions")
    if not isinstance(questions, list):
        raise InputError(
            "there are no questions",
            got=type(questions).__name__,
            expected='a list, "questions"',
            next_step="score the run again",
            path=path,
        )
    ranks = Counter(int(question["rank"]) for question in questions)
    places = [*range(1, _NUM_RANKS + 1), 0]
    return table(
        f"Place of the first right answer, {run}, "
        f"{many(len(questions), 'question')}",
        ["place", "questions"],
        [[str(p) if p else "none of five", f"{ranks[p]:,}"] for p in places],
        numbers=(1,),
    )

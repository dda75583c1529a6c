"""Gold and predicted tags to classification_report.txt, as bio_ner_bert's.

That project (SciBERT NER, originals.md 6.8) wrote seqeval's report of entities
and scikit-learn's of words into one file, with epoch and losses. The tables
are laid out as seqeval 1.2.2 and scikit-learn 1.9 print them with digits=4,
without importing either (2.4 s): the numbers are `evaluation`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluation.entities import score_entities
from evaluation.tokens import score_tokens
from foundation import files
from reporting.history import Standing, read_history

Tags = Sequence[str]
GoldAndPredicted = tuple[Sequence[Tags], Sequence[Tags]]

FILE_NAME = "classification_report.txt"

_OUTSIDE = "O"
_NO_TYPE = "_"  # seqeval's name for entities without type
_COLUMNS = ("precision", "recall", "f1-score", "support")
_NOTES = """\
Entity level: right are entities whose type, first and last word are right; an
I after O starts one (as conlleval counts, and seqeval unless told "strict").
Word level: right are words whose whole tag is right.
micro avg: all counted together. macro avg: mean over the rows. weighted avg:
mean weighted by support; seqeval 0.0.12, and so bio_ner_bert's published
table, calls this one "macro avg".
"""


def write_classification_report(
    output_dir: str, by_split: Mapping[str, GoldAndPredicted], *, step: int
) -> str:
    """Writes classification_report.txt; returns its path.

    Args:
      output_dir: of the run; its metrics.jsonl gives epoch and losses.
      by_split: "dev", "test" -> the right tags and as many predicted ones,
        one sequence per sentence.
      step: of the checkpoint that predicted.

    Raises:
      ValueError: lengths differ.
    """
    path = files.join(output_dir, FILE_NAME)
    standing = read_history(output_dir).at(step)
    text = classification_report(by_split, step=step, standing=standing)
    with files.write_atomically(path) as file:
        file.write(text)
    return path


def classification_report(
    by_split: Mapping[str, GoldAndPredicted],
    *,
    step: int,
    standing: Standing,
) -> str:
    """Returns the tables of entities and words, then epoch and losses.

    Raises:
      ValueError: lengths differ.
    """
    lines = []
    for split, (gold, predicted) in by_split.items():
        lines += [
            f"Entity level, {split}\n",
            entity_table(gold, predicted),
            f"Word level, {split}\n",
            word_table(gold, predicted),
            _without_outside(gold, predicted),
        ]
    return "\n".join([*lines, _standing_text(step, standing), _NOTES])


def write_class_report(
    output_dir: str,
    by_split: Mapping[str, tuple[Sequence[str], Sequence[str]]],
    *,
    step: int,
) -> str:
    """Writes classification_report.txt of classes of texts.

    Args:
      output_dir: of the run; its metrics.jsonl gives epoch and losses.
      by_split: "dev", "test" -> the right classes and as many predicted ones.
      step: of the checkpoint that predicted.

    Raises:
      ValueError: lengths differ.
    """
    path = files.join(output_dir, FILE_NAME)
    lines = []
    for split, (gold, predicted) in by_split.items():
        lines += [f"Classes, {split}\n", word_table([gold], [predicted])]
    standing = read_history(output_dir).at(step)
    with files.write_atomically(path) as file:
        file.write("\n".join([*lines, _standing_text(step, standing)]))
    return path


@dataclass(frozen=True)
class _Row:
    """A line of a table: fractions from 0 to 1, and how many in gold."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def entity_table(gold: Sequence[Tags], predicted: Sequence[Tags]) -> str:
    """Returns what seqeval's classification_report(digits=4) prints.

    Entities without type are named "_". Without any entity, where seqeval
    fails, the averages are 0.

    Raises:
      ValueError: lengths differ.
    """
    scores = score_entities(gold, predicted)
    rows = [
        _Row(kind or _NO_TYPE, s.precision, s.recall, s.f1, s.gold)
        for kind, s in scores.per_type.items()
    ]
    micro = scores.micro
    return _table(
        rows,
        [
            _Row(
                "micro avg",
                micro.precision,
                micro.recall,
                micro.f1,
                micro.gold,
            ),
            _macro(rows),
            _weighted(rows),
        ],
    )


def word_table(gold: Sequence[Tags], predicted: Sequence[Tags]) -> str:
    """Returns what scikit-learn's classification_report(digits=4) prints.

    Over the tags of all words, O included.

    Raises:
      ValueError: lengths differ.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for right, guess in zip(gold, predicted, strict=True):
        pairs.update(zip(right, guess, strict=True))
    in_gold: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for (right_tag, guessed_tag), times in pairs.items():
        in_gold[right_tag] += times
        found[guessed_tag] += times
    rows = [
        _Row(
            tag,
            _ratio(pairs[tag, tag], found[tag]),
            _ratio(pairs[tag, tag], in_gold[tag]),
            _ratio(2 * pairs[tag, tag], in_gold[tag] + found[tag]),
            in_gold[tag],
        )
        for tag in sorted({*in_gold, *found})
    ]
    correct = sum(n for (a, b), n in pairs.items() if a == b)
    accuracy = _ratio(correct, pairs.total())
    return _table(rows, [_macro(rows), _weighted(rows)], accuracy=accuracy)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _macro(rows: Sequence[_Row]) -> _Row:
    return _mean("macro avg", rows, weights=[1] * len(rows))


def _weighted(rows: Sequence[_Row]) -> _Row:
    return _mean("weighted avg", rows, weights=[r.support for r in rows])


def _mean(name: str, rows: Sequence[_Row], *, weights: Sequence[int]) -> _Row:
    def over(values: Iterable[float]) -> float:
        products = (w * v for w, v in zip(weights, values, strict=True))
        return _ratio(sum(products), sum(weights))

    return _Row(
        name,
        over(row.precision for row in rows),
        over(row.recall for row in rows),
        over(row.f1 for row in rows),
        sum(row.support for row in rows),
    )


def _table(
    rows: Sequence[_Row],
    averages: Sequence[_Row],
    *,
    accuracy: float | None = None,
) -> str:
    width = max(len(row.name) for row in [*rows, *averages])
    lines = [
        f"{'':>{width}} " + "".join(f" {name:>9}" for name in _COLUMNS),
        "",
        *(_line(row, width) for row in rows),
        "",
    ]
    if accuracy is not None:
        support = sum(row.support for row in rows)
        lines.append(
            f"{'accuracy':>{width}} {'':>20} {accuracy:>9.4f} {support:>9}"
        )
    lines += [_line(row, width) for row in averages]
    return "\n".join(lines) + "\n"


def _line(row: _Row, width: int) -> str:
    scores = (row.precision, row.recall, row.f1)
    numbers = "".join(f" {score:>9.4f}" for score in scores)
    return f"{row.name:>{width}} {numbers} {row.support:>9}"


def _without_outside(gold: Sequence[Tags], predicted: Sequence[Tags]) -> str:
    """Names the token_* scores of results.json, which leave O out."""
    classes = sorted({tag for tags in gold for tag in tags} - {_OUTSIDE})
    scores = score_tokens(gold, predicted, classes=classes)
    return (
        f"macro avg without O: precision {scores.precision:.4f}, recall "
        f"{scores.recall:.4f}, f1-score {scores.f1:.4f} (token_* in the result "
        "files)\n"
    )


def _standing_text(step: int, standing: Standing) -> str:
    epoch, training_loss = standing.epoch, standing.training_loss
    text = f"Step: {step}\n"
    if epoch is not None:
        text = f"Epoch: {epoch:.2f} (step {step})\n"
    if training_loss is not None:
        text += f"- Training Loss: {training_loss:.6g} (mean of an epoch)\n"
    if standing.dev_loss is not None:
        text += f"- Validation Loss: {standing.dev_loss:.6g}\n"
    return text

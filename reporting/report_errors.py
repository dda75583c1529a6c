"""NER_result_conll.txt to the sentences with errors, and what the errors are.

Entities are conlleval's. Gold and predicted ones that share a word are one
finding: right, or an error of one kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluation.entities import Entity, lenient_entities
from foundation import files

RIGHT = "right"
MISSED = "missed"
INVENTED = "invented"
BORDER = "border"
TYPE = "type"
BOTH = "border and type"
ERRORS = (MISSED, INVENTED, BORDER, TYPE, BOTH)

FILES = {"test": "NER_result_conll.txt", "dev": "NER_result_conll_eval.txt"}
MAX_SENTENCES = 200  # of an experiment that are shown
_NO_TYPE = "MISC"  # what the file calls entities without type


@dataclass(frozen=True)
class Finding:
    """Entities that share words.

    Attributes:
      kind: RIGHT or one of ERRORS.
      start: the first word.
      end: behind the last word.
      gold: of the right answer.
      predicted: of the model's.
    """

    kind: str
    start: int
    end: int
    gold: tuple[Entity, ...]
    predicted: tuple[Entity, ...]

    @property
    def types(self) -> list[str]:
        """Returns the types of all its entities, gold first."""
        kinds = (e.kind for e in (*self.gold, *self.predicted))
        return list(dict.fromkeys(k for k in kinds if k))


@dataclass(frozen=True)
class MarkedSentence:
    """A sentence and what was found in it.

    Attributes:
      number: its place in the file, from 1.
      words: all of them.
      findings: by place; they do not overlap.
    """

    number: int
    words: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def kinds(self) -> set[str]:
        """Returns the kinds of errors in it."""
        return {f.kind for f in self.findings} - {RIGHT}


@dataclass(frozen=True)
class Errors:
    """What went wrong in a run.

    Attributes:
      sentences: the first MAX_SENTENCES with an error.
      num_wrong: sentences with an error.
      num_sentences: all.
      kinds: findings of each kind, RIGHT among them.
    """

    sentences: tuple[MarkedSentence, ...]
    num_wrong: int
    num_sentences: int
    kinds: Counter[str]


def read_errors(folder: str, *, split: str) -> Errors | None:
    """Reads a run's predictions; None where there are none of that split."""
    path = files.join(folder, FILES.get(split, FILES["test"]))
    if not files.exists(path):
        return None
    shown: list[MarkedSentence] = []
    kinds: Counter[str] = Counter()
    num_wrong = num_sentences = 0
    for words, gold, predicted in _sentences(path):
        num_sentences += 1
        found = findings(gold, predicted)
        kinds.update(f.kind for f in found)
        if all(f.kind == RIGHT for f in found):
            continue
        num_wrong += 1
        if len(shown) < MAX_SENTENCES:
            shown.append(
                MarkedSentence(num_sentences, tuple(words), tuple(found))
            )
    return Errors(tuple(shown), num_wrong, num_sentences, kinds)


def _sentences(
    path: str,
) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Yields words, gold tags and predicted tags."""
    columns: tuple[list[str], list[str], list[str]] = ([], [], [])
    with files.open_file(path) as file:
        for line in file:
            cells = line.rstrip("\n").split(" ")
            if len(cells) == len(columns):
                for column, cell in zip(columns, cells, strict=True):
                    column.append(cell)
            elif columns[0]:
                yield columns
                columns = ([], [], [])
    if columns[0]:
        yield columns


def findings(gold: Sequence[str], predicted: Sequence[str]) -> list[Finding]:
    """Returns what became of the entities of a sentence, by place."""
    right = [(e, True) for e in _entities(gold)]
    guessed = [(e, False) for e in _entities(predicted)]
    found: list[Finding] = []
    cluster: list[tuple[Entity, bool]] = []
    for entity, is_gold in sorted(
        right + guessed, key=lambda pair: (pair[0].start, pair[0].end)
    ):
        if cluster and entity.start >= max(e.end for e, _ in cluster):
            found.append(_finding(cluster))
            cluster = []
        cluster.append((entity, is_gold))
    if cluster:
        found.append(_finding(cluster))
    return found


def _entities(tags: Sequence[str]) -> list[Entity]:
    return [
        Entity("" if e.kind == _NO_TYPE else e.kind, e.start, e.end)
        for e in lenient_entities(tags)
    ]


def _finding(cluster: Sequence[tuple[Entity, bool]]) -> Finding:
    gold = tuple(e for e, is_gold in cluster if is_gold)
    predicted = tuple(e for e, is_gold in cluster if not is_gold)
    return Finding(
        _kind(gold, predicted),
        min(e.start for e, _ in cluster),
        max(e.end for e, _ in cluster),
        gold,
        predicted,
    )


def _kind(gold: Sequence[Entity], predicted: Sequence[Entity]) -> str:
    if not predicted:
        return MISSED
    if not gold:
        return INVENTED
    if gold == predicted:
        return RIGHT
    spans = [[(e.start, e.end) for e in each] for each in (gold, predicted)]
    same_spans = spans[0] == spans[1]
    same_types = {e.kind for e in gold} == {e.kind for e in predicted}
    if same_spans:
        return TYPE
    return BORDER if same_types else BOTH

"""Tags -> i2b2's concept lines, and concept lines -> precision, recall, F1.

As clinicalBERT's format_for_i2b2_eval.py and score_i2b2.py: a line is
c="lower-cased words" line:start line:end||t="Label", lines (sentences) from 1,
words from 0, the end included, labels capitalised. A concept counts where
text, position and label are those of one on the other side. The originals
divide by zero where nothing is predicted or matched (originals.md 9.4, N18).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evaluation.entities import lenient_entities
from foundation.errors import InputError

_LINE = re.compile(r'c="(.*)" (\d+):(\d+) (\d+):(\d+)\|\|t="(.*)"')
# ner_detokenize.py's suffix of tags without type; O has it, too.
_OUTSIDE_MISC = "O-MISC"


@dataclass(frozen=True)
class Concept:
    """A line of a .con file.

    Attributes:
      text: its words, lower case.
      first: sentence from 1 and word from 0 of its first word.
      last: the same of its last word.
      label: its type.
      file: which file it is of, where there are several.
    """

    text: str
    first: tuple[int, int]
    last: tuple[int, int]
    label: str
    file: str = ""


@dataclass(frozen=True)
class ConceptScore:
    """Fractions from 0 to 1 (0/0 is 0) and the numbers of concepts."""

    precision: float
    recall: float
    f1: float
    gold: int
    found: int


def concept_lines(
    sentences: Iterable[tuple[Sequence[str], Sequence[str]]],
) -> Iterator[str]:
    """Yields the lines of sentences' words and tags, without line feeds.

    An I after O, or after another type, begins a concept.
    """
    for number, (words, tags) in enumerate(sentences, 1):
        tags = ["O" if tag == _OUTSIDE_MISC else tag for tag in tags]
        for entity in lenient_entities(tags):
            text = " ".join(words[entity.start : entity.end]).lower()
            first = f"{number}:{entity.start}"
            last = f"{number}:{entity.end - 1}"
            label = entity.kind.capitalize()
            yield f'c="{text}" {first} {last}||t="{label}"'


def read_concepts(
    lines: Iterable[str], *, path: str, file: str = ""
) -> list[Concept]:
    """Returns the concepts of lines; blank ones are none.

    Args:
      lines: without line ends.
      path: where they are from, for messages.
      file: what the concepts' `file` is.

    Raises:
      InputError: a line that is no concept; text is not shown.
    """
    concepts = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise InputError(
                "the line is no concept",
                got=f"{len(line)} characters",
                expected='c="text" line:word line:word||t="label"',
                next_step="name files that format_for_i2b2_eval.py wrote",
                path=path,
                line=number,
            )
        first, last = ((int(match[i]), int(match[i + 1])) for i in (2, 4))
        concepts.append(Concept(match[1], first, last, match[6], file))
    return concepts


def score_concepts(
    gold: Sequence[Concept], found: Sequence[Concept]
) -> ConceptScore:
    """Returns exact precision, recall and F1.

    A concept told twice counts twice on its side, as in the original.
    """
    in_gold, in_found = frozenset(gold), frozenset(found)
    precision = _share(sum(c in in_gold for c in found), len(found))
    recall = _share(sum(c in in_found for c in gold), len(gold))
    f1 = _share(2 * precision * recall, precision + recall)
    return ConceptScore(precision, recall, f1, len(gold), len(found))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0

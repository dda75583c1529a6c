"""A clinical note -> the spans of its sentences.

Splitters behind one interface: rules of ours (the default, needing nothing),
and those of libraries, for a comparison or to repeat another's data. What a
sentence of a note is stands in tests/fixtures/clinical_sentences/README.md,
with sentences marked by hand that the rules are measured on.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from foundation.errors import InputError
from preprocessing.clinical import outside_splitters
from preprocessing.clinical.sentence_words import (
    CLINICAL_ENGLISH,
    CLINICAL_PORTUGUESE,
)
from preprocessing.sentence_rules import SentenceRules
from preprocessing.sentence_spans import sentence_spans
from preprocessing.word_spans import Span

DEFAULT_SPLITTER = "rules"

# The marks of MIMIC's de-identification: [**Last Name (STitle) 18**]. Some
# are broken by a line's end; the longest of MIMIC-III is shorter than this.
_LONGEST_MARK = 200
_MARK = re.compile(rf"\[\*\*.{{0,{_LONGEST_MARK}}}?\*\*\]", re.DOTALL)
_VISIBLE = re.compile(r"\S")


class SentenceSplitter(Protocol):
    """Finds the sentences of a text."""

    def __call__(self, text: str, /) -> list[Span]:
        """Returns the sentences of `text` as spans of characters, in order.

        They are stripped of white space, do not overlap, and together hold
        every character that is no white space.
        """


def split_sentences(text: str) -> list[Span]:
    """Returns the sentences of an English note, as `SentenceSplitter` does.

    A [**...**] mark is never cut.
    """
    return _split(text, CLINICAL_ENGLISH)


def split_portuguese_sentences(text: str) -> list[Span]:
    """Returns those of a Portuguese one, as `SentenceSplitter` does."""
    return _split(text, CLINICAL_PORTUGUESE)


def find_splitter(name: str) -> SentenceSplitter:
    """Returns the splitter of a name.

    Args:
      name: one of `SPLITTERS`, or "spacy:MODEL" with a model of spaCy's.

    Raises:
      InputError: there is none, or its library is not installed.
    """
    kind, colon, model = name.partition(":")
    if kind == "spacy" and model:
        return outside_splitters.spacy_model(model)
    if colon or kind not in SPLITTERS:
        raise InputError(
            "there is no such sentence splitter",
            got=name,
            expected=", ".join((*SPLITTERS, "spacy:MODEL")),
        )
    return SPLITTERS[kind]()


# Name -> what makes the splitter; a library is imported when it is called.
SPLITTERS: Mapping[str, Callable[[], SentenceSplitter]] = {
    "rules": lambda: split_sentences,
    "rules-pt": lambda: split_portuguese_sentences,
    "nltk": outside_splitters.nltk_punkt,
    "spacy": outside_splitters.spacy_sentencizer,
    "scispacy": outside_splitters.scispacy,
}


def _split(text: str, rules: SentenceRules) -> list[Span]:
    marks = [match.span() for match in _MARK.finditer(text)]
    plain = _MARK.sub(_as_name, text) if marks else text
    spans: list[Span] = []
    for start, end in sentence_spans(plain, rules=rules):
        if spans and (
            _cuts(marks, start) or _asks_nothing(text, spans[-1], start)
        ):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _as_name(mark: re.Match[str]) -> str:
    """Returns what reads like a name, as long and as wide as the mark."""
    return "X" + _VISIBLE.sub("x", mark[0][1:])


def _cuts(marks: Sequence[Span], position: int) -> bool:
    """Returns whether a position is inside one of the marks, in order."""
    after = bisect.bisect_left(marks, (position, position))
    return after > 0 and position < marks[after - 1][1]


def _asks_nothing(text: str, sentence: Span, following: int) -> bool:
    """Recognises "? Pneumonia", a guess: the mark stands by itself.

    Args:
      text: the whole text.
      sentence: what ends, perhaps, with the mark.
      following: where the next sentence starts.
    """
    start, end = sentence
    return (
        text[end - 1] == "?"
        and (end - 1 == start or text[end - 2].isspace())
        and "\n" not in text[end:following]
    )

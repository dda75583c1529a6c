"""A clinical note -> the spans of its sentences.

Splitters behind one interface: rules of ours (the default, needing nothing),
and those of libraries, for a comparison or to repeat another's data. What a
sentence of a note is stands in tests/fixtures/clinical_sentences/README.md,
with sentences marked by hand that the rules are measured on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
_QUERY = re.compile(r"(?:\A|\s)\?\Z")  # "? pneumonia" asks nothing
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
    broken = [mark for mark in marks if "\n" in text[slice(*mark)]]
    spans: list[Span] = []
    for start, end in sentence_spans(plain, rules=rules):
        if spans and _goes_on(text, start, before=spans[-1], marks=broken):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _as_name(mark: re.Match[str]) -> str:
    """Returns what reads like a name, as long and as wide as the mark."""
    return "X" + _VISIBLE.sub("x", mark[0][1:])


def _goes_on(text: str, start: int, *, before: Span, marks: list[Span]) -> bool:
    """Returns whether what starts here belongs to the sentence before."""
    if any(first < start < end for first, end in marks):
        return True
    return (
        text[before[1] - 1] == "?"
        and _QUERY.search(text, before[0], before[1]) is not None
        and "\n" not in text[before[1] : start]
    )

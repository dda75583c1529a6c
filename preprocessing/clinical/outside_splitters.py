"""Sentence splitters of libraries, behind the interface of ours.

None is installed with the kit (`pip install '.[sentences]'`); each is imported
when it is asked for. `scispacy` repeats clinicalBERT's: the model's parser,
given some boundaries beforehand, per text (format_mimic_for_BERT.py).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from foundation.errors import InputError
from preprocessing.word_spans import Span

# clinicalBERT's; of the tagger and the entities nothing is needed.
_SCISPACY_MODEL = "en_core_sci_md"
_NOT_NEEDED = ("tagger", "ner", "attribute_ruler", "lemmatizer")
_BOUNDARIES = "clinicalbert_boundaries"

_Split = Callable[[str], list[Span]]


def nltk_punkt() -> _Split:
    """Returns NLTK's Punkt, as trained on English newspapers.

    Raises:
      InputError: NLTK or its model is not installed.
    """
    punkt = _library("nltk.tokenize.punkt", package="nltk")
    try:
        tokenizer = punkt.PunktTokenizer("english")
    except LookupError:
        raise InputError(
            "NLTK has no sentence model",
            expected="its data package punkt_tab",
            next_step="python -m nltk.downloader punkt_tab",
        ) from None

    def split(text: str) -> list[Span]:
        return _stripped(text, tokenizer.span_tokenize(text))

    return split


def spacy_sentencizer() -> _Split:
    """Returns spaCy's `sentencizer`: marks alone, no model.

    Raises:
      InputError: spaCy is not installed.
    """
    pipeline = _library("spacy", package="spacy").blank("en")
    pipeline.add_pipe("sentencizer")
    return _of_pipeline(pipeline)


def spacy_model(name: str) -> _Split:
    """Returns the sentences of a model of spaCy's with a parser or a senter.

    Raises:
      InputError: spaCy or the model is not installed.
    """
    return _of_pipeline(_loaded(name))


def scispacy() -> _Split:
    """Returns clinicalBERT's splitter: scispaCy with given boundaries.

    After a full stop a word in title case starts a sentence; after a hyphen
    anything but a hyphen does. The last two tokens are not looked at.

    Raises:
      InputError: spaCy or scispaCy's model is not installed.
    """
    pipeline = _loaded(_SCISPACY_MODEL)
    language = _library("spacy.language", package="spacy").Language
    language.component(_BOUNDARIES, func=_clinicalbert_boundaries)
    pipeline.add_pipe(_BOUNDARIES, before="parser")
    return _of_pipeline(pipeline)


def _clinicalbert_boundaries(document: Any) -> Any:
    for token in document[:-2]:
        following = document[token.i + 1]
        if token.text == ".":
            following.is_sent_start = following.is_title or None
        elif token.text == "-" and following.text != "-":
            following.is_sent_start = True
    return document


def _library(module: str, *, package: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise InputError(
            f"the sentence splitter needs {package}, which is not installed",
            next_step=f"pip install {package} (or '.[sentences]' in the "
            "checkout), or take the splitter 'rules'",
        ) from None


def _loaded(name: str) -> Any:
    spacy = _library("spacy", package="spacy")
    try:
        return spacy.load(name, exclude=list(_NOT_NEEDED))
    except OSError:
        raise InputError(
            "spaCy cannot load the model",
            got=name,
            expected="the name of an installed model",
            next_step="install it from where its makers have it (scispaCy's: "
            "https://allenai.github.io/scispacy; what PyPI has under that "
            "name is not theirs), or take the splitter 'rules'",
        ) from None


def _of_pipeline(pipeline: Any) -> _Split:
    def split(text: str) -> list[Span]:
        # spaCy refuses longer texts, for the memory of a parser.
        pipeline.max_length = max(pipeline.max_length, len(text) + 1)
        return _stripped(
            text,
            ((s.start_char, s.end_char) for s in pipeline(text).sents),
        )

    return split


def _stripped(text: str, spans: Iterable[Span]) -> list[Span]:
    """Returns the spans without white space at their ends; empty ones not."""
    found = []
    for start, end in spans:
        sentence = text[start:end]
        start += len(sentence) - len(sentence.lstrip())
        end = start + len(sentence.strip())
        if start < end:
            found.append((start, end))
    return found

"""A paper as PubMed or PubMed Central has it, and what is wanted of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

# Numbers of PubMed and PMC run into each other, so two bits say whose it is.
_PUBMED, _PMC, _OTHER = range(3)
_HASH_BITS = 60

# ISO 639-2 as PubMed writes it, for the two letters that JATS has.
_THREE_LETTERS = {
    "de": "ger",
    "en": "eng",
    "es": "spa",
    "fr": "fre",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "nl": "dut",
    "pl": "pol",
    "pt": "por",
    "ru": "rus",
    "tr": "tur",
    "zh": "chi",
}


@dataclass(frozen=True)
class Section:
    """A part of an abstract or of a body.

    Attributes:
      label: its heading; "" without one.
      paragraphs: text without line breaks.
    """

    label: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """What a paper says in one language.

    Attributes:
      title: "" without one.
      abstract: its sections; () without one.
      body: the sections of the full text.
    """

    title: str = ""
    abstract: tuple[Section, ...] = ()
    body: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Article:
    """A paper.

    Attributes:
      key: the same for all versions of one paper.
      languages: of the paper, as PubMed abbreviates them: "eng", "por".
      year: of its publication; None where the record does not say.
      is_retracted: the paper is withdrawn, or is the notice that says so.
      is_truncated: PubMed cut its abstract, as it did until 2000.
      texts: by language; the first is the record's own.
    """

    key: int
    languages: tuple[str, ...]
    year: int | None
    is_retracted: bool
    is_truncated: bool = False
    texts: Mapping[str, Text] = field(default_factory=dict)


def pubmed_key(number: int) -> int:
    """Returns the key of a PMID."""
    return number << 2 | _PUBMED


def pmc_key(number: int) -> int:
    """Returns the key of a PMCID's number."""
    return number << 2 | _PMC


def other_key(name: str) -> int:
    """Returns the key of a paper that only another name tells apart."""
    digest = hashlib.sha256(name.encode()).digest()
    number = int.from_bytes(digest[:8], "big") >> (64 - _HASH_BITS)
    return number << 2 | _OTHER


def language_code(name: str) -> str:
    """Returns PubMed's code of a language: "por" for pt, pt-BR, POR."""
    lowered = name.strip().lower()
    return _THREE_LETTERS.get(lowered.partition("-")[0], lowered)

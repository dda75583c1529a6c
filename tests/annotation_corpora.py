"""Invented corpora of annotated text, and conversions run in this process."""

from __future__ import annotations

import pathlib
import random
import re
from collections import Counter

from absl import flags

from cli import annotation_conversion, annotation_flags
from preprocessing.annotations import writing
from preprocessing.annotations.document import AnnotatedDocument, Mention
from preprocessing.annotations.formats import (
    FORMATS,
    find_documents,
    read_documents,
)
from preprocessing.annotations.overlaps import with_text

TYPES = ("problem", "Drug-Name", "TEST_1")
# What tokenizers, Python and editors do not agree on.
_ODD = "\u00a0\xad\x0c\u2028\u0085\u200b\ufeff\x1c\r"
_LETTERS = "abcdefgh ABC xyz,.;:()-/%*\"'<>&áßñ日𝒜0123456789"
_WORDS = (
    *("aspirin", "81", "mg", "p.o.", "q.d.", "denies", "chest", "pain", ","),
    *(".", "O2", "sat", "98%", "<", "&", '"', "Patient", "café", "(", ")"),
)


def random_text(
    rng: random.Random, *, tokens: bool, lines: bool, odd: bool
) -> str:
    """Returns some lines: words between single blanks, or any characters."""
    letters = _LETTERS + _ODD if odd else _LETTERS
    made = []
    for _ in range(rng.randint(15, 30)):
        if tokens:
            words = rng.choices(_WORDS, k=rng.randint(6, 14))
            made.append(" ".join(words))
        else:
            made.append("".join(rng.choices(letters, k=rng.randint(40, 90))))
    if not lines:  # title and abstract
        return f"{made[0]}\n{' '.join(made[1:])}"
    breaks = ("\n",) if tokens else ("\n", "\n\n", "\n  ")
    return "".join(line + rng.choice(breaks) for line in made)


def random_document(
    rng: random.Random,
    name: str,
    *,
    num_mentions: int,
    tokens: bool,
    lines: bool,
    odd: bool,
) -> AnnotatedDocument:
    """Returns a document whose mentions do not overlap."""
    text = random_text(rng, tokens=tokens, lines=lines, odd=odd)
    if tokens:
        spans = [m.span() for m in re.finditer(r"\S+", text)]
    else:
        plain = [n for n, c in enumerate(text) if not c.isspace()]
        spans = [(n, n + 1) for n in plain if text[n] not in _ODD]
    longest = 3 if tokens else 20
    found: list[tuple[int, int]] = []
    at = 0
    while len(found) < num_mentions and at < len(spans):
        at += rng.randint(0, 3 if tokens else 12)
        last = at + rng.randint(1, longest) - 1
        if last >= len(spans):
            break
        start, end = spans[at][0], spans[last][1]
        # i2b2's are on a line, a paper's in its title or its abstract.
        if not ((tokens or not lines) and "\n" in text[start:end]):
            found.append((start, end))
        at = last + 1
    mentions = tuple(
        Mention(f"T{n}", rng.choice(TYPES), (span,))
        for n, span in enumerate(found, 1)
    )
    sections = ()
    if not lines:
        cut = text.index("\n")
        sections = ((0, cut), (cut + 1, len(text)))
    return AnnotatedDocument(name, text, mentions, sections)


def random_corpus(name: str, *, num_mentions: int, seed: int):
    """Returns documents that a format can hold as they are."""
    rng = random.Random(seed)
    documents = []
    while num_mentions:
        document = random_document(
            rng,
            f"{100 + len(documents)}-01",
            num_mentions=min(num_mentions, 40),
            tokens=name in ("i2b2_2010", "i2b2_2012"),
            lines=name not in ("pubtator", "bigbio"),
            odd=name in ("brat", "bigbio"),
        )
        num_mentions -= len(document.mentions)
        documents.append(document)
    return documents


def write(name: str, documents, folder: pathlib.Path) -> None:
    """Writes documents in a format."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == "brat":  # it has no mentions of line breaks alone
        documents = [with_text(d, account=Counter()) for d in documents]
    writing.write_corpus(
        name,
        documents,
        str(folder),
        stem="corpus",
        name_of=str,
        account=Counter(),
    )


def read(name: str, folder: pathlib.Path, *, mismatches: str = "error"):
    """Returns the documents of a folder and the account."""
    account: Counter[str] = Counter()
    sources = find_documents(name, str(folder))
    found = read_documents(
        name, sources, mismatches=mismatches, account=account
    )
    return list(found), account


def mentions_in(documents) -> Counter:
    """Counts document, type, parts and their text."""
    return Counter(
        (d.id, m.type, m.fragments, tuple(d.text[a:b] for a, b in m.fragments))
        for d in documents
        for m in d.mentions
    )


def convert(**values: object) -> list[str]:
    """Converts with these flags alone; returns the account's lines."""
    fv = flags.FlagValues()
    annotation_flags.define(fv)
    fv(["convert", *(f"--{k}={v}" for k, v in values.items())])
    return annotation_conversion.convert(fv)


def corpus_file(name: str, folder: pathlib.Path) -> pathlib.Path:
    """Returns what to give as --input."""
    return folder if FORMATS[name].is_folder else next(folder.glob("corpus.*"))

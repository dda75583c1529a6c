"""The formats by name: what reads them, and what they can hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from foundation.errors import InputError
from preprocessing.annotations import (
    bigbio,
    brat,
    i2b2_2006,
    i2b2_2014,
    i2b2_lines,
    pubtator,
)
from preprocessing.annotations.document import (
    ANNOTATIONS,
    Account,
    AnnotatedDocument,
)
from preprocessing.annotations.inputs import Source, find_sources

CONLL = "conll"


@dataclass(frozen=True)
class Format:
    """A format of annotated text.

    Attributes:
      endings: of its files of annotations.
      text_endings: of the texts beside them; none = the text is inside.
      overlaps: whether two mentions may share a character.
      parts: whether a mention may have several.
      own_lines: whether a line is a sentence.
      words: how clinicalBERT's notebooks found words; one of `tagged.WORDS`.
      types: those that are taken unless others are asked for.
      patient_pattern: what in a document's name is the patient.
      is_folder: whether each document is written to a file of its own.
    """

    endings: tuple[str, ...]
    text_endings: tuple[str, ...] = ()
    overlaps: bool = True
    parts: bool = False
    own_lines: bool = False
    words: str = "bert"
    types: tuple[str, ...] | None = None
    patient_pattern: str | None = None
    is_folder: bool = True


FORMATS = {
    "i2b2_2006": Format(
        (".xml",),
        overlaps=False,
        own_lines=True,
        words="space",
        is_folder=False,
    ),
    "i2b2_2010": Format((".con",), (".txt",), own_lines=True, words="space"),
    "i2b2_2012": Format(
        (".xml.extent", ".extent"),
        (".xml.txt", ".txt"),
        own_lines=True,
        words="space",
        # clinicalBERT tags these and no times.
        types=(
            *("OCCURRENCE", "EVIDENTIAL", "TREATMENT"),
            *("CLINICAL_DEPT", "PROBLEM", "TEST"),
        ),
    ),
    # A file is <patient>-<visit>.xml.
    "i2b2_2014": Format(
        (".xml",), words="space", patient_pattern=r"(\d+)-\d+\Z"
    ),
    "brat": Format((".ann",), (".txt",), parts=True),
    "pubtator": Format((".pubtator", ".PubTator", ".txt"), is_folder=False),
    "bigbio": Format((".jsonl",), parts=True, is_folder=False),
}


def find_documents(name: str, path: str) -> list[Source]:
    """Returns a format's files in a file or folder, by name."""
    form = FORMATS[name]
    return find_sources(
        path, endings=form.endings, text_endings=form.text_endings
    )


def read_documents(
    name: str, sources: list[Source], *, mismatches: str, account: Account
) -> Iterator[AnnotatedDocument]:
    """Yields the documents of files; counts their annotations.

    Args:
      name: of the format.
      sources: of `find_documents`.
      mismatches: one of `document.MISMATCHES`.
      account: counts what is read.

    Raises:
      InputError: a file cannot be read, or two documents have one name.
    """
    seen: set[str] = set()
    for source in sources:
        for document in _read(name, source, mismatches, account=account):
            if document.id in seen:
                raise InputError(
                    "two documents have one name",
                    got="a name that came before",
                    expected="a name of its own for each",
                    next_step="remove one, or convert their files apart",
                    path=source.path,
                )
            seen.add(document.id)
            account["documents"] += 1
            account[ANNOTATIONS] += len(document.mentions)
            yield document


def _read(
    name: str, source: Source, mismatches: str, *, account: Account
) -> Iterator[AnnotatedDocument]:
    if name == "i2b2_2006":
        return i2b2_2006.read_2006(source)
    if name in ("i2b2_2010", "i2b2_2012"):
        form = i2b2_lines.CONCEPTS
        if name == "i2b2_2012":
            form = i2b2_lines.EVENTS
        return i2b2_lines.read_lines(
            source, form, mismatches=mismatches, account=account
        )
    reader = {
        "i2b2_2014": i2b2_2014.read_2014,
        "brat": brat.read_folder,
        "pubtator": pubtator.read_pubtator,
        "bigbio": bigbio.read_bigbio,
    }[name]
    return reader(source, mismatches=mismatches, account=account)

"""Tagged documents -> train.tsv, dev.tsv, test.tsv and their side files.

A line is a word, a tab and its tag, as run_ner.py reads them; a blank line
ends a sentence, also the last one: clinicalBERT's reader lost it otherwise.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from foundation import files
from preprocessing.annotations.document import Account, AnnotatedDocument
from preprocessing.annotations.side_file import side_line, side_path
from preprocessing.annotations.tagged import (
    TaggedDocument,
    TypeNames,
    tag_document,
)
from preprocessing.word_spans import Span


@dataclass(frozen=True)
class Rows:
    """How documents become rows.

    Attributes:
      split: text -> its sentences' spans.
      words: one of `tagged.WORDS`.
    """

    split: Callable[[str], Sequence[Span]]
    words: str


@dataclass
class SplitAccount:
    """What one of the files holds."""

    documents: int = 0
    patients: set[str] = field(default_factory=set)
    sentences: int = 0
    words: int = 0
    entities: Counter[str] = field(default_factory=Counter)

    def add(self, tagged: TaggedDocument, patient: str) -> None:
        """Counts a document."""
        self.documents += 1
        self.patients.add(patient)
        self.sentences += len(tagged.sentences)
        self.words += sum(map(len, tagged.sentences))
        self.entities.update(
            tag[2:] for row in tagged.tags for tag in row if tag[0] == "B"
        )

    def as_json(self) -> dict[str, Any]:
        """Returns the numbers by name."""
        return {
            "documents": self.documents,
            "patients": len(self.patients),
            "sentences": self.sentences,
            "words": self.words,
            "entities": dict(sorted(self.entities.items())),
        }


def write_splits(
    documents: Iterable[tuple[AnnotatedDocument, str, str]],
    paths: Mapping[str, str],
    *,
    rows: Rows,
    account: Account,
) -> dict[str, SplitAccount]:
    """Writes the files of all splits; none appears unless all are written.

    Args:
      documents: with patient and split, as they fit rows of tags.
      paths: of the .tsv files, by split.
      rows: how documents become rows.
      account: counts what is changed and left out.
    """
    types = TypeNames()
    accounts = {split: SplitAccount() for split in paths}
    with contextlib.ExitStack() as stack:
        opened: dict[str, list[IO[Any]]] = {
            split: [
                stack.enter_context(files.write_atomically(p, private=True))
                for p in (path, side_path(path))
            ]
            for split, path in paths.items()
        }
        for document, patient, split in documents:
            tagged = tag_document(
                document,
                split=rows.split,
                words=rows.words,
                types=types,
                account=account,
            )
            table, side = opened[split]
            _write_rows(tagged, table)
            line = side_line(
                tagged, patient=patient, type_names=types.changed()
            )
            side.write(line + "\n")
            accounts[split].add(tagged, patient)
    return accounts


def _write_rows(tagged: TaggedDocument, file: IO[Any]) -> None:
    text = tagged.document.text
    for words, tags in zip(tagged.sentences, tagged.tags, strict=True):
        for (start, end), tag in zip(words, tags, strict=True):
            file.write(f"{text[start:end]}\t{tag}\n")
        file.write("\n")

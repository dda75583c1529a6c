"""Words with a tag each -> documents with mentions, by the file beside them."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Sequence

from absl import flags

from evaluation.entities import lenient_entities
from foundation import files
from foundation.errors import InputError
from preprocessing.annotations.document import (
    ANNOTATIONS,
    Account,
    AnnotatedDocument,
)
from preprocessing.annotations.side_file import (
    SideDocument,
    read_side_file,
    side_path,
)
from preprocessing.annotations.tagged import Entity, mentions_of, restored
from preprocessing.word_spans import Span
from tasks.readers import TaggedSentence, read_tagged_sentences

# ner_detokenize.py's suffix of tags without type; O has it, too.
_OUTSIDE_MISC = "O-MISC"
_SPACE = re.compile(r"\s")


def read_documents(
    fv: flags.FlagValues, account: Account
) -> Iterator[AnnotatedDocument]:
    """Yields the documents of --input, with what its tags name.

    An I after O begins an entity, as conlleval counts.

    Raises:
      InputError: files that cannot be read or do not belong together; text
        is not shown.
    """
    sentences = read_tagged_sentences(fv.input)
    beside = fv.documents or side_path(fv.input)
    if fv.documents or files.exists(beside):
        sides = read_side_file(beside)
    else:
        if fv.keep_attributes:
            raise InputError(
                "--keep_attributes has nowhere to take them from",
                got=f"no {beside}",
                expected="the .documents.jsonl of --input",
                next_step="name it with --documents",
            )
        sides = iter([_of_words(sentences, fv.input)])
    at = 0
    for side in sides:
        document = side.document
        rows = sentences[at : at + len(side.sentences)]
        at += len(side.sentences)
        _check_words(side, rows, path=fv.input)
        entities = [_entities(row) for row in rows]
        mentions = mentions_of(
            side.sentences, entities, type_names=side.type_names
        )
        if fv.keep_attributes:
            mentions = restored(mentions, document.mentions, side.sentences)
        account["documents"] += 1
        account[ANNOTATIONS] += len(mentions)
        yield AnnotatedDocument(
            document.id, document.text, mentions, document.sections
        )
    if at != len(sentences):
        raise _other_corpus(fv.input, sentences[at].line)


def _entities(row: TaggedSentence) -> list[Entity]:
    tags = ["O" if tag == _OUTSIDE_MISC else tag for tag in row.tags]
    return [
        (e.kind or "Entity", e.start, e.end) for e in lenient_entities(tags)
    ]


def _check_words(
    side: SideDocument, rows: Sequence[TaggedSentence], *, path: str
) -> None:
    """Raises InputError unless the rows are the document's words."""
    line = 0
    for spans, row in itertools.zip_longest(side.sentences, rows):
        if row is None:
            raise _other_corpus(path, line)
        line = row.line
        words = [_as_written(side.document.text[a:b]) for a, b in spans]
        if words != [_as_written(word) for word in row.words]:
            raise _other_corpus(path, line)


def _as_written(word: str) -> str:
    # As NER_result_conll.txt has a word with white space in it; the first
    # word of a file loses what is taken for a byte-order mark.
    return _SPACE.sub("_", word.removeprefix("\ufeff")) or "_"


def _other_corpus(path: str, line: int) -> InputError:
    return InputError(
        "the words are not those of the documents",
        got="other words, or another number of sentences",
        expected="the words of the .documents.jsonl, in its order",
        next_step="name the file that was written beside the words with "
        "--documents",
        path=path,
        line=line or None,
    )


def _of_words(sentences: Sequence[TaggedSentence], path: str) -> SideDocument:
    """Returns one document: words joined by a blank, sentences by a line."""
    rows: list[tuple[Span, ...]] = []
    lines, at = [], 0
    for sentence in sentences:
        row = []
        for word in sentence.words:
            row.append((at, at + len(word)))
            at += len(word) + 1
        rows.append(tuple(row))
        lines.append(" ".join(sentence.words))
    name = os.path.splitext(os.path.basename(path))[0]
    document = AnnotatedDocument(name, "\n".join(lines), ())
    return SideDocument(document, tuple(rows), {})

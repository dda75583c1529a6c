"""The files of a corpus of texts to its examples."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from foundation import files
from foundation.errors import InputError
from tasks.tables import Column, Table
from tasks.text_corpus import Layout, TextCorpus, find_file
from tasks.text_examples import ExampleReader, TextExample, join_documents
from tasks.text_readers import is_json_lines, read_tables

_log = logging.getLogger(__name__)
_NUMBER = re.compile(r"[\d.,]+")
_WITHOUT = {"dev": "--do_eval=false", "test": "--do_predict=false"}


@dataclass(frozen=True)
class TextFile:
    """A file that was read, for the log and the result file."""

    path: str
    sha256: str
    num_examples: int


def read_split(
    corpus: TextCorpus,
    data_dir: str,
    split: str,
    *,
    change: Callable[[str], str] | None = None,
) -> tuple[list[TextExample], list[TextFile]]:
    """Reads a split.

    Args:
      corpus: which files, columns, labels.
      data_dir: where they are.
      split: "train", "dev" or "test"; labels may be missing in test.
      change: what is done to each text, such as marking entities.

    Raises:
      InputError: a file is missing or unusable, with path and line.
    """
    path, layout = find_file(corpus, data_dir, split)
    _check_not_empty(path, split)
    examples: list[TextExample] = []
    used = []
    tables = _read(path, layout)
    for table in tables:
        reader = ExampleReader(
            corpus, layout, table, needs_label=split != "test"
        )
        if layout.has_header:
            reader.check_header()
        found = reader.examples(start=len(examples))
        examples += _changed(found, change, table.path)
        sha256 = files.sha256_of(table.path)
        used.append(TextFile(table.path, sha256, len(found)))
        _log.info("%s: %d examples", table.path, len(found))
    if corpus.joins_documents:
        examples = join_documents(examples, corpus)
    if not examples:
        raise InputError(
            "no example is left",
            got=f"{sum(len(table.rows) for table in tables)} rows, all of "
            "them left out",
            expected="at least one",
            next_step="check the file and its labels",
            path=path,
        )
    _check_texts(examples, path)
    return examples, used


def _check_texts(examples: Sequence[TextExample], path: str) -> None:
    """Raises InputError where a column of numbers was taken for texts."""
    if examples and all(_NUMBER.fullmatch(e.text_a) for e in examples):
        raise InputError(
            "the column of the text holds numbers alone",
            got=f"{len(examples)} rows",
            expected="texts",
            next_step="name the column: --text_col (for pairs --text_b_col "
            "too), by its name or its index from 0",
            path=path,
            line=examples[0].line,
        )


def _check_not_empty(path: str, split: str) -> None:
    """Says what to do without a split: BioBERT's GAD has an empty dev.tsv."""
    if files.is_directory(path) or files.size_of(path):
        return
    flag = _WITHOUT.get(split)
    raise InputError(
        f"the {split} file is empty",
        got="0 bytes",
        expected="at least one row",
        next_step=(f"pass {flag}, or " if flag else "")
        + f"give the folder a {split} file with rows",
        path=path,
    )


def _read(path: str, layout: Layout) -> list[Table]:
    columns: Sequence[Column] = (*layout.text_a, *layout.text_b, *layout.label)
    return read_tables(
        path,
        layout.reader,
        has_header=layout.has_header,
        names=[column for column in columns if isinstance(column, str)],
    )


def _changed(
    examples: Sequence[TextExample],
    change: Callable[[str], str] | None,
    path: str,
) -> list[TextExample]:
    """Returns examples with changed texts; errors name the line."""
    if change is None:
        return list(examples)
    changed = []
    for example in examples:
        text_b = example.text_b
        try:
            changed.append(
                replace(
                    example,
                    text_a=change(example.text_a),
                    text_b=None if text_b is None else change(text_b),
                )
            )
        except InputError as error:
            raise error.at(path, example.line) from error
    return changed


def read_raw(
    corpus: TextCorpus,
    path: str,
    *,
    change: Callable[[str], str] | None = None,
) -> list[TextExample]:
    """Reads texts to predict, without labels.

    Args:
      corpus: whose test columns; in a .txt file, and in a table of one or
        two columns without header, the texts come first.
      path: .txt, .tsv, .csv or .jsonl, or a file as the corpus's own.
      change: as for `read_split`.

    Raises:
      InputError: it cannot be read, or lacks a column.
    """
    layout = _raw_layout(corpus, path)
    examples: list[TextExample] = []
    for table in _read(path, layout):
        of_table = layout
        if layout.reader == "table" and table.header is None:
            table = _whole_lines(corpus, layout, table)
            of_table = _headless(corpus, layout, table)
        reader = ExampleReader(corpus, of_table, table, needs_label=False)
        found = reader.examples(start=len(examples))
        examples += _changed(found, change, table.path)
    if corpus.joins_documents:
        examples = join_documents(examples, corpus)
    _check_texts(examples, path)
    return examples


def _raw_layout(corpus: TextCorpus, path: str) -> Layout:
    """Returns how a file of texts is read, by its ending."""
    ending = path.rpartition(".")[2].lower()
    own = corpus.test[0].reader
    reader = {"tsv": "table", "csv": "table", "jsonl": "jsonl"}.get(ending)
    if ending == "txt" and own in ("table", "jsonl"):
        reader = "jsonl" if is_json_lines(path) else "table"
    reader = reader or own
    fitting = [each for each in corpus.test if each.reader == reader]
    layout = replace(
        (fitting or list(corpus.test))[0],
        reader=reader,
        label=(),
        only=None,
        has_header=None,
        skips_short=False,
    )
    if ending == "txt" and reader == "table":  # a text a line
        return replace(layout, has_header=False)
    return layout


def _whole_lines(corpus: TextCorpus, layout: Layout, table: Table) -> Table:
    """Returns a .txt file's lines as one text each, tabs and all.

    Not where a tab may part two texts, or where a column was asked for.
    """
    if not table.path.casefold().endswith(".txt"):
        return table
    blank = table.rows[-1].line - len(table.rows)
    if blank:
        _log.warning("%s: %d blank lines: left out", table.path, blank)
    if _is_pair(corpus) or _is_asked_for(layout):
        return table
    rows = [replace(row, cells=("\t".join(row.cells),)) for row in table.rows]
    return replace(table, rows=tuple(rows))


def _is_pair(corpus: TextCorpus) -> bool:
    return any(each.text_b for each in corpus.test)


def _is_asked_for(layout: Layout) -> bool:
    """Returns whether --text_col gave the column: no other is thought of."""
    return len(layout.text_a) == 1 and isinstance(layout.text_a[0], int)


def _headless(corpus: TextCorpus, layout: Layout, table: Table) -> Layout:
    """Returns where the texts of a table without header are."""
    width = max(len(row.cells) for row in table.rows)
    if width > 2 or _is_asked_for(layout):
        return layout
    is_pair = _is_pair(corpus)
    return replace(
        layout,
        text_a=(0,),
        text_b=(1,) if is_pair else (),
        may_be_single=any(each.may_be_single for each in corpus.test),
        example_id=(),
    )

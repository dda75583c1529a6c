"""Files of labelled texts, of whatever form, to tables.

A table for TSV and CSV; JSON lines and the files of PubMedQA and RACE become
tables too, with the keys as names of columns.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError
from tasks import pubmedqa_split
from tasks.columns import split_lines
from tasks.tables import Row, Table, read_table

_NEXT_STEP = "check --data_dir and the file's form"
RACE_COLUMNS = ("id", "article", "question", "A", "B", "C", "D", "answer")
RACE_LEVELS = ("middle", "high")


def read_tables(
    path: str,
    reader: str,
    *,
    has_header: bool | None = None,
    names: Collection[str] = (),
) -> list[Table]:
    """Returns what a file, or a folder of them, holds.

    Args:
      path: of the file.
      reader: "table", "jsonl", "pubmedqa", one of its parts
        ("pubmedqa:train"), "race", or one of its levels ("race:high").
      has_header: of a "table"; None recognises it.
      names: of columns, that the header of a "table" may have.

    Raises:
      InputError: it cannot be read, or has no rows.
    """
    if reader == "table":
        return [read_table(path, has_header=has_header, names=names)]
    name, _, part = reader.partition(":")
    if name == "pubmedqa":
        return _read_pubmedqa(path, part)
    if name == "race":
        return _read_race(path, [part] if part else RACE_LEVELS)
    return _read_jsonl(path)


def is_json_lines(path: str) -> bool:
    """Returns whether a file begins as one of JSON objects does."""
    text = files.read_text(path, what="the text file", next_step=_NEXT_STEP)
    return text.lstrip().startswith("{")


def _read_jsonl(path: str) -> list[Table]:
    """Reads an object a line (MedNLI, SciBERT); lists become a,b,c."""
    text = files.read_text(path, what="the corpus file", next_step=_NEXT_STEP)
    objects = [
        (number, _object(line, path=path, number=number))
        for number, line in split_lines(text)
        if line.strip()
    ]
    return [_table(path, objects)]


def _object(line: str, *, path: str, number: int) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        value, got = None, f"{error.msg} in column {error.colno}"
    else:
        got = f"a {type(value).__name__}"
    if not isinstance(value, dict):
        raise InputError(
            "a line is no JSON object",
            got=got,
            expected='{"sentence1": "...", ...}',
            next_step="mend this line",
            path=path,
            line=number,
        )
    return value


def _table(
    path: str, objects: Sequence[tuple[int, Mapping[str, Any]]]
) -> Table:
    header = tuple(dict.fromkeys(k for _, value in objects for k in value))
    if not objects:
        raise InputError(
            "a corpus file without rows",
            got="blank lines alone",
            expected="at least one row",
            next_step="check the file",
            path=path,
        )
    rows = []
    for number, value in objects:
        cells = tuple(_cell(value.get(key)) for key in header)
        missing = [i for i, k in enumerate(header) if value.get(k) is None]
        rows.append(Row(number, cells, frozenset(missing)))
    return Table(path, header, tuple(rows))


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def _read_pubmedqa(path: str, part: str) -> list[Table]:
    """Reads an object of questions by PubMed id, or a part of it."""
    found = json_files.read_object(
        path, what="PubMedQA's file", next_step=_NEXT_STEP
    )
    rows = []
    for number, (pubmed_id, entry) in enumerate(found.items(), 1):
        try:
            row = {
                "id": pubmed_id,
                "question": entry["QUESTION"],
                "context": " ".join(entry["CONTEXTS"]),
                "label": entry.get("final_decision"),
            }
        except (AttributeError, KeyError, TypeError) as error:
            raise InputError(
                "an entry is not as PubMedQA's",
                got=f"entry {number} without QUESTION or CONTEXTS",
                expected='{"QUESTION": "...", "CONTEXTS": ["...", ...]}',
                next_step=_NEXT_STEP,
                path=path,
            ) from error
        rows.append((number, row))
    if part:
        decisions = {row["id"]: str(row["label"]) for _, row in rows}
        ids = set(pubmedqa_split.split(decisions)[part])
        rows = [(n, row) for n, row in rows if row["id"] in ids]
    return [_table(path, rows)]


def _read_race(path: str, levels: Sequence[str]) -> list[Table]:
    """Reads a split's folder: middle and high, all.txt or a file a text."""
    names = [path]
    if files.is_directory(path):
        folders = [files.join(path, level) for level in levels]
        found = [folder for folder in folders if files.is_directory(folder)]
        names = [name for folder in found for name in _race_files(folder)]
    tables = [
        Table(name, RACE_COLUMNS, tuple(_race_rows(name))) for name in names
    ]
    if not any(table.rows for table in tables):
        raise InputError(
            "a corpus folder without rows",
            got=f"no files in {' or '.join(levels)}",
            expected="middle/all.txt, high/all.txt or a .txt file a text",
            next_step="name RACE's folder as --data_dir",
            path=path,
        )
    return tables


def _race_files(folder: str) -> list[str]:
    names = [n for n in files.list_directory(folder) if n.endswith(".txt")]
    if "all.txt" in names:
        names = ["all.txt"]
    return [files.join(folder, name) for name in sorted(names)]


def _race_rows(path: str) -> Iterator[Row]:
    """Yields a row for each question of each article in a file."""
    text = files.read_text(path, what="RACE's file", next_step=_NEXT_STEP)
    for number, line in split_lines(text):
        if not line.strip():
            continue
        entry = _object(line, path=path, number=number)
        try:
            parts = zip(
                entry["questions"],
                entry["options"],
                entry.get("answers") or [""] * len(entry["questions"]),
                strict=True,
            )
            for index, (question, options, answer) in enumerate(parts):
                first, second, third, fourth = options
                yield Row(
                    number,
                    (
                        f"{entry.get('id', number)}-{index}",
                        entry["article"],
                        question,
                        *(first, second, third, fourth),
                        answer,
                    ),
                )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "an article is not as RACE's",
                got="other keys, or questions without four options each",
                expected="article, questions, options, answers",
                next_step=_NEXT_STEP,
                path=path,
                line=number,
            ) from error

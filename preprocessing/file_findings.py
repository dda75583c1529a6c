"""Findings about the files of a corpus: their bytes and whether they count."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator, Sequence

from preprocessing.corpus_statistics import CorpusStatistics, FileStatistics
from preprocessing.findings import ALL_FILES, ERROR, NOTE, WARNING, Finding


def about_encoding(files: Sequence[FileStatistics]) -> Iterator[Finding]:
    """Yields what is wrong with the bytes."""
    for file in files:
        if not file.num_invalid:
            continue
        encoding = "UTF-16" if file.is_utf16 else "ISO-8859-1"
        yield Finding(
            ERROR,
            "invalid_utf8",
            f"{file.num_invalid} lines are not UTF-8, this the first",
            f"{file.path}:{file.first_invalid}",
            f"convert the file, for example with `iconv -f {encoding} -t "
            "UTF-8`",
        )
    for count, name, what, next_step in (
        (
            lambda file: file.num_nul,
            "nul_bytes",
            "bytes are 0, as in UTF-16 or a binary file",
            "convert the file to UTF-8 text, or leave it out",
        ),
        (
            lambda file: file.num_returns,
            "lone_carriage_returns",
            "carriage returns without a line end are deleted, as in the "
            "original, and join the words around them",
            "`tr '\\r' '\\n'` makes them line ends",
        ),
        (
            lambda file: file.num_replacements,
            "replacement_characters",
            "characters are U+FFFD: an earlier conversion lost text",
            "convert the source once more, with its right encoding",
        ),
    ):
        total = sum(map(count, files))
        if total:
            yield Finding(
                WARNING, name, f"{total} {what}", most(files, count), next_step
            )


def most(
    files: Sequence[FileStatistics], count: Callable[[FileStatistics], int]
) -> str:
    """Names the file with most of something, and how many have it too."""
    concerned = sum(count(file) > 0 for file in files)
    path = max(files, key=count).path
    return path if concerned < 2 else f"{path} and {concerned - 1} more"


def about_files(statistics: CorpusStatistics) -> Iterator[Finding]:
    """Yields how much there is, and files that add nothing or too much."""
    files = statistics.files
    yield Finding(
        NOTE,
        "files",
        f"{len({x.path for x in files})} files, "
        f"{sum(x.num_bytes for x in files):,} bytes, "
        f"{sum(x.num_lines for x in files):,} lines",
        ALL_FILES,
    )
    if not statistics.num_documents:
        yield Finding(
            ERROR,
            "no_instances",
            "no line has a piece of text, so that no instance can be made",
            most(files, lambda file: file.num_bytes) if files else ALL_FILES,
            "give --input_file text with one sentence a line and a blank "
            "line between documents",
        )
        return
    empty = [file.path for file in files if not file.num_sentences]
    if empty:
        yield Finding(
            WARNING,
            "empty_files",
            f"{len(empty)} of {len(files)} files have no sentence",
            empty[0],
            "see whether they were written to the end",
        )
    times = collections.Counter(file.part for file in files)
    twice = [part.path for part, count in times.items() if count > 1]
    if twice:
        yield Finding(
            WARNING,
            "file_named_twice",
            f"{len(twice)} files are named more than once, and read as often",
            twice[0],
            "name each file once in --input_file",
        )

"""The report of a ledger: where it goes, and whose sentences are in it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from absl import flags

from foundation import disk, files
from foundation.errors import InputError
from reporting import report_page
from reporting.ledger import LedgerRow, read_ledger
from reporting.report_data import Group, collect
from reporting.report_experiment import Sources

FILE_NAME = "report.html"
_PUBLIC, _ALL, _NONE = "public", "all", "none"


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_string(
        "output",
        None,
        f"The file to write; not set: {FILE_NAME} beside the ledger. One that "
        "is there is replaced.",
        flag_values=fv,
    )
    flags.DEFINE_list(
        "show_texts",
        [_PUBLIC],
        f'Whose sentences with errors are in the file: "{_PUBLIC}" = all '
        "experiments but those on clinical notes, names of experiments, "
        f'"{_ALL}" = of clinical notes too, "{_NONE}"; a comma between them. '
        "Others are not in the file at all.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the stack trace of an error.", flag_values=fv
    )


def write(words: Sequence[str], fv: flags.FlagValues) -> str:
    """Writes the report that the command line asks for; returns its path.

    Args:
      words: of the command line that are no flags: the ledger.
      fv: parsed flags.

    Raises:
      InputError: no ledger, no results in it, an experiment that it does not
        have, a file that cannot be written.
    """
    return write_report(
        _ledger(words), output=fv.output, show_texts=fv.show_texts
    )


def write_report(
    ledger: str,
    *,
    output: str | None = None,
    show_texts: Sequence[str] = (_PUBLIC,),
) -> str:
    """Writes the report of a ledger; returns its path.

    Args:
      ledger: path of the ledger.
      output: path of the report; None: beside the ledger.
      show_texts: whose sentences with errors are in it, as --show_texts.

    Raises:
      InputError: as `write`.
    """
    rows = read_ledger(ledger)
    groups = [group for report in collect(rows) for group in report.groups]
    _check_results(rows, groups, ledger)
    sources = Sources(ledger, _with_texts(show_texts, groups))
    path: str = output or files.join(os.path.dirname(ledger), FILE_NAME)
    same = files.real_path(path) == files.real_path(ledger)
    if same or files.is_directory(path):
        raise InputError(
            "the report cannot be written there",
            got="the ledger itself" if same else "a folder",
            expected="the name of a file, as report.html",
            next_step="give --output another name",
            path=path,
        )
    if os.path.dirname(path):
        files.make_directory(os.path.dirname(path))
    disk.check_writable(os.path.dirname(path) or ".")
    with files.write_atomically(path) as file:
        file.write(report_page.page(rows, sources))
    return path


def _ledger(words: Sequence[str]) -> str:
    if not words:
        raise InputError(
            "no ledger is given",
            got="no word",
            expected="the path of a ledger.jsonl",
            next_step="`python scripts/write_report.py --help` has an example",
        )
    path = words[0]
    files.check_readable(
        path, what="the ledger", next_step="give the ledger.jsonl of a run"
    )
    return path


def _check_results(
    rows: Sequence[LedgerRow], groups: Sequence[Group], ledger: str
) -> None:
    if not groups:
        raise InputError(
            "the ledger has no results",
            got=f"{len(rows)} lines, none of them a result",
            expected="one scored run or more",
            next_step="run `python scripts/reproduce.py` first",
            path=ledger,
        )


def _with_texts(
    wanted: Sequence[str], groups: Sequence[Group]
) -> frozenset[tuple[str, str]]:
    """Returns (table, experiment) of those whose sentences are shown."""
    names = {name for name in wanted if name}
    known = {group.experiment for group in groups}
    unknown = sorted(names - known - {_PUBLIC, _ALL, _NONE})
    if unknown:
        raise InputError(
            "the ledger has no such experiment",
            got=f"--show_texts={unknown[0][:60]}",
            expected=f"{_PUBLIC}, {_ALL}, {_NONE} or one of "
            f"{', '.join(sorted(known))}",
            next_step="give names as the ledger has them",
        )
    return frozenset(
        (group.table, group.experiment)
        for group in groups
        if _ALL in names
        or group.experiment in names
        or (_PUBLIC in names and not group.is_clinical)
    )

"""A corpus of annotated text from one format to another, and the account."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from typing import Any

from absl import flags

from cli import annotation_flags, annotation_rows, leftovers
from foundation import disk, files, private_files
from foundation.errors import InputError
from foundation.temporary_names import temporary_name
from inference.document_file_names import DocumentFileNames
from preprocessing.annotations import conll_files, writing
from preprocessing.annotations.dealing import deal, patient_of
from preprocessing.annotations.document import (
    ANNOTATIONS,
    LEFT_OUT,
    Account,
    AnnotatedDocument,
)
from preprocessing.annotations.formats import (
    CONLL,
    FORMATS,
    find_documents,
    read_documents,
)
from preprocessing.annotations.i2b2_lines import line_spans
from preprocessing.annotations.inputs import Source
from preprocessing.annotations.overlaps import MORE, asked_mentions
from preprocessing.annotations.side_file import side_path
from preprocessing.annotations.tagged import ENTITIES
from preprocessing.clinical.sentences import find_splitter

REPORT = "conversion.json"  # the end of its name
_SAFE_NAME = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*")


def convert(fv: flags.FlagValues) -> list[str]:
    """Converts what the flags name; returns the account's lines.

    Raises:
      InputError: flags that do not fit, files that cannot be read or are in
        the way; text is not shown.
    """
    annotation_flags.check(fv)
    account: Account = Account()
    if fv.to_format == CONLL:
        paths, details = _to_conll(fv, account)
    else:
        paths, details = _to_format(fv, account), {}
    _check_balance(account)
    private_files.warn(
        "The files hold whole texts: only you can read them (mode 0600)."
    )
    report = {
        "from_format": fv.from_format,
        "to_format": fv.to_format,
        "counts": {k: account[k] for k in _in_order(account) if account[k]},
        **details,
    }
    path = _report_path(fv)
    with files.write_atomically(path, private=True) as file:
        json.dump(report, file, indent=2, ensure_ascii=False)
        file.write("\n")
    return [*_lines(report), f"{len(paths)} files, {path}"]


def _in_order(account: Account) -> list[str]:
    first = ["documents", ANNOTATIONS, ENTITIES]
    return [*first, *sorted(account.keys() - {*first})]


def _report_path(fv: flags.FlagValues) -> str:
    name: str = fv.split if fv.to_format == CONLL else _stem(fv)
    return files.join(fv.output_dir, f"{name}.{REPORT}")


def _stem(fv: flags.FlagValues) -> str:
    return os.path.splitext(os.path.basename(str(fv.input).rstrip("/")))[0]


def _lines(report: dict[str, Any]) -> Iterator[str]:
    for name, count in report["counts"].items():
        yield f"{name}: {count}"
    for split, numbers in report.get("splits", {}).items():
        yield split
        for name, value in numbers.items():
            if name != "entities":
                yield f"  {name}: {value}"
        for kind, count in numbers["entities"].items():
            yield f"  {kind}: {count}"


def _check_balance(account: Account) -> None:
    """What was read is what was written and what was left out."""
    read = account[ANNOTATIONS] + account[MORE]
    left = sum(n for name, n in account.items() if name.startswith(LEFT_OUT))
    if read != account[ENTITIES] + left:
        raise ValueError(
            f"{read} annotations read, {account[ENTITIES]} written, {left} "
            "left out"
        )


def _documents(
    fv: flags.FlagValues, sources: list[Source], account: Account
) -> Iterator[AnnotatedDocument]:
    """Yields the documents as the target can hold them."""
    policy = annotation_flags.read_policy(fv)
    form = FORMATS.get(fv.to_format)
    if fv.from_format == CONLL:
        documents = annotation_rows.read_documents(fv, account)
    else:
        documents = read_documents(
            fv.from_format, sources, mismatches=fv.mismatches, account=account
        )
    for document in documents:
        yield writing.fitted(
            asked_mentions(document, policy, account=account),
            policy,
            parts=form is not None and form.parts,
            overlaps=form is not None and form.overlaps,
            account=account,
        )


def _to_conll(
    fv: flags.FlagValues, account: Account
) -> tuple[list[str], dict[str, Any]]:
    shares = {"dev": fv.dev_fraction, "test": fv.test_fraction}
    shares = {split: share for split, share in shares.items() if share}
    paths = {
        split: files.join(fv.output_dir, f"{split}.tsv")
        for split in (fv.split, *shares)
    }
    sides = [side_path(path) for path in paths.values()]
    pattern = annotation_flags.read_patient_pattern(fv)
    sentences, rows = _rows(fv)
    sources = find_documents(fv.from_format, fv.input)
    _open_folder(fv, [*paths.values(), *sides, _report_path(fv)])
    dealt = _dealt(fv, sources, shares) if shares else {}
    accounts = conll_files.write_splits(
        (
            (document, patient, dealt.get(patient, fv.split))
            for document in _documents(fv, sources, account)
            for patient in [patient_of(document.id, pattern)]
        ),
        paths,
        rows=rows,
        account=account,
    )
    details = {
        "sentences": sentences,
        "words": rows.words,
        "seed": fv.seed if shares else None,
        "splits": {name: found.as_json() for name, found in accounts.items()},
    }
    return [*paths.values(), *sides], details


def _rows(fv: flags.FlagValues) -> tuple[str, conll_files.Rows]:
    """Returns what finds sentences, by name, and how rows are made."""
    form = FORMATS[fv.from_format]
    default = annotation_flags.LINES if form.own_lines else "rules"
    name = fv.sentences or default
    is_lines = name == annotation_flags.LINES
    split = line_spans if is_lines else find_splitter(name)
    return name, conll_files.Rows(split, fv.words or form.words)


def _dealt(
    fv: flags.FlagValues, sources: list[Source], shares: dict[str, float]
) -> dict[str, str]:
    """Returns the split of each patient; the corpus is read for it."""
    pattern = annotation_flags.read_patient_pattern(fv)
    found = read_documents(
        fv.from_format,
        sources,
        mismatches=fv.mismatches,
        account=Account(),  # counted when it is read again
    )
    patients = [patient_of(document.id, pattern) for document in found]
    return deal(patients, seed=fv.seed, shares=shares, rest=fv.split)


def _to_format(fv: flags.FlagValues, account: Account) -> list[str]:
    is_folder = FORMATS[fv.to_format].is_folder
    if not is_folder:
        ending = writing.ONE_FILE[fv.to_format]
        path = files.join(fv.output_dir, _stem(fv) + ending)
        _open_folder(fv, [path, _report_path(fv)])
    sources = []
    if fv.from_format != CONLL:
        sources = find_documents(fv.from_format, fv.input)
    names = _FileNames()
    with _whole_folder(fv) if is_folder else _as_it_is(fv) as folder:
        paths = writing.write_corpus(
            fv.to_format,
            _documents(fv, sources, account),
            folder,
            stem=_stem(fv),
            name_of=names.name_of,
            account=account,
        )
        names.write(folder)
    return paths


class _FileNames:
    """Documents' names as paths; hashed where they cannot be a file's."""

    def __init__(self) -> None:
        self._names = DocumentFileNames()

    def name_of(self, document: str) -> str:
        """Returns a path without ending, by which no file meets another."""
        if _SAFE_NAME.fullmatch(document):
            *folders, base = document.split("/")
            # DocumentFileNames knows names that differ in case alone.
            if self._names.name_of("-".join([*folders, base])) == "-".join(
                [*folders, base]
            ):
                return document
        return self._names.name_of(document)

    def write(self, folder: str) -> None:
        """Writes file_names.jsonl, where names were changed."""
        if not self._names.changed:
            return
        path = files.join(folder, "file_names.jsonl")
        with files.write_atomically(path, private=True) as file:
            for document, name in self._names.changed.items():
                line = {"document": document, "file": name}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _open_folder(fv: flags.FlagValues, paths: list[str]) -> None:
    """Makes the folder; raises InputError for files that are there."""
    for path in paths:
        if files.exists(path) and not fv.overwrite:
            raise InputError(
                "the output is there already",
                got="a file",
                expected="no file",
                next_step="add --overwrite, or choose another --output_dir",
                path=path,
            )
    files.make_directory(fv.output_dir)
    disk.check_writable(fv.output_dir)
    leftovers.remove(paths)


@contextlib.contextmanager
def _as_it_is(fv: flags.FlagValues) -> Iterator[str]:
    yield fv.output_dir


@contextlib.contextmanager
def _whole_folder(fv: flags.FlagValues) -> Iterator[str]:
    """Yields a folder that takes --output_dir's name once all is written."""
    target = fv.output_dir.rstrip("/")
    if fv.overwrite:
        raise InputError(
            "a folder of documents is not overwritten",
            got=f"--overwrite with --to_format={fv.to_format}",
            expected="an --output_dir that is not there, or empty",
            next_step="move the folder away, and leave --overwrite out",
        )
    if files.exists(target) and (
        not files.is_directory(target) or files.list_directory(target)
    ):
        raise InputError(
            "the output folder is not empty",
            got="a file, or a folder with files",
            expected="no such folder, or an empty one",
            next_step="choose another --output_dir",
            path=target,
        )
    leftovers.remove([target])
    temporary = temporary_name(target)
    files.make_directory(temporary)
    try:
        yield temporary
        files.rename(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise

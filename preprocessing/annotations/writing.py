"""Documents with mentions -> a corpus in one of the formats."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from foundation import files
from foundation.errors import InputError
from preprocessing.annotations import (
    bigbio,
    brat,
    i2b2_2006,
    i2b2_2014,
    i2b2_lines,
    pubtator,
)
from preprocessing.annotations.document import Account, AnnotatedDocument
from preprocessing.annotations.formats import FORMATS
from preprocessing.annotations.overlaps import (
    Policy,
    in_one_part,
    with_text,
    without_overlaps,
)
from preprocessing.annotations.tagged import ENTITIES

ONE_FILE = {"i2b2_2006": ".xml", "pubtator": ".pubtator", "bigbio": ".jsonl"}
_TYPES_FILE = "annotation.conf"


def fitted(
    document: AnnotatedDocument,
    policy: Policy,
    *,
    parts: bool,
    overlaps: bool,
    account: Account,
) -> AnnotatedDocument:
    """Returns a document as a format can hold it, by a policy, counted.

    Args:
      document: as it was read.
      policy: says what becomes of mentions that do not fit.
      parts: whether the format has mentions of several parts.
      overlaps: whether it has mentions that overlap.
      account: counts what is left out and changed.
    """
    document = with_text(document, account=account)
    if not parts:
        document = in_one_part(document, policy, account=account)
    if not overlaps:
        document = without_overlaps(document, policy, account=account)
    return document


def write_corpus(
    name: str,
    documents: Iterable[AnnotatedDocument],
    folder: str,
    *,
    stem: str,
    name_of: Callable[[str], str],
    account: Account,
) -> list[str]:
    """Writes documents that fit a format; returns the paths of the files.

    Args:
      name: of the format.
      documents: each is read when it is written.
      folder: where the files go; it is there.
      stem: the name of a file of all documents, without ending.
      name_of: document -> file name without ending, for formats with a file
        a document; "/" in it makes folders.
      account: counts what is written.
    """
    if name in ONE_FILE:
        path = files.join(folder, stem + ONE_FILE[name])
        with files.write_atomically(path, private=True) as file:
            for part in _parts(name, documents, account):
                file.write(part)
        return [path]
    paths, types = list[str](), set[str]()
    for document in documents:
        stem = files.join(folder, *name_of(document.id).split("/"))
        files.make_directory(os.path.dirname(stem))
        for ending, text in _files_of(name, document, account).items():
            path = stem + ending
            if path in paths[-2:] or files.exists(path):
                raise _in_the_way(path)
            with files.write_atomically(path, private=True) as file:
                file.write(text)
            paths.append(path)
        account[ENTITIES] += len(document.mentions)
        types |= {mention.type for mention in document.mentions}
    if name == "brat":
        brat.write_types(files.join(folder, _TYPES_FILE), sorted(types))
    return paths


def _parts(
    name: str, documents: Iterable[AnnotatedDocument], account: Account
) -> Iterator[str]:
    counted = _counted(documents, account)
    if name == "i2b2_2006":
        yield from i2b2_2006.xml_2006(counted)
        return
    for document in counted:
        if name == "bigbio":
            yield bigbio.line_of(document, account=account) + "\n"
        else:
            lines = pubtator.lines_of(document, account=account)
            yield "".join(line + "\n" for line in lines)


def _counted(
    documents: Iterable[AnnotatedDocument], account: Account
) -> Iterator[AnnotatedDocument]:
    for document in documents:
        account[ENTITIES] += len(document.mentions)
        yield document


def _files_of(
    name: str, document: AnnotatedDocument, account: Account
) -> dict[str, str]:
    """Returns the files of one document, text by ending."""
    if name == "i2b2_2014":
        return {".xml": i2b2_2014.xml_2014(document)}
    text_ending, ending = (
        FORMATS[name].text_endings[0],
        FORMATS[name].endings[0],
    )
    if name == "brat":
        lines = brat.annotations_of(document)
    else:
        form = i2b2_lines.CONCEPTS
        if name == "i2b2_2012":
            form = i2b2_lines.EVENTS
        lines = i2b2_lines.lines_of(document, form, account=account)
    return {
        text_ending: document.text,
        ending: "".join(line + "\n" for line in lines),
    }


def _in_the_way(path: str) -> InputError:
    return InputError(
        "a file is in the way",
        got="a file of that name",
        expected="none",
        next_step="choose another --output_dir",
        path=path,
    )

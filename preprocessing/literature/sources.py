"""Files of PubMed and PMC -> papers, one by one.

XML of either kind, compressed or not (.xml, .nxml, .gz), and archives of such
files (.tar, .tar.gz, .tgz), which are read as a stream and never unpacked.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from xml.etree.ElementTree import Element

from foundation import files
from foundation.errors import InputError
from preprocessing.literature import jats, pubmed
from preprocessing.literature.article import Article
from preprocessing.literature.xml_records import damaged, xml_records
from preprocessing.literature.xml_text import local_name

_ARCHIVES = (".tar", ".tar.gz", ".tgz")
_COMPRESSED = (".gz", ".tgz")
_XML = (".xml", ".nxml", ".xml.gz", ".nxml.gz")
ENDINGS = (*_XML, *_ARCHIVES)
_NAMES = jats.RECORDS | pubmed.RECORDS | {pubmed.DELETIONS}


@dataclass(frozen=True)
class Deletion:
    """NLM takes the paper with this key back."""

    key: int


@dataclass(frozen=True)
class Unusable:
    """A record that is no paper, or a file that cannot be read."""

    reason: str


Found = Article | Deletion | Unusable
OnDamaged = Callable[[InputError], object]


def output_stem(path: str) -> str:
    """Returns the name of a file without its folder and its ending."""
    name = path.replace("\\", "/").rpartition("/")[2]
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def read_papers(
    path: str, *, on_damaged: OnDamaged | None = None
) -> Iterator[Found]:
    """Yields what is in a file, in order.

    Args:
      path: the file.
      on_damaged: called with what is wrong with the file, or with a file of
        an archive, whose papers up to there stay; the rest of it is left out
        and counted as one `Unusable`. None = an error.

    Raises:
      InputError: damaged, or not of a known kind.
    """
    try:
        with files.open_file(path, "rb") as raw:
            stream: Any = raw
            if path.lower().endswith(_COMPRESSED):
                stream = gzip.GzipFile(fileobj=raw)
            if path.lower().endswith(_ARCHIVES):
                yield from _of_archive(stream, path, on_damaged)
            else:
                yield from _of_stream(stream, path, on_damaged)
    except (gzip.BadGzipFile, zlib.error, EOFError, tarfile.TarError) as error:
        refusal = damaged("a compressed file that is not whole", path)
        if on_damaged is None:
            raise refusal from error
        on_damaged(refusal)
        yield Unusable("damaged")


def _of_archive(
    stream: IO[bytes], path: str, on_damaged: OnDamaged | None
) -> Iterator[Found]:
    with tarfile.TarFile(fileobj=stream) as archive:
        while (member := archive.next()) is not None:
            # What the archive remembers of each file would fill the memory.
            archive.members = []  # type: ignore[attr-defined]
            if not member.isreg() or not member.name.lower().endswith(_XML):
                continue
            content: Any = archive.extractfile(member)
            if member.name.lower().endswith(_COMPRESSED):
                content = gzip.GzipFile(fileobj=content)
            yield from _of_stream(content, f"{path}/{member.name}", on_damaged)


def _of_stream(
    stream: IO[bytes], path: str, on_damaged: OnDamaged | None
) -> Iterator[Found]:
    number = 0
    try:
        for record in xml_records(stream, path, names=_NAMES):
            yield from _of_record(record, where=f"{path}:{number}")
            number += 1
    except RecursionError as error:
        refusal = damaged("elements nested too deeply", path)
        if on_damaged is None:
            raise refusal from error
        on_damaged(refusal)
        yield Unusable("damaged")
    except InputError as error:
        if on_damaged is None:
            raise
        on_damaged(error)
        yield Unusable("damaged")


def _of_record(record: Element, *, where: str) -> Iterator[Found]:
    name = local_name(record)
    if name == pubmed.DELETIONS:
        yield from map(Deletion, pubmed.deleted_keys(record))
        return
    article = (
        jats.read_article(record, where=where)
        if name in jats.RECORDS
        else pubmed.read_article(record)
    )
    yield article if article is not None else Unusable("no paper in the record")

"""A stream of XML -> its records, one at a time in bounded memory.

Files come from strangers. No entity is declared in one (a few lines of those
can expand to gigabytes) and none is fetched; names of characters, as &alpha;,
are HTML's, which have those of the journals' DTDs among them.
"""

from __future__ import annotations

import html.entities
from collections.abc import Collection, Iterator
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat

from foundation.errors import InputError
from preprocessing.literature.xml_text import local_name

# Answers to a question that has no result: no record, and no error.
_SETS = frozenset({"PubmedArticleSet", "pmc-articleset", "OAI-PMH"})
_CHUNK = 1 << 16  # bytes
_LONGEST_PROLOG = 16 * _CHUNK
_NEXT_STEP = "get the file again, or go on without such files by --skip_damaged"
_CHARACTERS = {
    name.removesuffix(";"): text
    for name, text in html.entities.html5.items()
    if name.endswith(";")
}


def xml_records(
    stream: IO[bytes], path: str, *, names: Collection[str]
) -> Iterator[ElementTree.Element]:
    """Yields the elements of these names; each is emptied afterwards.

    Args:
      stream: XML of any encoding that expat knows.
      path: its name, for errors.
      names: without namespace; one inside another is part of it.

    Raises:
      InputError: not well-formed, entities of its own, nested too deeply, or
        no such element and another root than papers have.
    """
    replayed = _Replay(_checked_prolog(stream, path), stream)
    parser = ElementTree.XMLParser()
    parser.entity.update(_CHARACTERS)
    try:
        yield from _records(replayed, parser, names, path=path)
    except ElementTree.ParseError as error:
        raise damaged(
            # Not the message: it can hold a word of the file.
            expat.ErrorString(error.code) or "an error in the XML",
            path,
            line=error.position[0],
        ) from error
    except RecursionError as error:
        raise damaged("elements nested too deeply", path) from error


def damaged(got: str, path: str, *, line: int | None = None) -> InputError:
    """Returns the error of a file that is not whole."""
    return InputError(
        "the file cannot be read",
        got=got,
        expected="papers in the XML of PubMed or PubMed Central",
        next_step=_NEXT_STEP,
        path=path,
        line=line,
    )


def _records(
    stream: _Replay,
    parser: ElementTree.XMLParser,
    names: Collection[str],
    *,
    path: str,
) -> Iterator[ElementTree.Element]:
    root: ElementTree.Element | None = None
    inside: ElementTree.Element | None = None
    num_found = 0
    events: Any = ElementTree.iterparse(stream, ("start", "end"), parser)
    for event, element in events:
        if event == "start":
            if root is None:
                root = element
            if inside is None and local_name(element) in names:
                inside = element
        elif inside is not None and element is inside:
            yield inside
            inside = None
            element.clear()
            num_found += 1
            if root is not None:
                root.clear()
    if root is not None and not num_found and local_name(root) not in _SETS:
        raise damaged("XML without a paper", path)


def _checked_prolog(stream: IO[bytes], path: str) -> bytes:
    """Returns the beginning up to the root element, once it is harmless.

    Raises:
      InputError: no root element, or an entity is declared before it.
    """
    parser = expat.ParserCreate()
    found: list[str] = []
    parser.StartElementHandler = lambda name, _: found.append(name)
    parser.EntityDeclHandler = lambda *_: found.append("")
    head = b""
    while not found and len(head) < _LONGEST_PROLOG:
        chunk = stream.read(_CHUNK)
        head += chunk
        try:
            parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            if not found:
                raise damaged(
                    expat.ErrorString(error.code), path, line=error.lineno
                ) from error
        if not chunk:
            break
    if not found or not found[0]:
        raise InputError(
            "the file is not taken",
            got="entities that it declares itself" if found else "no element",
            expected="XML that declares no entities",
            next_step="leave it out: such files can be made to fill the memory",
            path=path,
        )
    return head


class _Replay:
    """A stream whose beginning has been read already."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Returns the next bytes."""
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._stream.read(max(size, _CHUNK) if size >= 0 else size)

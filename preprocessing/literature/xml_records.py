"""A stream of XML -> its records, one at a time in bounded memory.

Files come from strangers. No entity is declared in one (a few lines of those
can expand to gigabytes) and none is fetched; names of characters, as &alpha;,
are HTML's, which have those of the journals' DTDs among them.
"""

from __future__ import annotations

import html.entities
import itertools
from collections.abc import Callable, Collection, Iterator
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from foundation.errors import InputError
from preprocessing.literature.xml_text import local_name

# Answers to a question that has no result: no record, and no error.
_SETS = frozenset({"PubmedArticleSet", "pmc-articleset", "OAI-PMH"})
_CHUNK = 1 << 17  # bytes
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
    """Yields the elements of these names, in order; none is kept.

    Args:
      stream: XML of any encoding that expat knows.
      path: its name, for errors.
      names: without namespace; one inside another is part of it.

    Raises:
      InputError: not well-formed, which is raised behind the elements that
        have ended before it; entities of its own; or no such element and
        another root than papers have.
    """
    read = _reader(stream)
    head = _checked_prolog(read, path)
    # Not iterparse: telling Python of every start and end takes more time than
    # building the tree. An element of ours is above the root to reach it by.
    builder = ElementTree.TreeBuilder()
    above = builder.start("", {})
    parser = ElementTree.XMLParser(target=builder)
    parser.entity.update(_CHARACTERS)
    num_found = 0
    try:
        for chunk in itertools.chain([head], iter(read, b"")):
            parser.feed(chunk)
            for record in _finished(above, names):
                num_found += 1
                yield record
        root = above[0]
        parser.close()
    except ElementTree.ParseError as error:
        yield from _finished(above, names)  # they stand before the damage
        raise damaged(
            # Not the message: it can hold a word of the file.
            expat.ErrorString(error.code) or "an error in the XML",
            path,
            line=error.position[0],
        ) from error
    for record in _records_in(above, names):
        num_found += 1
        yield record
    if not num_found and local_name(root) not in _SETS:
        raise damaged("XML without a paper", path)


def _reader(stream: IO[bytes]) -> Callable[[], bytes]:
    # Where half of a .gz is missing, read() would drop what it has so far.
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    return lambda: read(_CHUNK)


def _finished(
    element: ElementTree.Element, names: Collection[str]
) -> Iterator[ElementTree.Element]:
    """Yields the records that have ended, and takes them away.

    The last child of an element may go on in the next chunk.
    """
    while len(element) and local_name(element) not in names:
        done = element[:-1]
        del element[:-1]
        for child in done:
            yield from _records_in(child, names)
        element = element[0]


def _records_in(
    element: ElementTree.Element, names: Collection[str]
) -> Iterator[ElementTree.Element]:
    """Yields the outermost records in an element, or itself."""
    waiting = [element]
    while waiting:
        found = waiting.pop()
        if local_name(found) in names:
            yield found
        else:
            waiting += reversed(found)


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


def _checked_prolog(read: Callable[[], bytes], path: str) -> bytes:
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
        chunk = read()
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

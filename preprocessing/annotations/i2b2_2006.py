"""i2b2 2006, de-identification: one XML file of many records.

<RECORD ID="..."><TEXT>, the entities tagged inside the text, as in
<PHI TYPE="DATE">03/01</PHI>; a mention is one part, and none overlaps another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.parsers import expat
from xml.sax import saxutils

from foundation.errors import InputError
from preprocessing.annotations.document import (
    AnnotatedDocument,
    Mention,
    check_new_ids,
)
from preprocessing.annotations.inputs import Source
from preprocessing.annotations.xml_files import (
    check_characters,
    parse,
    without,
)
from preprocessing.relations.document import Place


def read_2006(source: Source) -> Iterator[AnnotatedDocument]:
    """Yields the records of a file.

    Raises:
      InputError: not XML, no record, a tag inside another; text is not shown.
    """
    found = _Records(source.path)
    parse(source.path, found)
    if not found.documents:
        raise without("a <RECORD> with a <TEXT>", source.path)
    ids = [document.id for document in found.documents]
    check_new_ids(ids, what="records", place=Place(source.path))
    yield from found.documents


class _Records:
    """Takes in the XML of 2006."""

    def __init__(self, path: str) -> None:
        self.documents: list[AnnotatedDocument] = []
        self.parser = expat.ParserCreate()
        self._path = path
        self._id = ""
        self._text: list[str] | None = None  # None: outside a text
        self._length = 0
        self._open: tuple[str, int] | None = None  # a tag's type and start
        self._mentions: list[Mention] = []

    def start(self, name: str, values: dict[str, str]) -> None:
        """Takes in a start tag."""
        if name == "RECORD":
            self._id = values.get("ID", str(len(self.documents) + 1))
        elif name == "TEXT":
            self._text, self._length, self._mentions = [], 0, []
        elif self._text is not None:
            kind = values.get("TYPE")
            if name != "PHI" or not kind or self._open:
                raise self._bad_tag("a tag inside another one, or another tag")
            self._open = kind, self._length

    def data(self, text: str) -> None:
        """Takes in characters."""
        if self._text is not None:
            self._text.append(text)
            self._length += len(text)

    def end(self, name: str) -> None:
        """Takes in an end tag."""
        if name == "PHI" and self._open:
            kind, start = self._open
            self._open = None
            if start == self._length:
                raise self._bad_tag("a tag without text")
            number = len(self._mentions)
            span = (start, self._length)
            self._mentions.append(Mention(f"P{number}", kind, (span,)))
        elif name == "TEXT" and self._text is not None:
            self.documents.append(
                AnnotatedDocument(
                    self._id, "".join(self._text), tuple(self._mentions)
                )
            )
            self._text = None

    def _bad_tag(self, got: str) -> InputError:
        return InputError(
            "the text has a tag that cannot be read",
            got=got,
            expected='<PHI TYPE="...">text</PHI>, one after the other',
            next_step="mend the line (i2b2's first training file has "
            '<PHI TYPE="DOCTOR"> in place of a </PHI>)',
            path=self._path,
            line=self.parser.CurrentLineNumber,
        )


def xml_2006(documents: Iterable[AnnotatedDocument]) -> Iterator[str]:
    """Yields the parts of 2006's file; no two mentions overlap.

    Raises:
      InputError: a character that XML has not.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<ROOT>\n'
    for document in documents:
        check_characters(document.text, document.id)
        yield f"<RECORD ID={saxutils.quoteattr(document.id)}>\n<TEXT>"
        at = 0
        for mention in sorted(document.mentions, key=lambda m: m.whole):
            start, end = mention.whole
            yield _escaped(document.text[at:start])
            yield f"<PHI TYPE={saxutils.quoteattr(mention.type)}>"
            yield f"{_escaped(document.text[start:end])}</PHI>"
            at = end
        yield f"{_escaped(document.text[at:])}</TEXT>\n</RECORD>\n"
    yield "</ROOT>\n"


def _escaped(text: str) -> str:
    # A reader makes a line feed of a carriage return that is not escaped.
    return saxutils.escape(text, {"\r": "&#13;"})

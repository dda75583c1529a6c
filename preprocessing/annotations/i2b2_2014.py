"""i2b2/UTHealth 2014, de-identification: an XML file a note.

<TEXT> as it is, and then <TAGS> with <DATE id="P0" start="16" end="26"
text="..." TYPE="DATE" comment="" />: offsets are characters from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat
from xml.sax import saxutils

from foundation.errors import InputError
from preprocessing.annotations.document import (
    Account,
    AnnotatedDocument,
    Mention,
    SurfaceCheck,
    check_new_ids,
)
from preprocessing.annotations.inputs import Source
from preprocessing.annotations.xml_files import (
    check_characters,
    parse,
    without,
)
from preprocessing.relations.document import Place

_NAME = "i2b2_2014"  # of its attributes
# Which tag 2014 has for a type.
_TAG_TYPES = {
    "NAME": ("PATIENT", "DOCTOR", "USERNAME"),
    "LOCATION": (
        *("HOSPITAL", "ORGANIZATION", "STREET", "CITY", "STATE", "COUNTRY"),
        *("ZIP", "ROOM", "DEPARTMENT", "LOCATION-OTHER"),
    ),
    "CONTACT": ("PHONE", "FAX", "EMAIL", "URL", "IPADDR", "IPADDRESS"),
    "ID": (
        *("MEDICALRECORD", "IDNUM", "DEVICE", "BIOID", "HEALTHPLAN", "SSN"),
        *("ACCOUNT", "LICENSE", "VEHICLE"),
    ),
    "DATE": ("DATE",),
    "AGE": ("AGE",),
    "PROFESSION": ("PROFESSION",),
}
_TAGS = {kind: tag for tag, kinds in _TAG_TYPES.items() for kind in kinds}
_OTHER_TAG = "OTHER"


def read_2014(
    source: Source, *, mismatches: str, account: Account
) -> Iterator[AnnotatedDocument]:
    """Yields the one note of a file.

    Raises:
      InputError: not XML, no text, an annotation that cannot be read or is
        of another text; text is not shown.
    """
    found = _Note(source.path)
    parse(source.path, found)
    if found.text is None:
        raise without("a <TEXT>", source.path)
    check = SurfaceCheck(mismatches, account)
    text, mentions = "".join(found.text), list[Mention]()
    for line, name, values in found.tags:
        place = Place(source.path, line)
        try:
            span = int(values["start"]), int(values["end"])
            kind = values["TYPE"]
        except (KeyError, ValueError):
            raise InputError(
                "the tag is no annotation of 2014",
                got=f"{len(values)} attributes",
                expected="start, end and TYPE",
                next_step="check --from_format, or mend the line",
                path=source.path,
                line=line,
            ) from None  # int() says what it was given
        parts = check.checked(text, [span], values.get("text", ""), place=place)
        rest = {"tag": name, "comment": values.get("comment", "")}
        mention_id = values.get("id", f"P{len(mentions)}")
        mentions.append(Mention(mention_id, kind, parts, {_NAME: rest}))
    check_new_ids(
        [m.id for m in mentions], what="tags", place=Place(source.path)
    )
    yield AnnotatedDocument(source.id, text, tuple(mentions))


class _Note:
    """Takes in the XML of 2014."""

    def __init__(self, path: str) -> None:
        self.parser = expat.ParserCreate()
        self.text: list[str] | None = None
        self.tags: list[tuple[int, str, dict[str, str]]] = []
        self._path = path
        self._inside: list[str] = []

    def start(self, name: str, values: dict[str, str]) -> None:
        """Takes in a start tag."""
        if name == "TEXT":
            self.text = []
        elif "TAGS" in self._inside:
            self.tags.append((self.parser.CurrentLineNumber, name, values))
        self._inside.append(name)

    def data(self, text: str) -> None:
        """Takes in characters."""
        if self.text is not None and self._inside[-1] == "TEXT":
            self.text.append(text)

    def end(self, name: str) -> None:
        """Takes in an end tag."""
        del name
        self._inside.pop()


def xml_2014(document: AnnotatedDocument) -> str:
    """Returns 2014's file of a note, each mention of one part.

    Raises:
      InputError: a character that XML has not.
    """
    check_characters(document.text, document.id)
    lines = []
    for number, mention in enumerate(document.mentions):
        start, end = mention.whole
        known = mention.attributes.get(_NAME, {})
        tag = known.get("tag") or _TAGS.get(mention.type, _OTHER_TAG)
        values = {
            "id": mention.id or f"P{number}",
            "start": str(start),
            "end": str(end),
            "text": document.text[start:end],
            "TYPE": mention.type,
            "comment": known.get("comment", ""),
        }
        shown = " ".join(
            f"{name}={saxutils.quoteattr(value)}"
            for name, value in values.items()
        )
        lines.append(f"<{tag} {shown} />\n")
    text = document.text.replace("]]>", "]]]]><![CDATA[>")
    text = text.replace("\r", "]]>&#13;<![CDATA[")
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<deIdi2b2>\n<TEXT><![CDATA['
        f"{text}]]></TEXT>\n<TAGS>\n{''.join(lines)}</TAGS>\n</deIdi2b2>\n"
    )

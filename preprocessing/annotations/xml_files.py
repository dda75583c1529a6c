"""XML files of annotations, parsed in one pass; entities are refused."""

from __future__ import annotations

from typing import Any, Protocol
from xml.parsers import expat

from foundation import files
from foundation.errors import InputError


class Taker(Protocol):
    """What takes in a file's tags and characters.

    Attributes:
      parser: of expat; it knows the line.
    """

    parser: Any

    def start(self, name: str, values: dict[str, str]) -> None:
        """Takes in a start tag."""

    def data(self, text: str) -> None:
        """Takes in characters."""

    def end(self, name: str) -> None:
        """Takes in an end tag."""


def parse(path: str, found: Taker) -> None:
    """Gives a file's tags and characters to `found`.

    Raises:
      InputError: no such file, not XML (with the line), entities of its own.
    """
    files.check_readable(
        path, what="the corpus file", next_step="check --input"
    )
    parser = found.parser
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.data
    parser.EntityDeclHandler = lambda *_: _refuse_entities(path)
    try:
        parser.Parse(files.read_bytes(path), True)
    except expat.ExpatError as error:
        raise InputError(
            "the file is not XML",
            got=expat.ErrorString(error.code),
            expected="well-formed XML",
            next_step="mend the line, or check --from_format",
            path=path,
            line=error.lineno,
        ) from error


def _refuse_entities(path: str) -> None:
    # A few of them can stand for gigabytes.
    raise InputError(
        "the file declares entities of its own",
        got="<!ENTITY",
        expected="none",
        next_step="remove the declarations",
        path=path,
    )


def without(what: str, path: str) -> InputError:
    """Returns the refusal of a file that lacks its main part."""
    return InputError(
        "the file is not i2b2's",
        got=f"no {what}",
        expected="one",
        next_step="check --from_format",
        path=path,
    )


def check_characters(text: str, name: str) -> None:
    """Raises InputError for control characters, which XML 1.0 has not.

    Args:
      text: of a document.
      name: the document's.
    """
    for position, char in enumerate(text):
        if (char < " " and char not in "\t\n\r") or char in "\ufffe\uffff":
            raise InputError(
                "the text has a character that XML has not",
                got=f"U+{ord(char):04X} at character {position}",
                expected="no control characters but tab and line ends",
                next_step="choose another --to_format",
                path=name,
            )

"""Names of documents -> names of files, on every file system.

A name that can be a file's is kept. Any other has what cannot stand in it
replaced by "_" and a hash of the whole name at its end, so that two documents
never meet and the same one is found again in the next run.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

_UNSAFE = re.compile(r"[^\w.-]|\A[.-]|\.\Z")
_MAX_BYTES = 160  # with hash and ending below the usual limit of 255
# Not to be used on Windows, with any ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.I)
_HASH = 12  # hexadecimal digits


class DocumentFileNames:
    """Gives each document a file name of its own, without ending.

    Attributes:
      changed: document to file name, where these differ.
    """

    def __init__(self) -> None:
        self.changed: dict[str, str] = {}
        self._taken: set[str] = set()

    def name_of(self, document: str) -> str:
        """Returns a name for a document that has none yet."""
        name = next(
            candidate
            for candidate in _candidates(document)
            if _key(candidate) not in self._taken
        )
        self._taken.add(_key(name))
        if name != document:
            self.changed[document] = name
        return name


def _candidates(document: str) -> Iterator[str]:
    """Yields the document's name if it can be a file's, then hashed ones."""
    wanted = unicodedata.normalize("NFC", document)
    safe = (
        _UNSAFE.sub("_", wanted).encode()[:_MAX_BYTES].decode(errors="ignore")
    )
    if _DEVICES.fullmatch(safe):
        safe = f"_{safe}"
    if safe and safe == wanted:
        yield safe
    digest = document
    while True:
        digest = hashlib.sha256(digest.encode()).hexdigest()
        yield f"{safe}-{digest[:_HASH]}".lstrip("-")


def _key(name: str) -> str:
    """Returns what is equal for names that some file system takes for one."""
    return unicodedata.normalize("NFKC", name).casefold()

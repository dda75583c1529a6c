"""Names of documents -> names of files, on every file system.

A name that can be a file's is kept. Any other has what cannot stand in it
replaced by "_" and a hash of the whole name at its end, so that two documents
never meet and the same one is found again in the next run.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

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
        wanted = unicodedata.normalize("NFC", document)
        name = _UNSAFE.sub("_", wanted)
        name = name.encode()[:_MAX_BYTES].decode(errors="ignore")
        if (
            name != wanted
            or not name
            or _key(name) in self._taken
            or _DEVICES.fullmatch(name)
        ):
            digest = hashlib.sha256(document.encode()).hexdigest()[:_HASH]
            name = f"{name}-{digest}".lstrip("-")
        self._taken.add(_key(name))
        if name != document:
            self.changed[document] = name
        return name


def _key(name: str) -> str:
    """Returns what is equal for names that some file system takes for one."""
    return unicodedata.normalize("NFKC", name).casefold()

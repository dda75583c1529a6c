"""A hash of a text as it is read: is it the one that records were made of?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from preprocessing.corpus_files import Block, FilePart, read_blocks

_FILE_END = b"\xff"  # in no UTF-8 text


class TextHash:
    """Takes in blocks of lines, in order.

    Args:
      by_file: whether it matters where files end. It does not where documents
        go on in the next file.
    """

    def __init__(self, *, by_file: bool) -> None:
        self._by_file = by_file
        self._digest = hashlib.sha256()

    def add(self, block: Block) -> None:
        """Takes in the next block."""
        self._digest.update(block.text)
        if self._by_file and block.ends_part:
            self._digest.update(_FILE_END)

    def hexdigest(self) -> str:
        """Returns the SHA-256 so far, hexadecimal."""
        return self._digest.hexdigest()


def sha256_of_text(parts: Sequence[FilePart], *, by_file: bool) -> str:
    """Returns the hash of some files, or parts of files.

    Raises:
      InputError: as `read_blocks`.
    """
    text_hash = TextHash(by_file=by_file)
    for block in read_blocks(parts):
        text_hash.add(block)
    return text_hash.hexdigest()

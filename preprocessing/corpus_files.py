r"""Names of text files -> their lines, in blocks.

The rules of reading are those of google-research/bert's
create_pretraining_data.py: a line ends at \n alone and every \r is deleted
(TensorFlow's file reader does so), text is UTF-8, a byte-order mark is text.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from foundation import files
from foundation.errors import InputError

WHAT = "the corpus"
_GZIP_SUFFIX = ".gz"
_BLOCK_BYTES = 1 << 18  # read at a time: more is no faster
_NEXT_STEP = (
    "give --input_file the text files, or patterns such as data/*.txt, with "
    "commas between"
)


@dataclass(frozen=True)
class FilePart:
    """A file, or whole lines of it.

    Attributes:
      path: the file; one that ends in .gz is decompressed.
      start: the offset of the first byte.
      end: the offset behind the last byte; None = to the end of the file.
    """

    path: str
    start: int = 0
    end: int | None = None

    @property
    def is_compressed(self) -> bool:
        """Whether it is read through gzip."""
        return self.path.endswith(_GZIP_SUFFIX)


@dataclass(frozen=True)
class Block:
    r"""Some lines of a file.

    Attributes:
      part: what they come from.
      line: the number of the first of them, from 1, counted in the part.
      text: UTF-8 without \r; every line ends in \n.
      num_bytes: bytes read from the file for it; compressed ones, if so.
      ends_part: it is the last of the part.
      num_returns: how many \r were deleted that no \n followed.
    """

    part: FilePart
    line: int
    text: bytes
    num_bytes: int
    ends_part: bool
    num_returns: int


# What hears of bad lines: their part and their number in it, from 1.
OnInvalid = Callable[[FilePart, int], None]


def expand_inputs(patterns: str) -> list[str]:
    """Returns the files that a flag names.

    Args:
      patterns: names and glob patterns with commas between, of any file
        system. Each one's matches are sorted; a file matched twice is there
        twice, as in the original.

    Raises:
      InputError: nothing is named, a pattern matches nothing, or a match is
        no file that can be read.
    """
    paths: list[str] = []
    for item in map(str.strip, patterns.split(",")):
        if not item:
            continue
        matches = files.glob(item)
        if not matches and files.exists(item):  # "data [old]/x.txt"
            matches = [item]
        if not matches:
            raise InputError(
                "no file matches",
                got=item,
                expected="at least one file for each name and pattern",
                next_step=_NEXT_STEP,
            )
        paths += matches
    if not paths:
        raise InputError(
            "no file is named",
            got=f"{len(patterns)} characters without a name",
            expected="one file at least",
            next_step=_NEXT_STEP,
        )
    for path in paths:
        is_file = files.exists(path) and not files.is_directory(path)
        if not (is_file and files.size_of(path) == 0):  # empty is fine
            files.check_readable(path, what=WHAT, next_step=_NEXT_STEP)
    return paths


def read_blocks(
    parts: Sequence[FilePart], *, on_invalid: OnInvalid | None = None
) -> Iterator[Block]:
    """Yields the lines of files, about a megabyte at a time.

    A file without bytes yields one block without lines.

    Args:
      parts: the files.
      on_invalid: called for each line that is not UTF-8, which then goes on
        without the bytes at fault. None = the first one is an error.

    Raises:
      InputError: not UTF-8, or a damaged .gz.
    """
    for part in parts:
        line = 1
        for text, num_bytes, ends_part in _raw_blocks(part):
            num_returns = 0
            if b"\r" in text:
                num_returns = text.count(b"\r") - text.count(b"\r\n")
                text = text.replace(b"\r", b"")
            if not _is_utf8(text):
                text = _repaired(text, (part, line), on_invalid)
            yield Block(part, line, text, num_bytes, ends_part, num_returns)
            line += text.count(b"\n")


def _raw_blocks(part: FilePart) -> Iterator[tuple[bytes, int, bool]]:
    """Yields whole lines, the bytes read for them, and whether that is all."""
    with files.open_file(part.path, "rb") as raw:
        left = None if part.end is None else part.end - part.start
        if part.start:
            raw.seek(part.start)
        pending: list[bytes] = []  # a line longer than a block
        num_bytes = 0
        for chunk, chunk_bytes in _chunks(raw, part, left):
            num_bytes += chunk_bytes
            cut = chunk.rfind(b"\n") + 1
            if cut:
                yield b"".join([*pending, chunk[:cut]]), num_bytes, False
                pending.clear()
                num_bytes = 0
            pending.append(chunk[cut:])
        last = b"".join(pending)
        if last.strip(b"\r"):  # without \r it is a line still
            last += b"\n"
        yield last, num_bytes, True


def _chunks(
    raw: IO[Any], part: FilePart, left: int | None
) -> Iterator[tuple[bytes, int]]:
    """Yields bytes of text, and how many bytes of the file they took."""
    if not part.is_compressed:
        while left is None or left > 0:
            size = _BLOCK_BYTES if left is None else min(left, _BLOCK_BYTES)
            chunk = raw.read(size)
            if not chunk:
                return
            if left is not None:
                left -= len(chunk)
            yield chunk, len(chunk)
        return
    file = gzip.GzipFile(fileobj=raw)
    position = 0
    try:
        while chunk := file.read(_BLOCK_BYTES):
            now = raw.tell()
            yield chunk, now - position
            position = now
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError(
            "the compressed file is damaged",
            got="bytes that gzip cannot read, or too few",
            expected="a whole .gz file",
            next_step="copy it again, or test it with `gzip -t`",
            path=part.path,
        ) from error


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _repaired(
    text: bytes, where: tuple[FilePart, int], on_invalid: OnInvalid | None
) -> bytes:
    """Returns the text without bytes that are no UTF-8, if that is wanted."""
    part, first_line = where
    lines = text.split(b"\n")
    for i, line in enumerate(lines):
        if _is_utf8(line):
            continue
        if on_invalid is None:
            raise _not_utf8(part, first_line + i, line)
        on_invalid(part, first_line + i)
        lines[i] = line.decode(errors="ignore").encode()
    return b"\n".join(lines)


def _not_utf8(part: FilePart, line_in_part: int, line: bytes) -> InputError:
    encoding = "ISO-8859-1"
    got = "a line with bytes that are no UTF-8"
    if line_in_part == 1 and line.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):
        encoding = "UTF-16"
        got = "the byte-order mark of UTF-16"
    return InputError(
        f"{WHAT} is not UTF-8",
        got=got,
        expected="UTF-8 text",
        next_step="convert it, for example with "
        f"`iconv -f {encoding} -t UTF-8`; create_pretraining_data.py "
        "--check_only lists all such lines",
        path=part.path,
        line=line_in_file(part, line_in_part),
    )


def line_in_file(part: FilePart, line_in_part: int) -> int:
    """Returns a line's number in the file; reads what comes before a part."""
    before = 0
    if part.start:
        head = FilePart(part.path, 0, part.start)
        before = sum(text.count(b"\n") for text, _, _ in _raw_blocks(head))
    return before + line_in_part

"""A corpus -> units of about equal size, cut between documents.

A unit is what one process turns into records. Where the cuts are depends on
the files and the size asked for, on nothing else: not on how many processes
there are, and not on which of them is done when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError
from preprocessing.corpus_files import FilePart, read_blocks

_MEGABYTE = 1_000_000
_STEP = 1 << 16  # bytes read at a time in search of a blank line


@dataclass(frozen=True)
class Unit:
    """Whole documents that lie one after the other.

    Attributes:
      index: of the unit, from 0.
      parts: where they are, in order.
      num_bytes: of their text.
    """

    index: int
    parts: tuple[FilePart, ...]
    num_bytes: int


def units(
    paths: Sequence[str],
    unit_megabytes: float,
    *,
    break_at_end_of_file: bool = False,
) -> Iterator[Unit]:
    """Yields the units of a corpus; reads little more than the cuts.

    A unit ends with the first document that ends `unit_megabytes` after its
    start or later. A compressed file is never cut inside (nobody could start
    to read there) and is read once, to know its size.

    Args:
      paths: the files, in order.
      unit_megabytes: how large a unit is at least, in millions of bytes of
        text.
      break_at_end_of_file: whether a document ends with its file. Otherwise,
        as in the original, it goes on in the next file unless a blank line
        comes first.

    Raises:
      InputError: `unit_megabytes` is not above 0.
    """
    if unit_megabytes <= 0:
        raise InputError(
            "--unit_megabytes is too small",
            got=unit_megabytes,
            expected="a number above 0",
        )
    target = int(unit_megabytes * _MEGABYTE)
    index = 0
    parts: list[FilePart] = []
    filled = 0
    for path in paths:
        for part, num_bytes, ends_document in _stretches(path, target, filled):
            parts.append(part)
            filled += num_bytes
            ends_file = part.end is None
            is_end = ends_document or (ends_file and break_at_end_of_file)
            if filled >= target and is_end:
                yield Unit(index, tuple(parts), filled)
                index += 1
                parts, filled = [], 0
    if filled:
        yield Unit(index, tuple(parts), filled)


def head(unit: Unit, num_bytes: int) -> list[FilePart]:
    """Returns where the first documents of a unit are.

    Args:
      unit: of the corpus.
      num_bytes: how much text at least, if there is as much; a compressed
        file counts as much.
    """
    parts: list[FilePart] = []
    for part in unit.parts:
        if num_bytes <= 0:
            break
        if part.is_compressed:
            parts.append(part)
            break
        end = part.end
        if end is None:
            end = files.size_of(part.path)
        cut = _document_end(part.path, part.start + num_bytes, end)
        if cut is not None and cut < end:
            parts.append(FilePart(part.path, part.start, cut))
            break
        parts.append(part)
        num_bytes -= end - part.start
    return parts


def _stretches(
    path: str, target: int, filled: int
) -> Iterator[tuple[FilePart, int, bool]]:
    """Yields parts of a file, their bytes, and if they end with a document.

    All but the last, which has no `end`, end where a unit does.
    """
    if FilePart(path).is_compressed:
        yield (FilePart(path), *_size_and_end(path))
        return
    size = files.size_of(path)
    start = 0
    while True:
        end = _document_end(path, start + max(0, target - filled), size)
        if end is None or end == size:
            yield FilePart(path, start), size - start, _ends_blank(path, size)
            return
        yield FilePart(path, start, end), end - start, True
        start, filled = end, 0


def _size_and_end(path: str) -> tuple[int, bool]:
    """Returns the bytes of a compressed file's text, and if it ends blank."""
    size = 0
    last_line = b"."
    for block in read_blocks([FilePart(path)], on_invalid=lambda *_: None):
        size += len(block.text)
        if block.text:
            last_line = block.text[block.text.rfind(b"\n", 0, -1) + 1 :]
    return size, _is_blank(last_line)


def _document_end(path: str, wanted: int, size: int) -> int | None:
    """Returns the offset behind the first blank line from `wanted` on."""
    if wanted >= size:
        return None
    with files.open_file(path, "rb") as file:
        # The end of the line before, so that none is taken for a whole one.
        line_start = max(0, wanted - 1)
        is_whole = wanted == 0
        file.seek(line_start)
        step = _STEP
        pending = b""
        while chunk := file.read(step):
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                line_start += len(line) + 1
                if is_whole and _is_blank(line):
                    return line_start
                is_whole = True
            step *= 2  # a line without an end is not copied again and again
    return None


def _ends_blank(path: str, size: int) -> bool:
    """Returns whether the last line of a file is blank."""
    with files.open_file(path, "rb") as file:
        file.seek(max(0, size - _STEP))
        tail = bytes(file.read(_STEP)).rstrip(b"\r")  # no line by itself
    last_line = tail[tail.rfind(b"\n", 0, -1) + 1 :]
    return bool(tail) and _is_blank(last_line)


def _is_blank(line: bytes) -> bool:
    text = line.replace(b"\r", b"")
    return not text.decode(errors="replace").strip()

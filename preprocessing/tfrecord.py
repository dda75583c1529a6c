"""TFRecord files: records framed by lengths and checksums, without TensorFlow.

A record is its length (uint64), the length's masked CRC-32C (uint32), its
bytes, and their masked CRC-32C (uint32), all little-endian; a file is one
record after the other, or the GZIP of that. The format has no end mark: a file
cut between two records looks whole, and only a manifest knows better.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Generator, Iterator
from itertools import pairwise
from typing import IO, Any

import numpy as np

from foundation import files
from foundation.errors import InputError
from preprocessing.compiled import compiled, inlined
from preprocessing.crc32c import masked_crc32c

HEADER_BYTES = 12
FRAME_BYTES = HEADER_BYTES + 4  # a footer of 4
_BLOCK = 4 << 20  # bytes read at a time
_COMPRESSED_BLOCK = 64 << 10
_GZIP_MAGIC = b"\x1f\x8b\x08"
GZIP_WINDOW = 31  # zlib: the largest window, and gzip's header and trailer
_ALL = 1 << 62  # more records than there are
_WHOLE, _BAD_LENGTH, _BAD_CONTENTS = 0, 1, 2  # what a scan stopped at
_NEXT_STEP = (
    "copy the file again from where it was made, or make it anew with "
    "create_pretraining_data.py"
)


@inlined
def _put_little_endian(place: np.ndarray, value: int) -> None:
    for i in range(len(place)):
        place[i] = np.uint8((value >> np.uint64(8 * i)) & np.uint64(0xFF))


@inlined
def _little_endian(place: np.ndarray) -> Any:
    value = np.uint64(0)
    for i in range(len(place)):
        value |= np.uint64(place[i]) << np.uint64(8 * i)
    return value


@inlined
def put_frame(frame: np.ndarray) -> None:
    """Writes the length and both checksums around a record, in place.

    Args:
      frame: uint8 [12 + n + 4] with the record's n bytes at 12.
    """
    end = len(frame) - 4
    _put_little_endian(frame[:8], np.uint64(end - HEADER_BYTES))
    _put_little_endian(frame[8:12], np.uint64(masked_crc32c(frame[:8])))
    checksum = masked_crc32c(frame[HEADER_BYTES:end])
    _put_little_endian(frame[end:], np.uint64(checksum))


@compiled
def _scan(
    block: np.ndarray, num_unchecked: int, starts: np.ndarray
) -> tuple[int, int]:
    """Checks the whole records of a block of bytes.

    Args:
      block: uint8 [n] that starts where a record does.
      num_unchecked: how many of the first records are hopped over: of them,
        the lengths alone are checked.
      starts: int64 [n // FRAME_BYTES + 1]; filled with where each record's
        frame starts, and where the first one starts that is not whole or not
        sound.

    Returns:
      The number of sound records; what is wrong with the next one.
    """
    count = 0
    starts[0] = 0
    while starts[count] + HEADER_BYTES <= len(block):
        frame = block[starts[count] :]
        if _little_endian(frame[8:12]) != masked_crc32c(frame[:8]):
            return count, _BAD_LENGTH
        size = _little_endian(frame[:8])
        if size > np.uint64(len(frame)) - np.uint64(HEADER_BYTES):
            break
        end = HEADER_BYTES + np.int64(size)
        if end + 4 > len(frame):
            break
        if count >= num_unchecked:
            checksum = masked_crc32c(frame[HEADER_BYTES:end])
            if _little_endian(frame[end : end + 4]) != checksum:
                return count, _BAD_CONTENTS
        count += 1
        starts[count] = starts[count - 1] + end + 4
    return count, _WHOLE


def read_records(
    path: str, *, first: int = 0
) -> Generator[memoryview, None, None]:
    """Yields the records of a file, plain or GZIP, every checksum checked.

    Args:
      path: the file; one of 0 bytes has 0 records.
      first: the first one wanted, counted from 0; the ones before are hopped
        over, at the speed of the disk.

    Raises:
      InputError: no file, or one that was cut or changed: which record
        (counted from 0) is the first that cannot be read.
    """
    left = first
    for block, starts in _checked_blocks(path, num_unchecked=first):
        num_skipped = min(left, len(starts) - 1)
        left -= num_skipped
        view = memoryview(block)
        for start, end in pairwise(starts[num_skipped:]):
            yield view[start + HEADER_BYTES : end - 4]


def count_records(path: str, *, check_contents: bool = True) -> int:
    """Returns the number of records, every checksum checked.

    Args:
      path: the file.
      check_contents: False = the checksums of the lengths alone.

    Raises:
      InputError: as `read_records`.
    """
    blocks = _checked_blocks(path, num_unchecked=0 if check_contents else _ALL)
    return sum(len(starts) - 1 for _, starts in blocks)


def _checked_blocks(
    path: str, *, num_unchecked: int
) -> Iterator[tuple[bytes, list[int]]]:
    """Yields bytes, and where the records in them start; the end last."""
    count = 0
    rest = b""
    with _open(path) as file:
        blocks = _blocks(file)
        while True:
            try:
                block = next(blocks, b"")
            except (EOFError, zlib.error) as error:
                raise _not_sound(path, count, f"GZIP: {error}") from error
            if not block:
                break
            rest += block
            starts = np.empty(len(rest) // FRAME_BYTES + 1, np.int64)
            num_sound, fault = _scan(
                np.frombuffer(rest, np.uint8),
                max(num_unchecked - count, 0),
                starts,
            )
            yield rest, starts[: num_sound + 1].tolist()
            count += num_sound
            if fault != _WHOLE:
                part = "length" if fault == _BAD_LENGTH else "contents"
                got = f"a wrong checksum of its {part}"
                raise _not_sound(path, count, got)
            rest = rest[starts[num_sound] :]
    if rest:
        got = f"{len(rest)} bytes of it and the end of the file"
        raise _not_sound(path, count, got)


def _open(path: str) -> IO[bytes]:
    check_is_file(path)
    file: IO[bytes] = files.open_file(path, "rb")
    return file


def check_is_file(path: str) -> None:
    """Raises InputError where there is no file of that name."""
    if not files.exists(path) or files.is_directory(path):
        raise InputError(
            "there is no such record file",
            got="a folder" if files.is_directory(path) else "nothing",
            expected="a TFRecord file",
            next_step="check the path",
            path=path,
        )


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yields the file's bytes, decompressed if it is a GZIP file.

    Raises:
      EOFError: the GZIP stream is cut.
      zlib.error: the GZIP stream is damaged; what could be decompressed has
        been yielded.
    """
    first = file.read(_BLOCK)
    if is_gzip(first):
        yield from _decompressed(file, first)
        return
    while first:
        yield first
        first = file.read(_BLOCK)


def is_gzip(start: bytes) -> bool:
    """Returns whether a file that starts so is GZIP, not a TFRecord."""
    if not start.startswith(_GZIP_MAGIC):
        return False
    # A record of the right length would start so too; its checksum tells.
    checksum = masked_crc32c(np.frombuffer(start[:8], np.uint8))
    return int.from_bytes(start[8:HEADER_BYTES], "little") != int(checksum)


def _decompressed(file: IO[bytes], chunk: bytes) -> Iterator[bytes]:
    decoder = zlib.decompressobj(GZIP_WINDOW)
    while chunk:
        before = decoder.copy()
        try:
            data = decoder.decompress(chunk)
        except zlib.error:
            yield _up_to_fault(before, chunk)
            raise
        yield from (data,) if data else ()
        chunk = decoder.unused_data or file.read(_COMPRESSED_BLOCK)
        if decoder.eof and chunk:  # `cat a.gz b.gz` is a GZIP file too
            decoder = zlib.decompressobj(GZIP_WINDOW)
    if not decoder.eof:
        raise EOFError("the end of the file comes too soon")


def _up_to_fault(decoder: Any, chunk: bytes) -> bytes:
    """Returns what the bytes before the damaged one hold."""
    data = b""
    with contextlib.suppress(zlib.error):
        for i in range(len(chunk)):
            data += decoder.decompress(chunk[i : i + 1])
    return data


def _not_sound(path: str, record: int, got: str) -> InputError:
    return InputError(
        f"record {record}, counted from 0, is damaged or cut off",
        got=got,
        expected="a TFRecord file as it was written",
        next_step=_NEXT_STEP,
        path=path,
    )

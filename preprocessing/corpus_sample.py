"""Files of any size -> stretches of text, evenly spread, of a bounded size.

What a vocabulary is learned from need not be the whole corpus. The files, by
name, are seen as one string of bytes that is cut into stretches of equal
length; of those, one in so many is read, and of those that are read, one in so
many is held out, to be scored on. Nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from foundation import files
from foundation.errors import InputError
from preprocessing.corpus_files import FilePart, read_blocks

_MIN_STRETCH = 1 << 12  # bytes: some sentences
_MAX_STRETCH = 1 << 20  # bytes: a file is opened once for each
_NUM_STRETCHES = 1000  # so many are read, if their length allows it
_MILLION = 1_000_000  # the held-out share is counted in millionths
_STEP = 1 << 16  # bytes read at a time in search of a line end


class CorpusSample:
    """A part of a corpus to learn from, and a smaller one to score on.

    The stretches depend on the files' names and sizes and on the two numbers,
    not on the order in which the files are named. A stretch starts and ends
    at a line end; in a line longer than 64 KiB, at a space. A compressed
    file has to be read as a whole, whatever is kept of it.

    Attributes:
      total_bytes: of all files' text.
      wanted_bytes: to be read, held-out text included.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        sample_bytes: int,
        held_out_share: float = 0.0,
    ) -> None:
        """Looks at the sizes of the files; a .gz is read for that.

        Args:
          paths: the files; one that is named twice counts once.
          sample_bytes: how much is read at most, give or take a stretch.
          held_out_share: of what is read; from 0 to 0.5.

        Raises:
          InputError: a number out of its range, or a damaged .gz.
        """
        if sample_bytes < 1 or not 0 <= held_out_share <= 0.5:
            raise InputError(
                "the sample has an impossible size",
                got=f"{sample_bytes} bytes, held out {held_out_share}",
                expected="1 byte or more, held out from 0 to 0.5",
            )
        self._sizes = {path: _text_size(path) for path in sorted(set(paths))}
        self.total_bytes = sum(self._sizes.values())
        self.wanted_bytes = min(sample_bytes, self.total_bytes)
        self._held_out = round(held_out_share * _MILLION)
        self._stretch = min(
            max(self.wanted_bytes // _NUM_STRETCHES, _MIN_STRETCH),
            _MAX_STRETCH,
        )

    def texts(
        self,
        *,
        held_out: bool,
        progress: Callable[[int], object] | None = None,
    ) -> Iterator[bytes]:
        r"""Yields the text, some lines at a time, in the order of the names.

        Args:
          held_out: which of the two parts.
          progress: called with the number of bytes of text done since the
            last call.

        Yields:
          UTF-8 without \r; every line ends in \n.

        Raises:
          InputError: not UTF-8, or a damaged .gz.
        """
        for text, is_held_out in self._all_texts():
            if is_held_out == held_out:
                yield text
                if progress is not None:
                    progress(len(text))

    def _all_texts(self) -> Iterator[tuple[bytes, bool]]:
        picker = _Picker(self)
        for path, size in self._sizes.items():
            if not FilePart(path).is_compressed:
                for part, is_held_out in self._parts(path, size, picker):
                    for block in read_blocks([part]):
                        yield block.text, is_held_out
                continue
            for block in read_blocks([FilePart(path)]):
                for text in _stretches(block.text, self._stretch):
                    if picker.takes(len(text)):
                        yield text, picker.holds_out(len(text))

    def _parts(
        self, path: str, size: int, picker: _Picker
    ) -> Iterator[tuple[FilePart, bool]]:
        """Yields the stretches of a plain file that are read."""
        with files.open_file(path, "rb") as file:
            for nominal in range(0, size, self._stretch):
                length = min(self._stretch, size - nominal)
                if not picker.takes(length):
                    continue
                is_held_out = picker.holds_out(length)
                start = _line_start(file, nominal, size)
                end = _line_start(file, nominal + length, size)
                if start < end:
                    yield FilePart(path, start, end), is_held_out

    @property
    def stretch_bytes(self) -> int:
        """The length of a stretch."""
        return self._stretch

    @property
    def held_out_millionths(self) -> int:
        """The share of what is read that is held out."""
        return self._held_out


class _Picker:
    """Says of one stretch after the other whether it is read, and for what.

    A stretch is taken wherever the share times the bytes gone by passes a
    multiple of a stretch: evenly, also over files that are shorter than one.
    """

    def __init__(self, sample: CorpusSample) -> None:
        self._sample = sample
        self._seen = 0
        self._taken = 0

    def takes(self, num_bytes: int) -> bool:
        """Returns whether the next stretch is read."""
        sample = self._sample
        if sample.wanted_bytes == sample.total_bytes:
            return True
        before = self._seen * sample.wanted_bytes
        self._seen += num_bytes
        after = self._seen * sample.wanted_bytes
        unit = sample.total_bytes * sample.stretch_bytes
        return after // unit > before // unit

    def holds_out(self, num_bytes: int) -> bool:
        """Returns whether the stretch just taken is held out."""
        sample = self._sample
        before = self._taken * sample.held_out_millionths
        self._taken += num_bytes
        after = self._taken * sample.held_out_millionths
        unit = _MILLION * sample.stretch_bytes
        return after // unit > before // unit


def _text_size(path: str) -> int:
    if not FilePart(path).is_compressed:
        return files.size_of(path)
    blocks = read_blocks([FilePart(path)], on_invalid=lambda *_: None)
    return sum(len(block.text) for block in blocks)


def _stretches(text: bytes, num_bytes: int) -> Iterator[bytes]:
    """Yields whole lines, so many bytes or a little more at a time."""
    start = 0
    while start < len(text):
        end = text.find(b"\n", start + num_bytes - 1) + 1 or len(text)
        yield text[start:end]
        start = end


def _line_start(file: IO[Any], wanted: int, size: int) -> int:
    r"""Returns where a line starts, from `wanted` on, or a word of a long one.

    Cut at a space or at \n, text has the words that it has uncut.
    """
    if wanted <= 0 or wanted >= size:
        return min(max(wanted, 0), size)
    at = wanted - 1  # the line end before counts
    file.seek(at)
    chunk = bytes(file.read(_STEP))
    while chunk:
        for end in (b"\n", b" "):
            found = chunk.find(end)
            if found >= 0:
                return at + found + 1
        at += len(chunk)
        chunk = bytes(file.read(_STEP))
    return size

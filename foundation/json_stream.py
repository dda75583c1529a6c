"""Values of a large JSON file one by one, without the file in memory.

Of {"data": [{"paragraphs": [a, b]}, {"paragraphs": [c]}]} the keys "data",
"paragraphs" name a, b and c. What is not named is read and thrown away.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from foundation import files
from foundation.errors import InputError

_CHUNK = 1 << 18  # bytes
_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"
_OF_NUMBERS = "+-.0123456789Ee"


def values_of(
    path: str, keys: Sequence[str], *, what: str, next_step: str
) -> Iterator[Any]:
    """Yields the items of the arrays that the keys lead to, in file order.

    Args:
      path: the file.
      keys: of objects inside each other; each holds an array.
      what: what the file is to the reader, for errors.
      next_step: what to do when it cannot be read, for errors.

    Raises:
      InputError: missing, not UTF-8, not JSON (with the line), or a key that
        is not there or holds no array.
    """
    files.check_readable(path, what=what, next_step=next_step)
    with files.open_file(path, "rb") as file:
        text = _Text(file, path, what=what, next_step=next_step)
        yield from _in_object(text, keys)
        if text.peek():
            raise text.refusal("something after its end")


class _Text:
    """The file's characters from where the reader stands.

    Args:
      file: of bytes.
      path: its name, for errors.
      what: see `values_of`.
      next_step: see `values_of`.
    """

    def __init__(
        self, file: IO[bytes], path: str, *, what: str, next_step: str
    ) -> None:
        self._file = file
        self._path = path
        self._what = what
        self._next_step = next_step
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._buffer = ""
        self._place = 0
        self._line = 1
        self._at_end = False

    def peek(self) -> str:
        """Returns the next character that is no space; "" at the end."""
        while True:
            while self._place < len(self._buffer):
                char = self._buffer[self._place]
                if char not in _SPACE:
                    return char
                self._line += char == "\n"
                self._place += 1
            if not self._more():
                return ""

    def take(self, wanted: str) -> None:
        """Steps over a character that has to come next."""
        found = self.peek()
        if found != wanted:
            raise self.refusal(f"{found!r} where {wanted!r} is due")
        self._place += 1

    def value(self) -> Any:
        """Returns the next value, whole."""
        self.peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._place)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                self._line += self._buffer.count("\n", self._place, error.pos)
                raise self.refusal(error.msg) from error
            except RecursionError as error:
                raise self.refusal("brackets inside brackets") from error
            after = self._buffer[end : end + 1]
            may_go_on = not after or after in _OF_NUMBERS
            if not may_go_on or not self._more():
                break
        self._line += self._buffer.count("\n", self._place, end)
        self._place = end
        return found

    def _more(self) -> bool:
        """Reads on; returns False at the end of the file."""
        if self._at_end:
            return False
        self._buffer = self._buffer[self._place :]
        self._place = 0
        # As much again: a value of n characters is tried log(n) times.
        data = self._file.read(max(_CHUNK, len(self._buffer)))
        self._at_end = not data
        try:
            self._buffer += self._decode(data, final=self._at_end)
        except UnicodeDecodeError as error:
            self._line += self._buffer.count("\n")
            self._line += error.object.count(b"\n", 0, error.start)
            raise self.refusal(
                f"byte 0x{error.object[error.start]:02x}, which is no UTF-8"
            ) from error
        return True

    def refusal(self, got: str) -> InputError:
        """Returns the error of a file that is no JSON here."""
        return InputError(
            f"{self._what} is damaged: not JSON",
            got=got,
            expected="JSON",
            next_step=self._next_step,
            path=self._path,
            line=self._line,
        )

    def misses(self, key: str, got: str) -> InputError:
        """Returns the error of a file with other values."""
        return InputError(
            f"{self._what} has not what is looked for",
            got=got,
            expected=f'an object with "{key}": [...]',
            next_step=self._next_step,
            path=self._path,
            line=self._line,
        )


def _in_object(text: _Text, keys: Sequence[str]) -> Iterator[Any]:
    key, *inner = keys
    if text.peek() != "{":
        raise text.misses(key, "no object")
    found = False
    for name in _in_brackets(text, "{}", lambda: _name(text)):
        if name != key:
            text.value()
            continue
        found = True
        if text.peek() != "[":
            raise text.misses(key, f'"{key}" without an array')
        for item in _in_brackets(text, "[]", text.value if not inner else None):
            if inner:
                yield from _in_object(text, inner)
            else:
                yield item
    if not found:
        raise text.misses(key, f'no "{key}"')


def _name(text: _Text) -> str:
    if text.peek() != '"':
        raise text.refusal("a key without quotation marks")
    name = str(text.value())
    text.take(":")
    return name


def _in_brackets(
    text: _Text, brackets: str, read: Callable[[], Any] | None
) -> Iterator[Any]:
    """Yields what `read` makes of each part; without it, who asks reads."""
    opening, closing = brackets[0], brackets[1]
    text.take(opening)
    if text.peek() == closing:
        text.take(closing)
        return
    while True:
        yield read() if read else None
        if text.peek() != ",":
            break
        text.take(",")
    text.take(closing)

"""A UTF-8 file as text, piece by piece: memory does not grow with the file.

Nothing is translated or taken away: the pieces, joined, are what
`open(path, encoding="utf-8", newline="").read()` returns, so that offsets into
them are offsets into the file, a byte-order mark included.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from foundation import files
from foundation.errors import InputError

WHAT = "the text to predict"  # what the file is to the reader
NEXT_STEP = "check --predict_file"

_PIECE = 1 << 18  # bytes read at a time
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_pieces(
    path: str, *, what: str = WHAT, next_step: str = NEXT_STEP
) -> Iterator[str]:
    """Yields the text of a file in order; no piece is empty.

    Args:
      path: the file.
      what: what the file is to the reader, for errors.
      next_step: what to do when it cannot be read, for errors.

    Raises:
      InputError: missing, a folder, empty, binary, or not UTF-8 (with the
        line of the first bad byte).
    """
    files.check_readable(path, what=what, next_step=next_step)
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with files.open_file(path, "rb") as file:
        data = file.read(_PIECE)
        if data.startswith(_UTF_16):
            raise _not_utf8(what, "the byte-order mark of UTF-16", "UTF-16").at(
                path, None
            )
        while True:
            try:
                piece = decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                # Its object starts with what the last piece left over.
                bad = error.start
                raise _not_utf8(
                    what, f"byte 0x{error.object[bad]:02x}", "ISO-8859-1"
                ).at(path, line + error.object.count(b"\n", 0, bad)) from error
            if "\0" in piece:
                raise InputError(
                    f"{what} is not a text file",
                    got="a NUL character",
                    expected="UTF-8 text",
                    next_step=next_step,
                    path=path,
                    line=line + piece.count("\n", 0, piece.index("\0")),
                )
            line += piece.count("\n")
            if piece:
                yield piece
            if not data:
                return
            data = file.read(_PIECE)


def _not_utf8(what: str, got: str, encoding: str) -> InputError:
    return InputError(
        f"{what} is not UTF-8",
        got=got,
        expected="UTF-8 text",
        next_step="convert it, for example with "
        f"`iconv -f {encoding} -t UTF-8`",
    )


def read_lines(
    path: str, *, what: str = WHAT, next_step: str = NEXT_STEP
) -> Iterator[tuple[int, str]]:
    """Yields a file's lines and their 1-based numbers; needs one in memory.

    Lines end at line feeds only, which they are without; a byte-order mark
    at the start of the first is taken away. Arguments as of `read_pieces`.
    """
    number = 1
    unfinished: list[str] = []  # of the line that the next piece goes on with
    for piece in read_pieces(path, what=what, next_step=next_step):
        *complete, rest = piece.split("\n")
        for line in complete:
            unfinished.append(line)
            yield number, _without_mark("".join(unfinished), number)
            unfinished.clear()
            number += 1
        unfinished.append(rest)
    yield number, _without_mark("".join(unfinished), number)


def _without_mark(line: str, number: int) -> str:
    return line.removeprefix("\ufeff") if number == 1 else line

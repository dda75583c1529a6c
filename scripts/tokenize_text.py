r"""Shows how a model's tokenizer cuts text: lines in, lists of ids out.

Reads lines on standard input and writes, for each, one JSON list: the ids of
its pieces, or with --pieces the pieces themselves. [CLS] and [SEP] are left
out. For example:

  echo "Aspirin inhibits COX-2." | python scripts/tokenize_text.py \
    --vocab_file=biobert/vocab.txt --pieces
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from absl import flags

from cli import entry
from cli import tokenizer as tokenizer_flags
from foundation.errors import InputError
from preprocessing.tokenization import Tokenizer


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    tokenizer_flags.define(fv, defaults={})
    flags.DEFINE_boolean(
        "pieces",
        False,
        "Write pieces instead of ids.",
        flag_values=fv,
        module_name="__main__",  # where cli.usage looks for a script's own
    )


def read_lines(stream: Iterable[bytes]) -> Iterator[str]:
    """Yields the lines of a byte stream as text.

    Raises:
      InputError: bytes that are not UTF-8, with the line's number.
    """
    for number, line in enumerate(stream, start=1):
        try:
            yield line.rstrip(b"\r\n").decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                "the text is not UTF-8",
                got=f"byte 0x{line[error.start]:02x} at {error.start}",
                expected="UTF-8",
                next_step="convert it first, for example with "
                "`iconv -f ISO-8859-1 -t UTF-8`",
                path="standard input",
                line=number,
            ) from error


def write_tokens(
    lines: Iterable[str],
    output: IO[bytes],
    *,
    tokenizer: Tokenizer,
    pieces: bool,
) -> None:
    """Writes one JSON list for each line, as it comes."""
    interactive = output.isatty()
    for line in lines:
        ids = tokenizer.encode(line)
        row = tokenizer.pieces(ids) if pieces else ids
        output.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        if interactive:
            output.flush()


def main(_: Sequence[str]) -> None:
    """Tokenizes standard input."""
    fv = flags.FLAGS
    tokenizer = tokenizer_flags.load_tokenizer(tokenizer_flags.read(fv))
    try:
        write_tokens(
            read_lines(sys.stdin.buffer),
            sys.stdout.buffer,
            tokenizer=tokenizer,
            pieces=fv.pieces,
        )
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)

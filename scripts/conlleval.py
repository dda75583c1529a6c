"""Counts phrases like conlleval.pl: standard input to the same text.

usage: conlleval.py [-l] [-r] [-d delimiter] [-o outside] < file
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence

from evaluation.conlleval import count, report
from foundation.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the report of the tagged lines on standard input.

    Returns:
      The exit code: 0, or 1 for input that cannot be counted.
    """
    options = _parser().parse_args(arguments)
    # Bytes in, bytes out, as in Perl: Latin-1 maps each byte to one character,
    # so widths and sorting are the script's and no text is bad.
    lines = io.TextIOWrapper(sys.stdin.buffer, encoding="latin-1", newline="\n")
    try:
        counts = count(
            lines,
            delimiter=_as_bytes(options.d),
            raw=options.r,
            outside=_as_bytes(options.o),
        )
    except InputError as error:
        print(f"conlleval: {error}", file=sys.stderr)
        return 1
    finally:
        lines.detach()  # standard input stays open for the caller
    sys.stdout.buffer.write(report(counts, latex=options.l).encode("latin-1"))
    sys.stdout.buffer.flush()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conlleval.py",
        description="Scores tagged lines as conlleval.pl does (CoNLL-2000, "
        "version 2004-01-26). The last two columns are gold and predicted.",
        allow_abbrev=False,
    )
    parser.add_argument("-l", action="store_true", help="print a LaTeX table")
    parser.add_argument(
        "-r", action="store_true", help="raw tags, without B- and I-"
    )
    parser.add_argument(
        "-d",
        metavar="delimiter",
        default=" ",
        help="regular expression between columns (default: one space)",
    )
    parser.add_argument(
        "-o",
        metavar="outside",
        default="O",
        help="the outside tag, with -r (default: O)",
    )
    return parser


def _as_bytes(argument: str) -> str:
    """Reads an argument's UTF-8 bytes as the input's bytes are read."""
    return argument.encode("utf-8", "surrogateescape").decode("latin-1")


if __name__ == "__main__":
    sys.exit(main())

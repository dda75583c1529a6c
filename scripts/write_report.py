r"""Writes the report of a ledger: one HTML file, for any browser, also offline.

  python scripts/write_report.py outputs/reproduction/ledger.jsonl

It has, for each table that was run, the published scores, ours with every
seed, what makes them incomparable, learning curves, the sentences with errors
and how to repeat each run. Curves and errors are read from the folders of the
runs; where these are gone, they are left out. Sentences of clinical notes are
not in the file unless --show_texts names their experiment.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import entry, report


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    report.define(fv)


def main(argv: Sequence[str]) -> None:
    """Writes the report and prints where it is."""
    print(report.write(argv[1:], flags.FLAGS))


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main, max_words=1)

r"""Tells whether one system is better than another, by a paired bootstrap.

  python scripts/compare_runs.py docs/reproduction/ledger.jsonl \
    --a=3f2a --b=91c0
  python scripts/compare_runs.py outputs/reproduction/ledger.jsonl \
    --a=3f2a,77b1,e09d --b=91c0,05aa,c4d2 --json

A word is the ledger that scripts/reproduce.py wrote; --a and --b take the ids
of its lines, or enough of their beginnings. Test sets of the same size are
drawn from the scored one, with replacement, and both systems are scored on
each. Where the middle 95 % of the differences do not hold 0, a difference can
be called one; p is how often chance alone gives one as large.

Only runs of one experiment on the same test files are compared. What the
numbers can tell and what not: docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from cli import comparison, entry


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    comparison.define(fv)


def main(words: Sequence[str]) -> None:
    """Prints the comparison."""
    print(comparison.compare(flags.FLAGS, words[1:]))


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main, max_words=1)

"""Tagged lines to phrase scores, counted and printed as conlleval.pl does.

The Perl script of the CoNLL-2000 shared task (version 2004-01-26; BioBERT and
clinicalBERT ship the same file) is what published entity scores were counted
with. It is lenient: an I after O starts a phrase, and a change of type splits
one. Its oddities are kept, because its numbers are what papers hold.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from foundation.errors import InputError

BOUNDARY = "-X-"  # first field of a line that separates sentences

# Pairs of previous and current letter. E and S are known to no other rule, so
# an IOBES file has to be turned into IOB2 first to be counted well.
_STARTS = frozenset(map(tuple, ("BB", "IB", "OB", "OI", "OE", "EE", "EI")))
_ENDS = frozenset(map(tuple, ("BB", "BO", "IB", "IO", "EE", "EI", "EO")))
_BRACKETS = ("[", "]")  # phrases of one word in the script's oldest format


@functools.lru_cache(maxsize=4096)
def split_tag(tag: str) -> tuple[str, str]:
    """Splits "B-cell-line" into ("B", "cell-line"); a bare "B" has type ""."""
    prefix, _, kind = tag.partition("-")
    if kind == "0":  # false in Perl, so the script drops it
        kind = ""
    return prefix, kind


@functools.lru_cache(maxsize=65536)
def starts_phrase(previous: str, current: str) -> bool:
    """Returns whether a phrase starts at `current`, a whole tag.

    Args:
      previous: the tag before it; "O" at the start of a sentence.
      current: the tag looked at.
    """
    before, type_before = split_tag(previous)
    now, type_now = split_tag(current)
    return (
        (before, now) in _STARTS
        or (now not in ("O", ".") and type_before != type_now)
        or now in _BRACKETS
    )


@functools.lru_cache(maxsize=65536)
def ends_phrase(previous: str, current: str) -> bool:
    """Returns whether a phrase that held `previous` is over at `current`."""
    before, type_before = split_tag(previous)
    now, type_now = split_tag(current)
    return (
        (before, now) in _ENDS
        or (before not in ("O", ".") and type_before != type_now)
        or before in _BRACKETS
    )


@dataclass
class ConllCounts:
    """What conlleval counts, fed one pair of tags at a time.

    Attributes:
      gold: phrases in the corpus, per type ("" when tags have no type).
      found: phrases in the prediction, per type.
      correct: phrases that start and end together with one type throughout.
      num_tokens: words; lines between sentences are none.
      num_correct_tags: words whose whole tag is right.
    """

    gold: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    correct: Counter[str] = field(default_factory=Counter)
    num_tokens: int = 0
    num_correct_tags: int = 0
    _last_gold: str = "O"
    _last_found: str = "O"
    _in_correct: bool = False  # inside a phrase that is right so far

    def add_word(self, gold: str, found: str) -> None:
        """Counts one word."""
        self._step(gold, found)
        self.num_tokens += 1
        if split_tag(gold) == split_tag(found):
            self.num_correct_tags += 1

    def end_sentence(self) -> None:
        """Closes what is open; the same before the first sentence."""
        self._step("O", "O")

    def finish(self) -> None:
        """Counts a phrase that the end of the file closes."""
        if self._in_correct:
            self.correct[split_tag(self._last_gold)[1]] += 1
        self._in_correct = False
        self._last_gold = self._last_found = "O"

    def _step(self, gold: str, found: str) -> None:
        gold_type, found_type = split_tag(gold)[1], split_tag(found)[1]
        if self._in_correct:
            gold_ends = ends_phrase(self._last_gold, gold)
            found_ends = ends_phrase(self._last_found, found)
            last_type = split_tag(self._last_gold)[1]
            same_type = last_type == split_tag(self._last_found)[1]
            if gold_ends and found_ends and same_type:
                self._in_correct = False
                self.correct[last_type] += 1
            elif gold_ends != found_ends or gold_type != found_type:
                self._in_correct = False
        gold_starts = starts_phrase(self._last_gold, gold)
        found_starts = starts_phrase(self._last_found, found)
        if gold_starts and found_starts and gold_type == found_type:
            self._in_correct = True
        if gold_starts:
            self.gold[gold_type] += 1
        if found_starts:
            self.found[found_type] += 1
        self._last_gold, self._last_found = gold, found


def count(
    lines: Iterable[str],
    *,
    delimiter: str = " ",
    raw: bool = False,
    outside: str = "O",
) -> ConllCounts:
    """Counts phrases in lines whose last two columns are gold and predicted.

    Args:
      lines: one word per line, with or without its line end; sentences are
        separated by empty lines or lines that start with -X-.
      delimiter: a regular expression between columns, as in Perl's split.
      raw: tags have no B- and I-; every word is a phrase of its own.
      outside: the tag that means outside; read with `raw` only, as in the
        original.

    Raises:
      InputError: a line with fewer than two columns, a number of columns that
        changes, or a delimiter that is no regular expression.
    """
    pattern = _compile(delimiter)
    counts = ConllCounts()
    num_columns = 0
    for number, line in enumerate(lines, 1):
        columns = _split(line.rstrip("\r\n"), pattern)
        _check_width(columns, num_columns, line=number)
        num_columns = num_columns or len(columns)
        if not columns or columns[0] == BOUNDARY:
            counts.end_sentence()
            continue
        gold, found = columns[-2], columns[-1]
        if raw:
            gold, found = (_from_raw(t, outside) for t in (gold, found))
        counts.add_word(gold, found)
    counts.finish()
    return counts


def _check_width(columns: Sequence[str], expected: int, *, line: int) -> None:
    if columns and len(columns) != (expected or len(columns)):
        raise InputError(
            "unexpected number of columns",
            got=len(columns),
            expected=expected,
            next_step="check the separator (-d) and that no word is empty "
            "or holds it",
            line=line,
            path="input",
        )
    if len(columns) == 1 and columns[0] != BOUNDARY:
        raise InputError(
            "too few columns",
            got=len(columns),
            expected="at least 2: ... gold predicted",
            next_step="check the separator (-d; a tab is -d '\\t')",
            line=line,
            path="input",
        )


def _compile(delimiter: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(delimiter, re.ASCII)
    except re.error as error:
        raise InputError(
            "the delimiter (-d) is not a regular expression",
            got=repr(delimiter),
            expected=f"a pattern ({error})",
            next_step="put a backslash before a special character",
        ) from error
    if pattern.match(""):
        raise InputError(
            "the delimiter (-d) matches nothing at all",
            got=repr(delimiter),
            expected="a pattern of at least one character",
            next_step="put a backslash before a special character, as in '\\|'",
        )
    return pattern


def _split(line: str, pattern: re.Pattern[str]) -> list[str]:
    """Splits like Perl: empty columns at the end are dropped."""
    columns = [column or "" for column in pattern.split(line)]
    while columns and not columns[-1]:
        columns.pop()
    return columns


def _from_raw(tag: str, outside: str) -> str:
    return "O" if tag in (outside, "O") else f"B-{tag}"


def percentages(
    correct: int, found: int, gold: int
) -> tuple[float, float, float]:
    """Returns precision, recall and F1 in per cent; 0/0 is 0."""
    precision = 100 * correct / found if found else 0.0
    recall = 100 * correct / gold if gold else 0.0
    if precision + recall == 0:
        return precision, recall, 0.0
    return (
        precision,
        recall,
        2 * precision * recall / (precision + recall),
    )


def report(counts: ConllCounts, latex: bool = False) -> str:
    """Returns the text that conlleval.pl prints, its line ends included."""
    total = percentages(
        counts.correct.total(), counts.found.total(), counts.gold.total()
    )
    rows = [
        (
            kind,
            percentages(
                counts.correct[kind], counts.found[kind], counts.gold[kind]
            ),
        )
        for kind in _listed_types(counts)
    ]
    if latex:
        return _latex_report(rows, total)
    text = (
        f"processed {counts.num_tokens} tokens"
        f" with {counts.gold.total()} phrases; "
        f"found: {counts.found.total()} phrases;"
        f" correct: {counts.correct.total()}.\n"
    )
    if counts.num_tokens:
        accuracy = 100 * counts.num_correct_tags / counts.num_tokens
        text += f"accuracy: {accuracy:6.2f}%; {_scores(total)}\n"
    for kind, scores in rows:
        text += f"{kind:>17}: {_scores(scores)}  {counts.found[kind]}\n"
    return text


def _listed_types(counts: ConllCounts) -> list[str]:
    """Sorts the types; the empty one comes twice when both sides have it.

    The script drops repeated names with a test that an empty name fails, so
    an untyped file gets its line twice.
    """
    listed: list[str] = []
    for kind in sorted([*counts.gold, *counts.found]):
        if not listed or not kind or listed[-1] != kind:
            listed.append(kind)
    return listed


def _scores(scores: Sequence[float]) -> str:
    precision, recall, f1 = scores
    return (
        f"precision: {precision:6.2f}%; recall: {recall:6.2f}%; FB1: {f1:6.2f}"
    )


def _latex_report(
    rows: Sequence[tuple[str, tuple[float, float, float]]],
    total: tuple[float, float, float],
) -> str:
    text = "        & Precision &  Recall  & F$_{\\beta=1} \\\\\\hline"
    for kind, scores in rows:
        text += f"\n{kind:<7} &  {_latex_scores(scores)}"
    return f"{text}\\hline\nOverall &  {_latex_scores(total)}\\hline\n"


def _latex_scores(scores: Sequence[float]) -> str:
    precision, recall, f1 = scores
    return f"{precision:6.2f}\\% & {recall:6.2f}\\% & {f1:6.2f} \\\\"

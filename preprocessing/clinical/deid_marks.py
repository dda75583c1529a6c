"""What MIMIC put where a name or a date was: [**Last Name (STitle) 18**].

The marks are kept (as clinicalBERT kept them), or each becomes a word for its
kind ([NAME]) or an invented name, place, number or date. A mark that comes
again in a note gets the same surrogate there; all dates of a note move by the
same number of days, so that time between them stays.
"""

from __future__ import annotations

import calendar
import datetime
import hashlib
import re
from collections.abc import Sequence

from preprocessing.clinical import surrogate_names

POLICIES = ("keep", "placeholder", "surrogate")
MARK = re.compile(r"\[\*\*(.{0,200}?)\*\*\]", re.DOTALL)
# MIMIC-III's dates lie in 2100 to 2210; surrogates in the years it is of.
_FIRST_YEAR, _NUM_YEARS = 2001, 12
_MONTHS = {name: i for i, name in enumerate(calendar.month_name) if name}
_FULL_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTH_DAY = re.compile(r"(\d{1,2})-(\d{1,2})")
_MONTH_YEAR = re.compile(r"(\d{1,2})-/(\d{4})")
_YEAR = re.compile(r"(?:Year \(.*\) )?(\d{4})")
_NAMED_MONTH = re.compile(rf"({'|'.join(_MONTHS)})\b ?(\d{{1,2}})?.*")
_DATE_PARTS = re.compile(r"\b(?:month|day|year)\b")
_ANY_YEAR = re.compile(r"\[\*\*(?:\d{1,2}-/)?(\d{4})(?:-\d{1,2}){0,2}\*\*\]")
# The first that is found in a mark's words says its kind.
_KINDS = (
    (re.compile(r"hospital|ward|wardname|unit name", re.I), "HOSPITAL"),
    (re.compile(r"age over", re.I), "AGE"),
    (re.compile(r"telephone|fax|pager|phone", re.I), "PHONE"),
    (re.compile(r"e-?mail|url", re.I), "CONTACT"),
    (re.compile(r"date|month|year|day|holiday", re.I), "DATE"),
    (
        re.compile(r"number|identifier|clip|ssn|serial|job|unit no", re.I),
        "NUMBER",
    ),
    (re.compile(r"first ?name|female first|male first", re.I), "FIRST_NAME"),
    (re.compile(r"company|university|college", re.I), "COMPANY"),
    (
        re.compile(r"location|street|country|state|city|address|po box", re.I),
        "PLACE",
    ),
    (re.compile(r"name|initial|attending|dictator|doctor", re.I), "NAME"),
)
_CHOICES = {
    "FIRST_NAME": surrogate_names.FIRST_NAMES,
    "NAME": surrogate_names.LAST_NAMES,
    "HOSPITAL": surrogate_names.HOSPITALS,
    "PLACE": surrogate_names.PLACES,
    "COMPANY": surrogate_names.COMPANIES,
}
_DIGITS = {"NUMBER": 7, "OTHER": 5}


def kind_of(mark: str) -> str:
    """Returns what was taken out: NAME, DATE, ..., or OTHER.

    Args:
      mark: the words between the asterisks.
    """
    words = " ".join(mark.split())
    if _is_date(words):
        return "DATE"
    for pattern, kind in _KINDS:
        if pattern.search(words):
            return kind
    return "OTHER"


def _is_date(words: str) -> bool:
    patterns = (_FULL_DATE, _MONTH_DAY, _MONTH_YEAR, _YEAR, _NAMED_MONTH)
    return any(pattern.fullmatch(words) for pattern in patterns)


def replace(text: str, policy: str, *, key: str) -> str:
    """Returns a note with its marks treated.

    Args:
      text: of the note.
      policy: one of POLICIES.
      key: what surrogates depend on beside the mark: the seed and the note.
        The same key and text give the same.
    """
    if policy == "keep" or "[**" not in text:
        return text
    if policy == "placeholder":
        return MARK.sub(lambda m: f"[{_shown(kind_of(m[1]))}]", text)
    surrogates = _Surrogates(key, text)
    return MARK.sub(lambda m: surrogates.of(m[1]), text)


def _shown(kind: str) -> str:
    return "NAME" if kind == "FIRST_NAME" else kind


class _Surrogates:
    """What stands for the marks of one note."""

    def __init__(self, key: str, text: str) -> None:
        self._key = key
        years = [int(year) for year in _ANY_YEAR.findall(text)]
        # The last one is about when the note was written; a birth is before.
        self._year = max(filter(_is_year, years), default=_FIRST_YEAR)
        to_year = _FIRST_YEAR + self._number("year", _NUM_YEARS)
        here, there = (
            datetime.date(year, 1, 1) for year in (self._year, to_year)
        )
        self._days = (there - here).days + self._number("days", 365)

    def of(self, mark: str) -> str:
        """Returns a mark's surrogate."""
        words = " ".join(mark.split())
        kind = kind_of(words)
        if kind == "DATE":
            return self._date(words)
        if kind == "AGE":
            return str(90 + self._number(words, 8))
        if kind == "PHONE":
            number = self._number(words, 10_000)
            return f"555-{number:04d}"  # 555: no telephone has it
        if kind == "CONTACT":
            return f"contact{self._number(words, 1000)}@example.org"
        choices: Sequence[str] | None = _CHOICES.get(kind)
        if choices is not None:
            return choices[self._number(words, len(choices))]
        digits = _DIGITS[kind]
        return f"{self._number(words, 10**digits):0{digits}d}"

    def _number(self, words: str, limit: int) -> int:
        seen = f"{self._key}\0{words}".encode("utf-8", "surrogateescape")
        digest = hashlib.blake2b(seen, digest_size=8).digest()
        return int.from_bytes(digest, "big") % limit

    def _date(self, words: str) -> str:
        if found := _FULL_DATE.fullmatch(words):
            date = self._moved(*map(int, found.groups()))
            return f"{date.year}-{date.month}-{date.day}"
        if found := _MONTH_DAY.fullmatch(words):
            date = self._moved(self._year, int(found[1]), int(found[2]))
            return f"{date.month}-{date.day}"
        if found := _MONTH_YEAR.fullmatch(words):
            date = self._moved(int(found[2]), int(found[1]), 15)
            return f"{date.month}/{date.year}"
        if found := _YEAR.fullmatch(words):
            return str(self._moved(int(found[1]), 7, 1).year)
        if found := _NAMED_MONTH.fullmatch(words):
            month, day = _MONTHS[found[1]], int(found[2] or 15)
            date = self._moved(self._year, month, day)
            name = calendar.month_name[date.month]
            return f"{name} {date.day}" if found[2] else name
        return self._undated(words)

    def _undated(self, words: str) -> str:
        """Returns what "Month/Day (2) 5" may have been: 4/17."""
        named = set(_DATE_PARTS.findall(words.lower()))
        parts = []
        if "month" in named:
            parts.append(1 + self._number(words, 12))
        if "day" in named:
            parts.append(1 + self._number(f"{words}\0day", 28))
        if "year" in named:
            year = self._moved(self._year, 7, 1).year
            parts.append(year % 100 if "2 digits" in words.lower() else year)
        if named == {"month"}:
            return calendar.month_name[parts[0]]
        if parts and named != {"day"}:
            return "/".join(f"{part:02d}" for part in parts)
        return calendar.day_name[self._number(words, 7)]

    def _moved(self, year: int, month: int, day: int) -> datetime.date:
        """Returns a date moved by this note's days; odd ones are bent."""
        if not _is_year(year):
            year = self._year
        month = min(max(month, 1), 12)
        last = calendar.monthrange(year, month)[1]
        date = datetime.date(year, month, min(max(day, 1), last))
        return date + datetime.timedelta(self._days)


def _is_year(year: int) -> bool:
    # MIMIC's own years and those before of births; not "[**9999-9-9**]".
    return 1900 <= year <= 2300

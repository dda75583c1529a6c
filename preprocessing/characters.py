"""The one table for characters: what every tokenizer here asks about a letter.

The originals ask the running Python (`unicodedata`, `str.lower`), so their
answers change with its version. Ours come from a file made once from Unicode
14 by scripts/make_character_table.py, whatever Python runs: the reference is
the algorithms of google-research/bert and google-research/albert under
Python 3.11. (`str.split` needs no table: Unicode's white space has not changed
since version 6.3, Python 3.4.)
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from foundation import files

TABLE_FILE = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "characters_unicode14.txt"
)

# Bits of `CharacterTable.flags`.
DROPPED = 1  # Cc and Cf but \t \n \r; 0; U+FFFD: google-research/bert
DROPPED_ANY = 2  # every category C*, likewise: BioBERT's and BlueBERT's copies
WHITESPACE = 4  # space, \t, \n, \r and category Zs
PUNCTUATION = 8  # category P* and all ASCII that is no letter, digit or space
CJK = 16  # ideographs, each a word of its own; not Hangul, not kana
NONSPACING = 32  # category Mn: the accents that lower-casing strips
CASED = 64  # Unicode's Cased, for the final sigma
CASE_IGNORABLE = 128  # Unicode's Case_Ignorable, likewise

_CJK_RANGES = (  # BERT's list; Unicode has added blocks since
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
_ASCII_PUNCTUATION = ((33, 47), (58, 64), (91, 96), (123, 126))  # BERT's too

# Hangul syllables decompose by arithmetic: The Unicode Standard, 3.12.
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3
_LEADING, _VOWEL, _TRAILING = 0x1100, 0x1161, 0x11A7
_NUM_VOWELS, _NUM_TRAILINGS = 21, 28


class _Decompositions(dict[int, str]):
    """Full decompositions by code point, as `str.translate` reads them.

    What is asked for and not in the file (Hangul, and all that decomposes to
    itself) is kept: `str.translate` is quick only where it finds something.
    """

    def __missing__(self, code: int) -> str:
        result = chr(code)
        if _HANGUL_FIRST <= code <= _HANGUL_LAST:
            rest, trailing = divmod(code - _HANGUL_FIRST, _NUM_TRAILINGS)
            leading, vowel = divmod(rest, _NUM_VOWELS)
            result = chr(_LEADING + leading) + chr(_VOWEL + vowel)
            result += chr(_TRAILING + trailing) if trailing else ""
        self[code] = result
        return result


@dataclass(frozen=True)
class CharacterTable:
    """What is known about each code point.

    Attributes:
      unicode_version: of the data.
      flags: one byte for each code point, the bits named above.
      digits: the characters for which `str.isdigit` was true.
      combining: canonical combining class of those where it is not 0.
      lower: code point to its lower case (the final sigma apart).
      decomposition: code point to its full canonical decomposition (NFD).
      compatibility: code point to its full compatibility decomposition (NFKD).
    """

    unicode_version: str
    flags: bytes
    digits: frozenset[str]
    combining: dict[str, int]
    lower: dict[int, str]
    decomposition: _Decompositions
    compatibility: _Decompositions


def _code_points(item: str) -> range:
    first, _, last = item.partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)


def _set_flag(flags: bytearray, flag: int, ranges: Iterable[range]) -> None:
    add = bytes(value | flag for value in range(256))  # a translation table
    for codes in ranges:
        part = slice(codes.start, codes.stop)
        flags[part] = flags[part].translate(add)


def _make_flags(items: dict[str, list[str]]) -> bytes:
    """Returns the bits of every code point, BERT's own rules included."""
    flags = bytearray(sys.maxunicode + 1)
    for flag, name in (
        (DROPPED, "control"),
        (DROPPED_ANY, "other"),
        (WHITESPACE, "space"),
        (PUNCTUATION, "punctuation"),
        (NONSPACING, "nonspacing"),
        (CASED, "cased"),
        (CASE_IGNORABLE, "case_ignorable"),
    ):
        _set_flag(flags, flag, map(_code_points, items[name]))
    _set_flag(flags, CJK, (range(a, b + 1) for a, b in _CJK_RANGES))
    ascii_ranges = (range(a, b + 1) for a, b in _ASCII_PUNCTUATION)
    _set_flag(flags, PUNCTUATION, ascii_ranges)
    for char in "\0\ufffd":
        flags[ord(char)] |= DROPPED | DROPPED_ANY
    for char in "\t\n\r":
        flags[ord(char)] &= ~(DROPPED | DROPPED_ANY)
        flags[ord(char)] |= WHITESPACE
    return bytes(flags)


def _make_mapping(items: list[str]) -> dict[int, str]:
    mapping = {}
    for item in items:
        source, _, targets = item.partition(":")
        mapping[int(source, 16)] = "".join(
            [chr(int(target, 16)) for target in targets.split(",")]
        )
    return mapping


@functools.cache
def character_table() -> CharacterTable:
    """Returns the table, read on first use (some 20 ms)."""
    items: dict[str, list[str]] = {}
    for line in files.read_bytes(TABLE_FILE).decode("ascii").splitlines():
        name, *values = line.split()
        items.setdefault(name, []).extend(values)
    combining = {}
    for item in items["combining"]:
        value, _, codes = item.partition("=")
        for code in _code_points(codes):
            combining[chr(code)] = int(value)
    decomposition = _make_mapping(items["decomposition"])
    compatibility = _make_mapping(items["compatibility"])
    return CharacterTable(
        unicode_version=items["unicode"][0],
        flags=_make_flags(items),
        digits=frozenset(
            chr(code)
            for codes in map(_code_points, items["digit"])
            for code in codes
        ),
        combining=combining,
        lower=_make_mapping(items["lower"]),
        decomposition=_Decompositions(decomposition),
        compatibility=_Decompositions(decomposition | compatibility),
    )


def _is_final_sigma(text: str, position: int) -> bool:
    """Returns whether the sigma at `position` ends a word, as Python sees it.

    A cased letter comes before it and none after, case-ignorable characters
    between them not counted (The Unicode Standard, table 3-17).
    """
    flags = character_table().flags
    for char in reversed(text[:position]):
        if not flags[ord(char)] & CASE_IGNORABLE:
            if not flags[ord(char)] & CASED:
                return False
            break
    else:
        return False
    for char in text[position + 1 :]:
        if not flags[ord(char)] & CASE_IGNORABLE:
            return not flags[ord(char)] & CASED
    return True


def lower(text: str) -> str:
    """Returns `text.lower()` as under Unicode 14."""
    if text.isascii():
        return text.lower()
    mapping = character_table().lower
    if "Σ" not in text:
        return text.translate(mapping)
    lowered = []
    for position, char in enumerate(text):
        if char == "Σ":
            lowered.append("ς" if _is_final_sigma(text, position) else "σ")
        else:
            lowered.append(mapping.get(ord(char), char))
    return "".join(lowered)


def decompose(text: str, *, compatibility: bool = False) -> str:
    """Returns `text` in NFD, or in NFKD, as under Unicode 14."""
    if text.isascii():
        return text
    table = character_table()
    mapping = table.compatibility if compatibility else table.decomposition
    return _in_canonical_order(text.translate(mapping))


def _in_canonical_order(text: str) -> str:
    classes = character_table().combining
    if classes.keys().isdisjoint(text):
        return text
    ordered: list[str] = []
    marks: list[str] = []  # the run of marks since the last base character
    for char in text:
        if char in classes:
            marks.append(char)
            continue
        ordered += sorted(marks, key=classes.__getitem__)
        marks.clear()
        ordered.append(char)
    ordered += sorted(marks, key=classes.__getitem__)
    return "".join(ordered)


def strip_accents(text: str) -> str:
    """Returns NFD without nonspacing marks (Mn): BERT's rule."""
    if text.isascii():
        return text
    flags = character_table().flags
    return "".join(
        [char for char in decompose(text) if not flags[ord(char)] & NONSPACING]
    )


def strip_combining(text: str) -> str:
    """Returns NFKD without combining characters (class not 0): ALBERT's."""
    if text.isascii():
        return text
    classes = character_table().combining
    decomposed = decompose(text, compatibility=True)
    return "".join([char for char in decomposed if char not in classes])


def is_digit(char: str) -> bool:
    """Returns `char.isdigit()` as under Unicode 14."""
    return char in character_table().digits

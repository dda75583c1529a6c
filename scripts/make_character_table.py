"""Writes preprocessing/characters_unicode14.txt from Python's unicodedata.

The originals ask the running Python what a character is, so a vocabulary
means something else under another Python. The published models and our golden
files were made under Unicode 14 (Python 3.11): those answers are written down
once, by this script, and every Python reads them from the file.

Run it under Python 3.11:

    python scripts/make_character_table.py
"""

from __future__ import annotations

import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterator

from foundation import files
from preprocessing.characters import TABLE_FILE

UNICODE_VERSION = "14.0.0"
_CHARACTERS = [chr(code) for code in range(sys.maxunicode + 1)]
_HEADER = """\
# Made by scripts/make_character_table.py; do not edit.
# <property> <first>-<last> ... : the code points that have it (hexadecimal).
# <mapping> <from>:<to>,<to> ... : what a code point becomes.
# combining <class>=<first>-<last> ... : canonical combining classes but 0.
# preprocessing/characters.py says what each is for.
"""


def _category(char: str) -> str:
    return unicodedata.category(char)


def _is_cased(char: str) -> bool:
    # str.lower() writes a final sigma after a cased letter: the only way in
    # which Python shows this property.
    return (char + "Σ").lower().endswith("ς")


def _is_case_ignorable(char: str) -> bool:
    # The final sigma sees the "a" through it, but not it alone.
    return ("a" + char + "Σ").lower().endswith("ς") and not _is_cased(char)


PROPERTIES: dict[str, Callable[[str], bool]] = {
    "control": lambda char: _category(char) in ("Cc", "Cf"),
    "other": lambda char: _category(char).startswith("C"),
    "space": lambda char: _category(char) == "Zs",
    "punctuation": lambda char: _category(char).startswith("P"),
    "nonspacing": lambda char: _category(char) == "Mn",
    "digit": str.isdigit,
    "cased": _is_cased,
    "case_ignorable": _is_case_ignorable,
}


def _is_hangul_syllable(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3"  # decomposed by arithmetic


def _decomposition(char: str) -> str:
    if _is_hangul_syllable(char):
        return char
    return unicodedata.normalize("NFD", char)


def _compatibility(char: str) -> str:
    full = unicodedata.normalize("NFKD", char)
    return char if full == unicodedata.normalize("NFD", char) else full


MAPPINGS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "decomposition": _decomposition,
    "compatibility": _compatibility,  # only where it differs from the above
}


def _ranges(values: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yields (value, first, last) for each run of one value that is not 0."""
    first = 0
    for code in range(1, len(values) + 1):
        if code == len(values) or values[code] != values[first]:
            if values[first]:
                yield values[first], first, code - 1
            first = code


def _range_text(first: int, last: int) -> str:
    return f"{first:x}" if first == last else f"{first:x}-{last:x}"


def _section(name: str, items: list[str]) -> str:
    lines = textwrap.wrap(
        " ".join(items),
        width=78,
        initial_indent=f"{name} ",
        subsequent_indent=f"{name} ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "".join(line + "\n" for line in lines)


def make_table() -> str:
    """Returns the file's text."""
    text = _HEADER + f"unicode {unicodedata.unidata_version}\n"
    for name, has_property in PROPERTIES.items():
        values = [int(has_property(char)) for char in _CHARACTERS]
        text += _section(
            name, [_range_text(a, b) for _, a, b in _ranges(values)]
        )
    classes = [unicodedata.combining(char) for char in _CHARACTERS]
    text += _section(
        "combining",
        [f"{value}={_range_text(a, b)}" for value, a, b in _ranges(classes)],
    )
    for name, mapping in MAPPINGS.items():
        items = []
        for char in _CHARACTERS:
            if (target := mapping(char)) != char:
                targets = ",".join(f"{ord(part):x}" for part in target)
                items.append(f"{ord(char):x}:{targets}")
        text += _section(name, items)
    return text


def main() -> int:
    """Writes the file; refuses under another version of Unicode."""
    if unicodedata.unidata_version != UNICODE_VERSION:
        print(
            f"this Python has Unicode {unicodedata.unidata_version}, expected "
            f"{UNICODE_VERSION}. Next: run it under Python 3.11",
            file=sys.stderr,
        )
        return 2
    with files.write_atomically(TABLE_FILE) as file:
        file.write(make_table())
    print(f"wrote {TABLE_FILE} ({files.size_of(TABLE_FILE):,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

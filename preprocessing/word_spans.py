"""Running text -> the spans of its words, where BERT's basic tokenizer splits.

A word is what google-research/bert's `BasicTokenizer` would make one token of,
before lower-casing: white space separates, each punctuation mark and each
ideograph is a word of its own. The text itself is not touched, so that
`text[start:end]` is the word.

Characters that BERT drops (controls, zero-width spaces, soft hyphens, a
byte-order mark) do not separate: "hyper-tension" with a soft hyphen is one
word. They are part of a word only between its characters, never its first or
last, and no word by themselves: BERT makes nothing of them.
"""

from __future__ import annotations

import functools
import re

from preprocessing import characters

Span = tuple[int, int]  # of characters (code points); the end is exclusive

# Not in BERT's own list, but `str.split`, which it calls afterwards, splits.
_LINE_SEPARATORS = "\u2028\u2029"
_DROPPED, _SPACE, _MARK, _LETTER = b"dsml"


def word_spans(text: str) -> list[Span]:
    """Returns the words of `text` as spans, in order.

    No span is empty, overlaps another, or starts or ends with white space.
    """
    # The pattern of ASCII is small, and quick because it is.
    pattern = _word_pattern(128 if text.isascii() else len(_kinds()))
    return [match.span() for match in pattern.finditer(text)]


def spaced_spans(text: str) -> list[Span]:
    """Returns what white space separates in `text`, as spans, in order.

    White space is what it is to BERT's tokenizer: a span has the pieces that
    it has in the whole text. One of dropped characters alone has none.
    """
    size = 128 if text.isascii() else len(_kinds())
    return [match.span() for match in _spaced_pattern(size).finditer(text)]


@functools.cache
def _spaced_pattern(num_characters: int) -> re.Pattern[str]:
    kinds = (_DROPPED, _MARK, _LETTER)
    parts = (_character_class(kind, num_characters) for kind in kinds)
    return re.compile(f"(?:{'|'.join(parts)})+")


@functools.cache
def _kinds() -> bytes:
    """Returns one byte for each code point: _DROPPED, _SPACE, _MARK, _LETTER.

    BERT drops first, so a flag of that kind wins over the others.
    """
    kind_of_flags = bytearray()
    for flags in range(256):
        kind = _LETTER
        if flags & characters.DROPPED:
            kind = _DROPPED
        elif flags & characters.WHITESPACE:
            kind = _SPACE
        elif flags & (characters.CJK | characters.PUNCTUATION):
            kind = _MARK
        kind_of_flags.append(kind)
    kinds = bytearray(characters.character_table().flags)
    kinds = kinds.translate(bytes(kind_of_flags))
    for char in _LINE_SEPARATORS:
        kinds[ord(char)] = _SPACE
    return bytes(kinds)


@functools.cache
def _word_pattern(num_characters: int) -> re.Pattern[str]:
    """Returns a pattern of one word made of the first so many code points."""
    letters = _character_class(_LETTER, num_characters)
    dropped = _character_class(_DROPPED, num_characters)
    mark = _character_class(_MARK, num_characters)
    return re.compile(f"{letters}+(?:{dropped}+{letters}+)*|{mark}")


def _character_class(kind: int, num_characters: int) -> str:
    """Returns the characters of a kind as "[a-z...]".

    Positive on purpose: a negated class looks at all its astral ranges before
    it accepts a letter.
    """
    runs = re.finditer(re.escape(bytes([kind])) + b"+", _kinds())
    ranges = [
        f"\\U{run.start():08x}-\\U{min(run.end(), num_characters) - 1:08x}"
        for run in runs
        if run.start() < num_characters
    ]
    return f"[{''.join(ranges)}]"

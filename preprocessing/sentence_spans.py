"""Running text -> the spans of its sentences, by rules.

For biomedical and clinical English and Portuguese: abstracts, notes wrapped at
80 columns, headings, lists. Two kinds of places end a sentence: a break of
line that somebody meant (`line_breaks.py`), and a full stop, question or
exclamation mark before what looks like a beginning. The words that decide are
data (`sentence_rules.py`); what they are worth is measured in
tests/preprocessing/test_sentence_spans.py.
"""

from __future__ import annotations

import re

from preprocessing.line_breaks import paragraph_spans
from preprocessing.sentence_rules import ENGLISH_OR_PORTUGUESE, SentenceRules
from preprocessing.word_spans import Span

_CLOSING = "\"'”’»)\\]}"
_OPENING = "\"'“‘«„([{¿¡"
# A mark with the quotes and brackets it closes, then white space; a bracket
# may stand apart, as in tokenized text. East Asian marks need no white space.
# Looking back keeps long rows of dots from being tried from each dot.
_END = re.compile(
    rf"(?<![.!?…])[.!?…]+[{_CLOSING}]*(?:\s[)\]}}»”]+)*(?=\s)|[。！？]+[”’」』）]*"
)
_LAST_WORD = re.compile(rf"[^\s{re.escape(_OPENING)}]*\s?\Z")
_NEXT_WORD = re.compile(rf"\s*([{re.escape(_OPENING)}\s]*)(\S*)")
_NUMBERED = re.compile(
    r"[#(\[]?(?:[A-Z]{0,2}\d|[A-Z](?![\w'’])|[A-Z][a-z]{2}\d|[IVX]+\b)"
)
_ENUMERATOR = re.compile(r"\(?(?:#?\d{1,3}|[A-Za-z]|[ivx]{1,4})")
_FIRST_ITEM = re.compile(r"\(?#?1")
_SECOND_ITEM = re.compile(r"\s\(?#?2[.)]\s")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_MIXED = re.compile(r"[a-z]{1,5}-?[A-Z0-9]|[α-ω]")  # mRNA, p53, c-Myc, α-actin
# Before and after a full stop with a small letter behind it: whole words, as
# no abbreviation is.
_WHOLE_LAST = re.compile(r"[^\W\d_]{4,}")
_WHOLE_FIRST = re.compile(r"[^\W\d_]+[-/'’\w]*[.,:;]?")

_LONGEST_WORD = 24  # characters looked at before a mark
_LONGEST_ITEM = 1000  # characters in which a list's second item begins


def sentence_spans(
    text: str, *, rules: SentenceRules = ENGLISH_OR_PORTUGUESE
) -> list[Span]:
    """Returns the sentences of `text` as spans, in order.

    They are stripped of white space, do not overlap, and together hold every
    character that is no white space. They start and end where
    `word_spans` would separate words.
    """
    spans: list[Span] = []
    for start, end in paragraph_spans(text):
        sentence = start
        for match in _END.finditer(text, start, end):
            if _is_boundary(text, match, sentence=sentence, rules=rules):
                spans.append((sentence, match.end()))
                sentence = _skip_space(text, match.end())
        spans.append((sentence, end))
    return spans


def _skip_space(text: str, position: int) -> int:
    while text[position].isspace():
        position += 1
    return position


def _is_boundary(
    text: str, match: re.Match[str], *, sentence: int, rules: SentenceRules
) -> bool:
    """Returns whether a sentence ends with a mark.

    Args:
      text: the whole text.
      match: of `_END`.
      sentence: where the sentence starts that may end here.
      rules: the words of the language.
    """
    if match.end() == match.endpos:
        return False  # the paragraph ends here anyway
    following = _NEXT_WORD.match(text, match.end(), match.endpos)
    first = max(sentence, match.start() - _LONGEST_WORD)
    last = _LAST_WORD.search(text, first, match.start())
    word = last[0].strip() if last else ""
    if following is None or not _can_begin(following[1], following[2]):
        return match[0][0] in "。！？" or (
            following is not None
            and match[0] == "."
            and _begins_small(word, following[2], rules)
        )
    if match[0] != "." or last is None:
        return True
    if last.start() == sentence and _ENUMERATOR.fullmatch(word):
        return False
    if _FIRST_ITEM.fullmatch(word) and _opens_list(text, last.start(), match):
        return False
    return _can_end(word, following[2], rules)


def _opens_list(text: str, number: int, match: re.Match[str]) -> bool:
    """Tells "History: 1. Pain. 2. Edema." from "Score: 1. He was discharged".

    Args:
      text: the whole text.
      number: where the number 1 stands in it.
      match: of `_END`, of the full stop after it.
    """
    if text[max(0, number - 2) : number].strip() != ":":
        return False
    end = min(match.endpos, match.end() + _LONGEST_ITEM)
    return _SECOND_ITEM.search(text, match.end(), end) is not None


def _can_begin(opening: str, word: str) -> bool:
    """Returns whether a sentence may begin so, brackets and quotes apart."""
    if not word:
        return bool(opening.strip())
    first = word[0]
    if first.islower():
        return _MIXED.match(word) is not None
    if first == "#":
        return word[1:2].isdigit()  # "#2. Hypertension."
    if first == "_":
        return word.startswith("__")  # a word that nobody understood
    return first.isalnum() or first in "*•-<>≥≤~"


def _begins_small(word: str, following: str, rules: SentenceRules) -> bool:
    """Returns whether a small letter begins a sentence after a full stop."""
    return (
        rules.small_beginnings
        and _WHOLE_LAST.fullmatch(word) is not None
        and _WHOLE_FIRST.fullmatch(following) is not None
        and word.lower() not in rules.never_last
        and word.lower() not in rules.seldom_last
        and following.rstrip(".,:;") not in rules.never_first
    )


def _can_end(word: str, following: str, rules: SentenceRules) -> bool:
    """Returns whether a sentence may end with `word` and a full stop."""
    lowered = word.lower()
    if lowered in rules.never_last:
        return False
    if lowered in rules.before_number:
        return _NUMBERED.match(following) is None
    if lowered in rules.often_last:
        return True
    if lowered in rules.seldom_last or _is_initials(word):
        return following.rstrip(",") in rules.beginnings
    return True


def _is_initials(word: str) -> bool:
    return word[-1:].isupper() and _INITIALS.fullmatch(word) is not None

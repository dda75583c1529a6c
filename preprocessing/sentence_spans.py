"""Running text -> the spans of its sentences, by rules.

For biomedical and clinical English and Portuguese: abstracts, notes wrapped at
80 columns, headings, lists. Two kinds of places end a sentence: a break of
line that somebody meant (`line_breaks.py`), and a full stop, question or
exclamation mark before what looks like a beginning. Rules are data, below;
what they are worth is measured in tests/preprocessing/test_sentence_spans.py.
"""

from __future__ import annotations

import re

from preprocessing.line_breaks import paragraph_spans
from preprocessing.word_spans import Span


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# After these a full stop ends nothing.
_NEVER_LAST = _words("""
    ac approx aprox ca cf dr dra drs e.g eg ex exma exmo i.e ie mme mr mrs ms
    p.ex prof profa sr sra st v.g viz vs
""")
# After these it ends nothing if a number follows: Fig. 2, Fig. S1, c. 35A>G.
_BEFORE_NUMBER = _words("""
    abr ago apr art aug c cap chap dec dez ed eq eqs feb fev fig figs g grav
    jan jul jun mai mar may n no nos nov nr num nº núm oct out p pp pág págs
    ref refs sec sect sep sept set suppl tab vers vol
""")
# After these, and after initials, it ends something before these beginnings
# only: "J. Smith", but "vitamin A. The"; "et al. (2001)", but "et al. We".
_SELDOM_LAST = _words("""
    al bros co corp cv dept inc jr ltd ph.d sp spp ssp subsp univ var
""")
_BEGINNINGS = _words("""
    After All Although Among An And Another As At Based Because Before Both
    But By Compared Conclusion Conclusions Denies During Each Early Eight
    Evidence Finally Five For Four From Further Furthermore Given He Her Here
    Hers His How However If Importantly In Inhibition Interestingly It Its
    Later Methods Most Moreover Nevertheless Next No None Not Notably Of On One
    Other Our Overall Patient Patients Previous Previously Recent Recently
    Results She Similar Similarly Since Six Some Specifically Studies
    Subsequently Such Taken That The Their Then There Therefore These They This
    Those Three Thus To Treatment Two Under Unlike Using We What When Whereas
    Whether Which While With Within
    Ao Aos Após As Até Com Como Da Das De Doente Dos Durante Ela Ele Em Entre
    Esta Estas Este Estes Foi Foram Já Na Nas Nega Nos Não O Os Para Pelo Por
    Sem Seu Sua Três Um Uma Utente À Às É
""")

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
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_MIXED = re.compile(r"[a-z]{1,5}-?[A-Z0-9]|[α-ω]")  # mRNA, p53, c-Myc, α-actin

_LONGEST_WORD = 24  # characters looked at before a mark


def sentence_spans(text: str) -> list[Span]:
    """Returns the sentences of `text` as spans, in order.

    They are stripped of white space, do not overlap, and together hold every
    character that is no white space. They start and end where
    `word_spans` would separate words.
    """
    spans: list[Span] = []
    for start, end in paragraph_spans(text):
        sentence = start
        for match in _END.finditer(text, start, end):
            if _is_boundary(text, match, sentence):
                spans.append((sentence, match.end()))
                sentence = _skip_space(text, match.end())
        spans.append((sentence, end))
    return spans


def _skip_space(text: str, position: int) -> int:
    while text[position].isspace():
        position += 1
    return position


def _is_boundary(text: str, match: re.Match[str], sentence: int) -> bool:
    """Returns whether a sentence ends with a mark.

    Args:
      text: the whole text.
      match: of `_END`.
      sentence: where the sentence starts that may end here.
    """
    if match.end() == match.endpos:
        return False  # the paragraph ends here anyway
    following = _NEXT_WORD.match(text, match.end(), match.endpos)
    if following is None or not _can_begin(following[1], following[2]):
        return match[0][0] in "。！？"
    if match[0] != ".":
        return True
    first = max(sentence, match.start() - _LONGEST_WORD)
    last = _LAST_WORD.search(text, first, match.start())
    if last is None:
        return True
    word = last[0].strip()
    if last.start() == sentence and _ENUMERATOR.fullmatch(word):
        return False
    return _can_end(word, following[2])


def _can_begin(opening: str, word: str) -> bool:
    """Returns whether a sentence may begin so, brackets and quotes apart."""
    if not word:
        return bool(opening.strip())
    first = word[0]
    if first.islower():
        return _MIXED.match(word) is not None
    return first.isalnum() or first in "*•-<>≥≤~"


def _can_end(word: str, following: str) -> bool:
    """Returns whether a sentence may end with `word` and a full stop."""
    lowered = word.lower()
    if lowered in _NEVER_LAST:
        return False
    if lowered in _BEFORE_NUMBER:
        return _NUMBERED.match(following) is None
    if lowered in _SELDOM_LAST or _is_initials(word):
        return following.rstrip(",") in _BEGINNINGS
    return True


def _is_initials(word: str) -> bool:
    return word[-1:].isupper() and _INITIALS.fullmatch(word) is not None

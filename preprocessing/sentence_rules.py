"""What the sentence splitter knows of a language, as words.

Where a full stop ends nothing, and what a sentence begins with. The words of
running text came from biomedical abstracts and notes; what they are worth is
measured in tests/preprocessing/test_sentence_spans.py.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SentenceRules:
    """Words that decide whether a full stop ends a sentence.

    All but `beginnings` are in small letters, without the last full stop.

    Attributes:
      never_last: after these it ends nothing.
      before_number: after these it ends nothing if a number follows: Fig. 2,
        Fig. S1, c. 35A>G.
      seldom_last: after these, and after initials, it ends something before
        `beginnings` only: "J. Smith", but "vitamin A. The"; "et al. (2001)",
        but "et al. We".
      often_last: what looks like initials and is none: P.O., B.I.D.
      beginnings: words that a sentence often begins with, as written.
      small_beginnings: whether a sentence may begin with a small letter, as
        in notes written in haste, if a whole word is before the full stop.
      never_first: with `small_beginnings`, the words that begin none.
    """

    never_last: frozenset[str]
    before_number: frozenset[str]
    seldom_last: frozenset[str]
    beginnings: frozenset[str]
    often_last: frozenset[str] = frozenset()
    small_beginnings: bool = False
    never_first: frozenset[str] = frozenset()


def words(text: str) -> frozenset[str]:
    """Returns the words of a text that lists them."""
    return frozenset(text.split())


ENGLISH = SentenceRules(
    never_last=words("""
        approx ca cf dr drs e.g eg ex i.e ie mr mrs ms prof st v.g viz vs
    """),
    before_number=words("""
        apr art aug c cap chap dec ed eq eqs feb fig figs g jan jul jun mar
        may n no nos nov nr num oct p pp ref refs sec sect sep sept suppl tab
        vers vol
    """),
    seldom_last=words("""
        al bros co corp cv dept inc jr ltd ph.d sp spp ssp subsp univ var
    """),
    beginnings=words("""
        After All Although Among An And Another As At Based Because Before
        Both But By Compared Conclusion Conclusions Denies During Each Early
        Eight Evidence Finally Five For Four From Further Furthermore Given He
        Her Here Hers His How However If Importantly In Inhibition
        Interestingly It Its Later Methods Most Moreover Nevertheless Next No
        None Not Notably Of On One Other Our Overall Patient Patients Previous
        Previously Recent Recently Results She Similar Similarly Since Six
        Some Specifically Studies Subsequently Such Taken That The Their Then
        There Therefore These They This Those Three Thus To Treatment Two
        Under Unlike Using We What When Whereas Whether Which While With
        Within
    """),
)

PORTUGUESE = SentenceRules(
    never_last=words("""
        ac aprox ca cf dr dra drs ex exma exmo mme p.ex prof profa sr sra st
        v.g vs
    """),
    before_number=words("""
        abr ago art c cap dez eq fev fig figs g grav jan jul jun mai mar n no
        nos nov nr num nº núm out p pp pág págs ref refs sec set suppl tab vol
    """),
    seldom_last=words("al co dept jr ltd ph.d sp spp univ var"),
    beginnings=words("""
        Ao Aos Após As Até Com Como Da Das De Doente Dos Durante Ela Ele Em
        Entre Esta Estas Este Estes Foi Foram Já Na Nas Nega Nos Não O Os Para
        Pelo Por Sem Seu Sua Três Um Uma Utente À Às É
    """),
)


# For text of which nobody said the language.
ENGLISH_OR_PORTUGUESE = SentenceRules(
    never_last=ENGLISH.never_last | PORTUGUESE.never_last,
    before_number=ENGLISH.before_number | PORTUGUESE.before_number,
    seldom_last=ENGLISH.seldom_last | PORTUGUESE.seldom_last,
    beginnings=ENGLISH.beginnings | PORTUGUESE.beginnings,
)

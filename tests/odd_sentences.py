"""Sentences of words that tokenizers stumble over, with random tags.

For the fuzz tests: every kind of word that user-demand.md, row 1 names, and
code points drawn from all of Unicode.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from tasks.readers import TaggedSentence

ODD_WORDS = (
    # Dates, strains, chemistry: what WordPiece cuts at every character.
    "9/7/1992", "C57BL/6", "-imidazol-4yl]", "p<0.05", "N(6)-methyl", "1,2-",
    "##ing", "[CLS]", "[SEP]", "[UNK]", "[PAD]", "▁", "▁the", "<unk>", "(", "—",
    # Spaces inside and nothing else.
    "10\u00a0mg", "\u00a0", "\u3000", "\u2028", "\u2029", "\u0085", " ", "\t",
    "\r", "a b",
    # Nothing to see.
    "", "\u200b", "\u200b\u200d", "\ufeff", "\u00ad", "\u2060", "\ufe0f",
    "x\u200by",
    # Control characters, unassigned, private, no character at all.
    "\x00", "\x01\x02", "\x07", "\x1b[31m", "\x7f", "\x9f", "\u0378", "\ue000",
    "\U000e0001", "\U0010ffff", "\ufffd", "\ufffe",
    # Emoji with modifiers, joined ones, flags.
    "😀", "\U0001f469\U0001f3fd\u200d\u2695\ufe0f", "🇵🇹", "1\ufe0f\u20e3",
    "😀" * 40,
    # CJK, Hangul in two spellings, kana, right to left, Indic, Thai.
    "高血压", "糖尿病2型", "한국어", "\u1112\u1161\u11ab", "カタカナ",
    "שלום", "مرحبا",
    "हिन्दी", "ภาษาไทย", "𠀋",
    # Case and accents that change a word's length.
    "naïve", "nai\u0308ve", "İstanbul", "Straße", "ﬁbrosis", "Ǆ", "ΣΊΣΥΦΟΣ",
    "\u0301", "a" + "\u0301" * 50, "½", "10²", "µg", "Å",
    # Longer than a window.
    "x" * 120, "ACGT" * 30, "-" * 120, "é" * 120, "高" * 120, "x" * 250,
)  # fmt: skip

PLAIN_WORDS = ("the", "of", "Patients", "with", "ataxia", ".", ",", "BRCA1")
_SURROGATES = range(0xD800, 0xE000)  # no text in UTF-8 has them
_NUM_CODE_POINTS = 0x110000
_BLOCKS = ((0, 0x250), (0x2000, 0x2C00), (0x3000, 0xA000), (0, 0x110000))


def odd_sentences(
    count: int, *, types: Sequence[str], seed: int
) -> list[TaggedSentence]:
    """Returns sentences with valid IOB2 tags.

    Args:
      count: how many.
      types: of the entities; ("",) for tags without type.
      seed: of all that is drawn.
    """
    rng = random.Random(seed)
    sentences = []
    line = 1
    for _ in range(count):
        words = tuple(_word(rng) for _ in range(_length(rng)))
        tags = tuple(iob2_tags(len(words), types=types, rng=rng))
        sentences.append(TaggedSentence(words, tags, line=line))
        line += len(words) + 1
    return sentences


def _length(rng: random.Random) -> int:
    """Mostly short, now and then without words, some of many windows."""
    draw = rng.random()
    if draw < 0.005:
        return 0
    return rng.randint(1, 9) if draw < 0.985 else rng.randint(60, 120)


def _word(rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.35:
        return rng.choice(PLAIN_WORDS)
    if draw < 0.75:
        return rng.choice(ODD_WORDS)
    low, high = rng.choice(_BLOCKS)
    points = (rng.randrange(low, high) for _ in range(rng.randint(1, 6)))
    return "".join(chr(p) for p in points if p not in _SURROGATES)


def iob2_tags(
    count: int, *, types: Sequence[str], rng: random.Random
) -> list[str]:
    """Returns random tags that IOB2 allows."""
    tags: list[str] = []
    for _ in range(count):
        follows = tags[-1][1:] if tags and tags[-1] != "O" else None
        draw = rng.random()
        if follows is not None and draw < 0.4:
            tags.append(f"I{follows}")
        elif draw < 0.7:
            kind = rng.choice(types)
            tags.append(f"B-{kind}" if kind else "B")
        else:
            tags.append("O")
    return tags

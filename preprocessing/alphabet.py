"""Word counts -> the characters that become pieces of a vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

from preprocessing import characters
from preprocessing.word_counts import WordCounts


@dataclass(frozen=True)
class Alphabet:
    """The characters that words are made of.

    Attributes:
      first: what a word can begin with, sorted.
      later: what it can go on with, sorted.
      num_rare: characters that are left out because they are rare.
    """

    first: tuple[str, ...]
    later: tuple[str, ...]
    num_rare: int

    def __len__(self) -> int:
        """Returns how many pieces it makes."""
        return len(self.first) + len(self.later)

    def spells(self, word: str) -> bool:
        """Returns whether a word can be cut, if need be into characters."""
        return set(word).issubset(self.first)


def alphabet_of(counts: WordCounts, *, min_frequency: int) -> Alphabet:
    """Returns the characters that come often enough.

    Each is a piece twice, as `x` and as `##x`, so no word made of them is
    unknown. Marks of punctuation and ideographs are words of their own and
    need no `##x`, unless one is seen inside a word (accents that are stripped
    late can uncover one).

    Args:
      counts: of the text.
      min_frequency: how often a character has to come.
    """
    flags = characters.character_table().flags
    alone = characters.PUNCTUATION | characters.CJK
    first = sorted(
        char
        for char, count in counts.characters.items()
        if count >= min_frequency
    )
    later = [
        char
        for char in first
        if char in counts.inside or not flags[ord(char)] & alone
    ]
    num_rare = len(counts.characters) - len(first)
    return Alphabet(tuple(first), tuple(later), num_rare)

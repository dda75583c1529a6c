"""Text -> how often each word of it comes, in bounded memory.

Words are those that the WordPiece tokenizer sees: `TextRules` says how text is
cleaned, and marks of punctuation and ideographs are words of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from foundation.errors import InputError
from preprocessing.wordpiece import (
    MAX_CHARS_PER_WORD,
    ReferenceWordPiece,
    TextRules,
)

DEFAULT_MAX_WORDS = 2_000_000  # some 400 MB
_MAX_PARTS = 1 << 20  # between spaces, counted before they are cut: 150 MB
_KEPT_SHARE = 0.75  # of the bound, after pruning
# Of printable ASCII without spaces, what is no letter or digit splits off.
_ASCII_WORDS = re.compile(r"[0-9A-Za-z]+|[^0-9A-Za-z]")


@dataclass(frozen=True)
class WordCounts:
    """Words and characters of a text.

    Attributes:
      counts: words with how often they come. No word is longer than what the
        tokenizer cuts (200 characters).
      characters: characters with how often they come in words, those that
        were left out of `counts` because they are rare included.
      inside: characters that were seen behind the first place of a word.
      num_words: words of the text, whatever became of them.
      num_pruned: of those, how many were left out because they are rare.
      missing: how much a count is too low at most, for that reason; a word
        that comes more often is in `counts`.
      num_too_long: words that are longer than what the tokenizer cuts.
    """

    counts: Mapping[str, int]
    characters: Mapping[str, int]
    inside: frozenset[str]
    num_words: int
    num_pruned: int
    missing: int
    num_too_long: int


def count_words(
    texts: Iterable[bytes],
    rules: TextRules,
    *,
    max_words: int = DEFAULT_MAX_WORDS,
) -> WordCounts:
    r"""Counts the words of texts.

    Args:
      texts: valid UTF-8; every one starts and ends where a word does.
      rules: how text becomes words.
      max_words: different words kept in memory. Beyond, the rarest go.

    Raises:
      InputError: `max_words` is not above 0.
    """
    if max_words < 1:
        raise InputError(
            "too few words are to be counted",
            got=max_words,
            expected="1 or more",
        )
    counter = _Counter(rules, max_words)
    for text in texts:
        counter.add(text)
    return counter.finish()


class _Counter:
    """Counts parts between spaces first, cuts each different one once.

    A space always ends a word, so the words of a text are those of its parts.
    """

    def __init__(self, rules: TextRules, max_words: int) -> None:
        self._rules = rules
        self._reference = ReferenceWordPiece({}, rules)
        self._max_words = max_words
        self._parts: Counter[bytes] = Counter()
        self._words: dict[str, int] = {}
        self._characters: Counter[str] = Counter()
        self._inside: set[str] = set()
        self._num_pruned = self._missing = self._num_too_long = 0

    def add(self, text: bytes) -> None:
        """Counts the words of a text."""
        # Neither `split()` nor `splitlines`: BERT drops the other white space
        # of ASCII, and what stood around it is one word.
        self._parts.update(text.replace(b"\n", b" ").split(b" "))
        if len(self._parts) > _MAX_PARTS:
            self._cut_parts()

    def finish(self) -> WordCounts:
        """Returns the counts; nothing can be added any more."""
        self._cut_parts()
        self._count_characters(self._words)
        kept = sum(self._words.values())
        return WordCounts(
            counts=self._words,
            characters=dict(self._characters),
            inside=frozenset(self._inside),
            num_words=kept + self._num_pruned + self._num_too_long,
            num_pruned=self._num_pruned,
            missing=self._missing,
            num_too_long=self._num_too_long,
        )

    def _cut_parts(self) -> None:
        words = self._words
        for part, count in self._parts.items():
            for word in self._words_of(part.decode()):
                if len(word) > MAX_CHARS_PER_WORD:
                    self._num_too_long += count
                else:
                    words[word] = words.get(word, 0) + count
        self._parts.clear()
        if len(words) > self._max_words:
            self._prune()

    def _words_of(self, part: str) -> list[str]:
        """Returns the words between two spaces."""
        if not (part.isascii() and part.isprintable()):
            return self._reference.words(part)
        if self._rules.lower_case:
            part = part.lower()
        return _ASCII_WORDS.findall(part)

    def _prune(self) -> None:
        """Drops the words that come least, until there is room again."""
        counts = np.fromiter(self._words.values(), np.int64, len(self._words))
        surplus = len(counts) - int(_KEPT_SHARE * self._max_words)
        floor = int(np.partition(counts, surplus - 1)[surplus - 1])
        rare = {w: n for w, n in self._words.items() if n <= floor}
        self._count_characters(rare)
        self._num_pruned += sum(rare.values())
        self._missing += floor
        self._words = {w: n for w, n in self._words.items() if n > floor}

    def _count_characters(self, words: Mapping[str, int]) -> None:
        by_count: dict[int, list[str]] = {}
        for word, count in words.items():
            by_count.setdefault(count, []).append(word)
            self._inside.update(word[1:])
        for count, same in by_count.items():
            for char, times in Counter("".join(same)).items():
                self._characters[char] += times * count

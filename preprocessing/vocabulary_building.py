"""A sample of text -> a WordPiece vocabulary, with scores on held-out text.

The steps: count words (word_counts.py), learn pieces (wordpiece_vocabulary.py),
put special pieces before them (vocabulary_layout.py), score
(vocabulary_coverage.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from foundation.errors import InputError
from preprocessing.alphabet import Alphabet, alphabet_of
from preprocessing.corpus_sample import CorpusSample
from preprocessing.vocabulary_coverage import Coverage, coverage
from preprocessing.vocabulary_layout import special_pieces, vocabulary_text
from preprocessing.word_counts import WordCounts, count_words
from preprocessing.wordpiece import TextRules, WordPieceTokenizer
from preprocessing.wordpiece_vocabulary import LearnedPieces, learn_pieces


@dataclass(frozen=True)
class VocabularyOptions:
    """How a vocabulary is made.

    Attributes:
      rules: how text becomes words.
      vocab_size: lines of the file, special pieces included.
      min_frequency: how often a longer piece has to come.
      min_character_frequency: how often a character has to come.
      layout: where special pieces stand (`vocabulary_layout.LAYOUTS`).
      num_unused: [unused] pieces; None = the layout's.
      max_words: different words kept in memory.
    """

    rules: TextRules
    vocab_size: int
    min_frequency: int
    min_character_frequency: int
    layout: str
    num_unused: int | None
    max_words: int


@dataclass(frozen=True)
class BuiltVocabulary:
    """A vocabulary and what it came from.

    Attributes:
      options: what was asked for.
      sample: the text.
      words: of it, to learn from.
      held_out: words to score on.
      special: special and unused pieces.
      alphabet: characters that are pieces.
      learned: characters and longer pieces.
    """

    options: VocabularyOptions
    sample: CorpusSample
    words: WordCounts
    held_out: WordCounts
    special: tuple[str, ...]
    alphabet: Alphabet
    learned: LearnedPieces

    @property
    def pieces(self) -> tuple[str, ...]:
        """The vocabulary; position is id."""
        return self.special + self.learned.pieces

    @cached_property
    def text(self) -> str:
        """What stands in vocab.txt."""
        return vocabulary_text(self.pieces)

    def coverage(self, pieces: Sequence[str] | None = None) -> Coverage:
        """Returns how a vocabulary cuts the held-out words.

        Args:
          pieces: of the vocabulary; None = this one.
        """
        tokenizer = WordPieceTokenizer(
            self.pieces if pieces is None else pieces,
            rules=self.options.rules,
            vocab_sha256="",
        )
        return coverage(self.held_out, tokenizer)

    def facts(self) -> dict[str, Any]:
        """Returns what there is to know about it, by name, for JSON."""
        options = asdict(self.options)
        num_unknown = sum(
            count
            for word, count in self.words.counts.items()
            if not self.alphabet.spells(word)
        )
        longer = self.learned.counts[len(self.alphabet) :]
        return {
            **options.pop("rules"),
            **options,
            "vocab_sha256": hashlib.sha256(self.text.encode()).hexdigest(),
            "num_special": len(self.special),
            "num_characters": len(self.alphabet),
            "rarest_piece": longer[-1] if longer else 0,
            "corpus_bytes": self.sample.total_bytes,
            "sample_bytes": self.sample.wanted_bytes,
            "num_words": self.words.num_words,
            "num_different_words": len(self.words.counts),
            "num_pruned_words": self.words.num_pruned,
            "num_rare_characters": self.alphabet.num_rare,
            "num_unknown_words": num_unknown,
            "num_too_long_words": self.words.num_too_long,
        }


def build_vocabulary(
    sample: CorpusSample,
    options: VocabularyOptions,
    *,
    read: Callable[[int], object] | None = None,
    learned: Callable[[int], object] | None = None,
) -> BuiltVocabulary:
    """Builds a vocabulary.

    Args:
      sample: the text.
      options: what is asked for.
      read: called with the number of bytes read since the last call.
      learned: called with the number of pieces that there are.

    Raises:
      InputError: no words, fewer than the pieces asked for, or text that
        cannot be read.
    """
    special = tuple(special_pieces(options.layout, options.num_unused))
    words, held_out = (
        count_words(
            sample.texts(held_out=is_held_out, progress=read),
            options.rules,
            max_words=options.max_words,
        )
        for is_held_out in (False, True)
    )
    alphabet = _checked_alphabet(sample, words, options)
    pieces = learn_pieces(
        words.counts,
        alphabet,
        num_pieces=options.vocab_size - len(special),
        min_frequency=options.min_frequency,
        progress=None
        if learned is None
        else lambda number: learned(len(special) + number),
    )
    return BuiltVocabulary(
        options, sample, words, held_out, special, alphabet, pieces
    )


def _checked_alphabet(
    sample: CorpusSample, words: WordCounts, options: VocabularyOptions
) -> Alphabet:
    if not words.counts:
        raise InputError(
            "there is no text to learn from",
            got=f"{sample.total_bytes} bytes without a word",
            expected="UTF-8 text",
            next_step="look at the files that --input_file names",
        )
    alphabet = alphabet_of(words, min_frequency=options.min_character_frequency)
    if not alphabet.first:
        raise InputError(
            "all characters of the text are rare",
            got=f"{alphabet.num_rare} characters",
            expected=f"one that comes {options.min_character_frequency} times",
            next_step="make --min_character_frequency lower, or give more text",
        )
    return alphabet

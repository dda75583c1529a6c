"""A text, or a list -> the words that a vocabulary is to know as one piece.

Candidates are words that come often and are cut small: each occurrence of a
word of n pieces that becomes one piece saves n - 1. (Fertility, the pieces of
a word, is the measure of Rust, Pfeiffer, Vulić, Ruder and Gurevych, "How good
is your tokenizer?", 2021.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError
from preprocessing import characters
from preprocessing.sentence_piece import (
    WORD_START,
    SentencePieceTokenizer,
    preprocess_text,
)
from preprocessing.tokenization import WordPieceTokenizer
from preprocessing.wordpiece import (
    MAX_CHARS_PER_WORD,
    ReferenceWordPiece,
    TextRules,
)

GrowingTokenizer = WordPieceTokenizer | SentencePieceTokenizer
_NUM_NAMED = 5  # lines that an error tells the numbers of


@dataclass(frozen=True)
class NewWord:
    """A word that becomes a piece.

    Attributes:
      word: as the tokenizer sees it, lower-cased where it lower-cases.
      frequency: how often it comes in the text.
      old_ids: what it is cut into now.
      line: where it stands in the user's list; 0 = found in the text.
    """

    word: str
    frequency: int
    old_ids: tuple[int, ...]
    line: int = 0

    @property
    def num_saved(self) -> int:
        """Pieces that the text has less with it, words alike left aside."""
        return self.frequency * (len(self.old_ids) - 1)


@dataclass(frozen=True)
class ListedWords:
    """What stands in a list of words.

    Attributes:
      words: those that become pieces, in the list's order.
      num_repeated: lines with a word that an earlier line has.
      num_whole: words that are one piece already.
      num_unknown: of `words`, those that are [UNK] now.
    """

    words: tuple[NewWord, ...]
    num_repeated: int
    num_whole: int
    num_unknown: int


def rules_of(tokenizer: GrowingTokenizer) -> TextRules:
    """Returns how text becomes the words that can be pieces."""
    if isinstance(tokenizer, WordPieceTokenizer):
        return tokenizer.rules
    return TextRules(tokenizer.lower_case, tokenizer.strip_accents)


def frequent_words(
    counts: Mapping[str, int],
    tokenizer: GrowingTokenizer,
    *,
    min_frequency: int,
    min_pieces: int,
) -> list[NewWord]:
    """Returns the words that are worth a piece, the best first.

    Words of digits alone are left out, and unknown ones: their pieces, from
    which a new piece starts, say nothing.

    Args:
      counts: words of a text, cut by `rules_of` the tokenizer.
      tokenizer: as it is.
      min_frequency: how often a word has to come.
      min_pieces: how many pieces it has to be cut into.

    Returns:
      Words by pieces saved, equal ones by their letters.
    """
    found = []
    for word, count in counts.items():
        if count < min_frequency or all(map(characters.is_digit, word)):
            continue
        ids = tuple(tokenizer.encode_word(word))
        if len(ids) < min_pieces or tokenizer.unk_id in ids:
            continue
        if _can_be_piece(word, tokenizer):
            found.append(NewWord(word, count, ids))
    return sorted(found, key=lambda new: (-new.num_saved, new.word))


def _can_be_piece(word: str, tokenizer: GrowingTokenizer) -> bool:
    """Returns whether the tokenizer could find the word if it were a piece."""
    if len(word) > MAX_CHARS_PER_WORD:
        return False
    if isinstance(tokenizer, WordPieceTokenizer):
        return tokenizer.reference.words(word) == [word]
    if len(word) < 2 or WORD_START in word:  # a mark is best left alone
        return False
    cleaned = preprocess_text(
        word,
        lower_case=tokenizer.lower_case,
        strip_accents=tokenizer.strip_accents,
    )
    # The library has a normal form of its own.
    normal: str = tokenizer.processor.normalize(cleaned)
    return normal == WORD_START + word


def read_list(
    path: str, tokenizer: GrowingTokenizer, counts: Mapping[str, int]
) -> ListedWords:
    """Reads a list of words, one a line; blank lines are passed over.

    Args:
      path: of the list, UTF-8.
      tokenizer: as it is; cleans the words as it cleans text.
      counts: how often words come in the text.

    Raises:
      InputError: the file cannot be read, or lines that are not one word to
        the tokenizer, as "COX-2".
    """
    text = files.read_text(
        path, what="the list of words", next_step="give one word a line"
    )
    reference = ReferenceWordPiece({}, rules_of(tokenizer))
    wrong: list[int] = []
    found: dict[str, NewWord] = {}
    num_repeated = 0
    for line, listed in enumerate(text.split("\n"), start=1):
        if not listed.strip():
            continue
        words = reference.words(listed)
        if len(words) != 1 or not _can_be_piece(words[0], tokenizer):
            wrong.append(line)
        elif words[0] in found:
            num_repeated += 1
        else:
            ids = tuple(tokenizer.encode_word(words[0]))
            count = counts.get(words[0], 0)
            found[words[0]] = NewWord(words[0], count, ids, line)
    if wrong:
        raise _not_one_word(path, wrong)
    unk_id = tokenizer.unk_id
    new = [
        word
        for word in found.values()
        if len(word.old_ids) > 1 or unk_id in word.old_ids
    ]
    num_whole = len(found) - len(new)
    num_unknown = sum(unk_id in word.old_ids for word in new)
    return ListedWords(tuple(new), num_repeated, num_whole, num_unknown)


def _not_one_word(path: str, lines: list[int]) -> InputError:
    return InputError(
        "lines of the list are not one word to the tokenizer",
        got=f"{len(lines)}, on the lines {named(lines)}",
        expected="one word a line; the tokenizer cuts at spaces and "
        "punctuation before it looks for pieces",
        next_step="take these lines out, or give the words' parts lines of "
        "their own",
        path=path,
        line=lines[0],
    )


def named(lines: Iterable[int]) -> str:
    """Returns some numbers of lines for an error's text."""
    numbers = list(lines)
    shown = ", ".join(map(str, numbers[:_NUM_NAMED]))
    return shown + (" and others" if len(numbers) > _NUM_NAMED else "")

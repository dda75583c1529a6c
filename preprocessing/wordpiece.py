"""Text -> WordPiece ids, as google-research/bert's tokenization.py does.

The algorithm is written twice. `ReferenceWordPiece` is the definition, to be
read. `WordPieceTokenizer` gives the same ids for every string, many times
faster: a space always ends a word, so the ids of a text are those of its
space-separated parts, and a part seen before is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from foundation.errors import InputError
from preprocessing import characters
from preprocessing.memo import Memo

MAX_CHARS_PER_WORD = 200  # google-research/bert; a longer word is one [UNK]
CONTINUATION = "##"
CONTROL_CHARACTERS = {
    "google": characters.DROPPED,
    "any": characters.DROPPED_ANY,
}
# Of printable ASCII, what is no letter, digit or space splits off.
_ASCII_WORDS = re.compile(r"[0-9A-Za-z]+|[^0-9A-Za-z ]")


@dataclass(frozen=True)
class TextRules:
    """How a text becomes words.

    Attributes:
      lower_case: whether words are lower-cased.
      strip_accents: whether nonspacing marks go (NFD without Mn). The
        original does it just when it lower-cases.
      control_characters: which are dropped: "google" (categories Cc, Cf) or
        "any" (every C*, so unassigned and private ones too), as the copies in
        BioBERT and BlueBERT do.
    """

    lower_case: bool
    strip_accents: bool
    control_characters: str = "google"

    def __post_init__(self) -> None:
        if self.control_characters not in CONTROL_CHARACTERS:
            raise InputError(
                "control_characters is unknown",
                got=self.control_characters,
                expected=" or ".join(CONTROL_CHARACTERS),
            )


class ReferenceWordPiece:
    """The definition: the original's steps, one after the other."""

    def __init__(self, ids: dict[str, int], rules: TextRules) -> None:
        self._ids = ids
        self._rules = rules

    def encode(self, text: str) -> list[int]:
        """Returns the ids of the text's pieces."""
        return [
            piece_id
            for word in self.words(text)
            for piece_id in self.word_ids(word)
        ]

    def words(self, text: str) -> list[str]:
        """Returns the words, punctuation marks and ideographs of the text."""
        tokens: list[str] = []
        for token in self._clean(text).split():
            if self._rules.lower_case:
                token = characters.lower(token)
            if self._rules.strip_accents:
                token = characters.strip_accents(token)
            tokens += _split_on_punctuation(token)
        return " ".join(tokens).split()

    def _clean(self, text: str) -> str:
        """Drops control characters and sets ideographs apart."""
        flags = characters.character_table().flags
        dropped = CONTROL_CHARACTERS[self._rules.control_characters]
        kept: list[str] = []
        for char in text:
            flag = flags[ord(char)]
            if flag & dropped:
                continue
            if flag & characters.WHITESPACE:
                char = " "
            elif flag & characters.CJK:
                char = f" {char} "
            kept.append(char)
        return "".join(kept)

    def word_ids(self, word: str) -> list[int]:
        """Returns the longest pieces from the left, or [UNK] alone."""
        if len(word) > MAX_CHARS_PER_WORD:
            return [self._ids["[UNK]"]]
        piece_ids: list[int] = []
        start = 0
        while start < len(word):
            prefix = CONTINUATION if start else ""
            for end in range(len(word), start, -1):
                piece_id = self._ids.get(prefix + word[start:end])
                if piece_id is not None:
                    break
            else:
                return [self._ids["[UNK]"]]
            piece_ids.append(piece_id)
            start = end
        return piece_ids


def _split_on_punctuation(token: str) -> Iterator[str]:
    """Yields the parts between punctuation marks, and the marks."""
    flags = characters.character_table().flags
    start = 0
    for position, char in enumerate(token):
        if flags[ord(char)] & characters.PUNCTUATION:
            yield token[start:position]
            yield char
            start = position + 1
    yield token[start:]


@dataclass(frozen=True)
class _Pieces:
    """The vocabulary as the greedy search wants it."""

    first: dict[str, int]  # every piece: what a word can begin with
    later: dict[str, int] = field(default_factory=dict)  # "ing" for "##ing"
    longest: int = 0  # characters of the longest of them

    @classmethod
    def of(cls, ids: dict[str, int]) -> _Pieces:
        later = {
            piece[len(CONTINUATION) :]: piece_id
            for piece, piece_id in ids.items()
            if piece.startswith(CONTINUATION)
        }
        return cls(ids, later, max(map(len, ids)))


class WordPieceTokenizer:
    """WordPiece with a memory; equal to `ReferenceWordPiece` on every text.

    Attributes:
      family: "bert".
      lower_case: whether it lower-cases.
      rules: how text becomes words.
      vocab_size: number of lines of the vocabulary: ids are below it.
      vocab_sha256: of the vocabulary file.
      pad_id: of [PAD]; 0 without one, as in the original.
      unk_id: of [UNK].
      cls_id: of [CLS].
      sep_id: of [SEP].
      reference: the slow, readable path to the same ids.
    """

    family = "bert"

    def __init__(
        self, pieces: Sequence[str], *, rules: TextRules, vocab_sha256: str
    ) -> None:
        self._pieces = tuple(pieces)
        # The later of two equal lines wins, as in the original.
        self._ids = {piece: i for i, piece in enumerate(self._pieces)}
        self.rules = rules
        self.lower_case = rules.lower_case
        self.vocab_size = len(self._pieces)
        self.vocab_sha256 = vocab_sha256
        self.pad_id = self._ids.get("[PAD]", 0)
        self.unk_id = self._ids["[UNK]"]
        self.cls_id = self._ids["[CLS]"]
        self.sep_id = self._ids["[SEP]"]
        self.reference = ReferenceWordPiece(self._ids, rules)
        self._search = _Pieces.of(self._ids)
        self._of_word = Memo(self._word_ids)
        self._of_part = Memo(self._part_ids)

    @property
    def ids(self) -> Mapping[str, int]:
        """The pieces and their ids; of two equal lines, the later one's."""
        return self._ids

    @property
    def mask_id(self) -> int:
        """The id of [MASK].

        Raises:
          InputError: the vocabulary has none.
        """
        if "[MASK]" not in self._ids:
            raise InputError(
                "the vocabulary has no [MASK]",
                got=f"{self.vocab_size} pieces without it",
                expected="[MASK], which masked-LM data needs",
                next_step="give --vocab_file the one the model came with",
            )
        return self._ids["[MASK]"]

    def encode(self, text: str) -> list[int]:
        """Returns the ids of a text's pieces, without [CLS] and [SEP]."""
        ids: list[int] = []
        of_part = self._of_part
        for part in text.split(" "):
            ids += of_part[part]
        return ids

    def encode_lines(self, lines: Sequence[str]) -> list[list[int]]:
        """Returns `encode` of each line."""
        return [self.encode(line) for line in lines]

    def encode_word(self, word: str) -> list[int]:
        """Returns the ids of one word; none if nothing of it is kept."""
        return self.encode(word)

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Returns the pieces with these ids."""
        return [self._pieces[i] for i in ids]

    def _part_ids(self, part: str) -> tuple[int, ...]:
        if part.isascii() and part.isprintable():
            # No control character, ideograph, accent or other white space.
            if self.rules.lower_case:
                part = part.lower()
            if part.isalnum():
                return self._of_word[part]
            words = _ASCII_WORDS.findall(part)
        else:
            words = self.reference.words(part)
        return tuple(chain.from_iterable(map(self._of_word.__getitem__, words)))

    def _word_ids(self, word: str) -> tuple[int, ...]:
        """Returns what `ReferenceWordPiece.word_ids` does."""
        size = len(word)
        if size > MAX_CHARS_PER_WORD:
            return (self.unk_id,)
        known, longest = self._search.first, self._search.longest
        piece_ids: list[int] = []
        start = 0
        while start < size:
            end = min(size, start + longest)
            while (piece_id := known.get(word[start:end])) is None:
                end -= 1
                if end == start:
                    return (self.unk_id,)
            piece_ids.append(piece_id)
            start = end
            known = self._search.later
        return tuple(piece_ids)

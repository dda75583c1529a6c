"""Word counts -> a WordPiece vocabulary.

Google has not published how BERT's vocabularies were learned (a tool inside
Google, says the README of google-research/bert). "WordPiece" is Schuster and
Nakajima, "Japanese and Korean voice search", 2012. What people who trained
their own took is byte-pair encoding (Sennrich, Haddow and Birch, "Neural
machine translation of rare words with subword units", 2016): begin with
characters, join the two neighbours that meet most often, again and again. So
is it here, for two reasons. It is what SciBERT's vocabulary and the trainer in
Hugging Face's tokenizers come from. And the other rule that is called
WordPiece, the pair with the highest count(ab) / (count(a) count(b)), joins
first what is rare: characters that hardly come without each other, of names
and typing errors.

One thing is different. BPE learns with one cut of a word and the tokenizer
makes another, by longest match, so BPE's counts are not those of the pieces
that a model will see. Here words are cut by longest match while pieces are
learned, anew after every batch of joins, and pairs are counted in these cuts.
In the end, pieces that come much less often in them than the next pair does
are dropped, and their places filled, until there are none. So the tokenizer's
cut of a training word is the training's, and every piece of two characters or
more comes `min_frequency` times or more.

Nothing is random, and equal counts are decided by the pieces themselves: the
same counts give the same vocabulary in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from foundation.errors import InputError
from preprocessing.alphabet import Alphabet
from preprocessing.greedy_cuts import GreedyCuts
from preprocessing.wordpiece import CONTINUATION

# The pairs joined before the words are cut anew come at least so often,
# compared to the first of them. 1.0 would be BPE to the letter and gives no
# better a vocabulary (docs/vocabulary.md).
_BATCH_SHARE = 0.7
# A piece goes where it comes less often than so many times the next pair. The
# next pair is the better piece from 1.0 on, but what goes never comes back, and
# at 1.0 so much goes that small texts have nothing left to join.
_WORTH_LESS = 0.5


@dataclass(frozen=True)
class LearnedPieces:
    """Pieces and how often they come.

    Attributes:
      pieces: in the order of the file: characters that begin words, ones that
        continue them, then longer pieces, the most frequent first.
      counts: of each, in the training words as the tokenizer cuts them.
      words: the training words.
      cuts: the words with their ids; `word_cuts` gives the pieces.
      names: the pieces by the ids in the cuts.
    """

    pieces: tuple[str, ...]
    counts: tuple[int, ...]
    words: tuple[str, ...]
    cuts: GreedyCuts
    names: Sequence[str]

    def word_cuts(self) -> Iterator[tuple[str, list[str]]]:
        """Yields each training word and its pieces."""
        cuts = self.cuts.word_pieces()
        for word, ids in zip(self.words, cuts, strict=True):
            yield word, [self.names[i] for i in ids]


def learn_pieces(
    counts: Mapping[str, int],
    alphabet: Alphabet,
    *,
    num_pieces: int,
    min_frequency: int,
    progress: Callable[[int], object] | None = None,
) -> LearnedPieces:
    """Learns WordPieces.

    Args:
      counts: words with how often they come. Words that the alphabet does not
        spell are left out: they are unknown to the tokenizer.
      alphabet: the characters that are pieces.
      num_pieces: how many there shall be, characters included.
      min_frequency: how often a longer piece has to come.
      progress: called with the number of pieces, as it changes.

    Raises:
      InputError: the alphabet alone is larger, or the words do not hold as
        many pieces.
    """
    if min_frequency < 1:
        raise InputError(
            "a piece has to come at least once",
            got=min_frequency,
            expected="1 or more",
        )
    if num_pieces < len(alphabet):
        raise InputError(
            "the vocabulary is too small for its characters",
            got=f"room for {num_pieces} pieces",
            expected=f"{len(alphabet)} or more, as many as characters make",
            next_step="make --vocab_size larger by "
            f"{len(alphabet) - num_pieces}, or --min_character_frequency "
            "higher, which leaves more characters unknown",
        )
    spelled = {word: n for word, n in counts.items() if alphabet.spells(word)}
    cuts = GreedyCuts(spelled)
    growing = _GrowingPieces(alphabet)
    while True:
        cuts.recut(growing.first, growing.later)
        if progress is not None:
            progress(len(growing))
        room = num_pieces - len(growing)
        if room and growing.join(cuts.frequent_pairs(min_frequency), room):
            continue
        best = growing.best_count(cuts.frequent_pairs(min_frequency))
        floor = max(min_frequency, int(_WORTH_LESS * best))
        if not growing.drop_rare(cuts, floor):
            break
    if len(growing) < num_pieces:
        raise _too_few(len(growing), num_pieces, min_frequency)
    return growing.finished(cuts, tuple(spelled))


def _too_few(got: int, wanted: int, min_frequency: int) -> InputError:
    return InputError(
        "the text does not hold so many pieces",
        got=f"{got} that come {min_frequency} times or more",
        expected=f"{wanted}, beside the special tokens",
        # What is dropped on the way depends on the size asked for.
        next_step=f"make --vocab_size smaller by {wanted - got} (by some more, "
        "if that is still too many), or --min_frequency lower, or give more "
        "text",
    )


class _GrowingPieces:
    """The pieces so far, by id. An id is never given twice.

    Attributes:
      names: all pieces there ever were, as they stand in a file.
      first: what words can begin with, and the ids: what the tokenizer knows.
      later: likewise, what they can go on with.
    """

    def __init__(self, alphabet: Alphabet) -> None:
        self.names: list[str] = []
        self.first: dict[bytes, int] = {}
        self.later: dict[bytes, int] = {}
        self._dropped: set[str] = set()
        for char in alphabet.first:
            self._add(char)
        for char in alphabet.later:
            self._add(CONTINUATION + char)
        self._num_characters = len(self.names)

    def __len__(self) -> int:
        """Returns how many pieces there are now."""
        return len(self.first) + len(self.later)

    def _table(self, name: str) -> tuple[dict[bytes, int], bytes]:
        """Returns where a piece belongs, and its text there."""
        # A mark like "#" alone begins a word; "##" is no piece.
        if name.startswith(CONTINUATION) and len(name) > len(CONTINUATION):
            return self.later, name[len(CONTINUATION) :].encode()
        return self.first, name.encode()

    def _add(self, name: str) -> None:
        table, text = self._table(name)
        table[text] = len(self.names)
        self.names.append(name)

    def join(self, pairs: Iterable[tuple[int, int, int]], room: int) -> int:
        """Adds the most frequent pairs, joined; returns how many.

        Left out are pairs that a more frequent one takes neighbours away from
        (of "a b c", "a b" takes them from "b c"): what they are worth is known
        when the words have been cut anew.

        Args:
          pairs: counts and ids, the most frequent first.
          room: how many are added at most.
        """
        lefts: set[int] = set()
        rights: set[int] = set()
        num_joined = 0
        floor = 0.0
        for count, left, right in pairs:
            if num_joined == room or count < floor:
                break
            name = self._joined(left, right)
            if left in rights or right in lefts or name in self._dropped:
                continue
            floor = floor or _BATCH_SHARE * count
            lefts.add(left)
            rights.add(right)
            self._add(name)
            num_joined += 1
        return num_joined

    def best_count(self, pairs: Iterable[tuple[int, int, int]]) -> int:
        """Returns how often the pair comes that would be joined next, or 0."""
        for count, left, right in pairs:
            if self._joined(left, right) not in self._dropped:
                return count
        return 0

    def _joined(self, left: int, right: int) -> str:
        return self.names[left] + self.names[right][len(CONTINUATION) :]

    def drop_rare(self, cuts: GreedyCuts, min_count: int) -> int:
        """Takes pieces away that come less than that; returns how many.

        They do not come back, so learning comes to an end. Characters stay.
        """
        counts = cuts.piece_counts(len(self.names)).tolist()
        num_before = len(self)
        for table in (self.first, self.later):
            for text, i in list(table.items()):
                if i >= self._num_characters and counts[i] < min_count:
                    del table[text]
                    self._dropped.add(self.names[i])
        return num_before - len(self)

    def finished(
        self, cuts: GreedyCuts, words: tuple[str, ...]
    ) -> LearnedPieces:
        """Returns the pieces in the order of a file."""
        counts = cuts.piece_counts(len(self.names)).tolist()
        longer = [
            i
            for table in (self.first, self.later)
            for i in table.values()
            if i >= self._num_characters
        ]
        longer.sort(key=lambda i: (-counts[i], self.names[i]))
        order = [*range(self._num_characters), *longer]
        return LearnedPieces(
            pieces=tuple(self.names[i] for i in order),
            counts=tuple(counts[i] for i in order),
            words=words,
            cuts=cuts,
            names=self.names,
        )

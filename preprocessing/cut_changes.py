"""A text, a tokenizer and the same with new pieces -> what is cut otherwise.

Two things are proved on the way: a word that is cut otherwise has a new piece,
and a new word is its own piece.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from preprocessing.new_words import GrowingTokenizer
from preprocessing.vocabulary_coverage import Coverage
from preprocessing.vocabulary_extension import ExtendedVocabulary

MIN_PIECES = 8  # of a line that is worth a look
MAX_LINES = 20_000  # looked at, in search of lines without new pieces


@dataclass(frozen=True)
class CutChanges:
    """How a text is cut before and after.

    Attributes:
      before: pieces per word, unknown words.
      after: likewise.
      num_new: words that are a piece now.
      num_longer: other words that have a new piece: they begin with it.
      longer_before: pieces of these.
      longer_after: likewise.
      num_lost: words that have become unknown.
    """

    before: Coverage
    after: Coverage
    num_new: int = 0
    num_longer: int = 0
    longer_before: int = 0
    longer_after: int = 0
    num_lost: int = 0

    def as_json(self) -> dict[str, Any]:
        """Returns the numbers by name."""
        return {
            **asdict(self),
            "before": self.before.as_json(),
            "after": self.after.as_json(),
        }


def cut_changes(
    counts: Mapping[str, int],
    old: GrowingTokenizer,
    new: ExtendedVocabulary,
    *,
    num_too_long: int = 0,
) -> CutChanges:
    """Compares how words are cut.

    Args:
      counts: words of a text with how often they come. For SentencePiece, the
        parts between its spaces.
      old: the tokenizer as it was.
      new: with new pieces.
      num_too_long: words that are not in `counts` because they are [UNK].

    Raises:
      RuntimeError: a word without new pieces is cut otherwise: a defect.
    """
    ids_of_new = set(new.new_ids.values())
    sums: Counter[str] = Counter()
    before, after = _Sums(num_too_long), _Sums(num_too_long)
    for word, count in counts.items():
        was, now = old.encode_word(word), new.tokenizer.encode_word(word)
        before.add(was, count, unk_id=old.unk_id)
        after.add(now, count, unk_id=old.unk_id)
        if was == now:
            continue
        lost = old.unk_id in now and old.unk_id not in was
        sums["num_lost"] += count * lost
        if len(now) == 1 and now[0] in ids_of_new:
            sums["num_new"] += count
            continue
        if not lost and ids_of_new.isdisjoint(now):
            raise RuntimeError(f"{len(was)} pieces became {len(now)} old ones")
        sums["num_longer"] += count
        sums["longer_before"] += count * len(was)
        sums["longer_after"] += count * len(now)
    return CutChanges(before.coverage(), after.coverage(), **sums)


class _Sums:
    def __init__(self, num_too_long: int) -> None:
        self._words = self._pieces = self._unknown = num_too_long
        self._whole = 0

    def add(self, ids: list[int], count: int, *, unk_id: int) -> None:
        self._words += count
        self._pieces += count * len(ids)
        if unk_id in ids:
            self._unknown += count
        elif len(ids) == 1:
            self._whole += count

    def coverage(self) -> Coverage:
        return Coverage(self._words, self._pieces, self._unknown, self._whole)


def parts_of(texts: Iterable[bytes]) -> Counter[str]:
    """Counts what stands between the spaces of a text."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text.decode().split())
    return counts


def unchanged_lines(
    texts: Iterable[bytes],
    old: GrowingTokenizer,
    new: GrowingTokenizer,
    *,
    num_lines: int,
) -> tuple[list[list[int]], int]:
    """Returns lines that have no new piece, as ids.

    Where there are not so many, words that are cut otherwise are left out of
    lines that have some.

    Args:
      texts: lines; read until there are enough.
      old: the tokenizer as it was.
      new: with new pieces.
      num_lines: how many are wanted.

    Returns:
      Ids of lines of `MIN_PIECES` pieces or more, and how many of these lines
      have lost words.
    """
    whole: list[list[int]] = []
    rest: list[list[int]] = []
    for number, line in enumerate(_lines(texts)):
        if len(whole) >= num_lines or number >= MAX_LINES:
            break
        ids = old.encode(line)
        if ids == new.encode(line):
            if len(ids) >= MIN_PIECES:
                whole.append(ids)
        elif len(rest) < num_lines:
            rest += _without_new(line, old, new)
    lost = rest[: num_lines - len(whole)]
    return whole + lost, len(lost)


def _lines(texts: Iterable[bytes]) -> Iterator[str]:
    for text in texts:
        yield from text.decode().split("\n")


def _without_new(
    line: str, old: GrowingTokenizer, new: GrowingTokenizer
) -> Collection[list[int]]:
    """Returns the line's ids without words cut otherwise; none if too few."""
    parts = [
        part
        for part in line.split()
        if old.encode_word(part) == new.encode_word(part)
    ]
    ids = old.encode(" ".join(parts))
    if len(ids) < MIN_PIECES or ids != new.encode(" ".join(parts)):
        return []
    return [ids]

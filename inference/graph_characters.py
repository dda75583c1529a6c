"""The shipped character table as TensorFlow operations.

What preprocessing/characters.py does to one string in Python, done here to a
batch of strings inside a graph, with the same table: cleaning, lower-casing
with the final sigma, decomposition in canonical order (DESIGN 2.15). Texts are
one flat row of code points that each know where they come from.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from preprocessing import characters

SPLITS = 1 << 8  # where `str.split` cuts
COMBINING = 1 << 9  # canonical combining class is not 0
MARKER = 1 << 10  # no character: stands for an entity marker
FIRST_MARKER = sys.maxunicode + 1  # the first code point that Unicode has not
MAX_MARKERS = 4

_SIGMA, _FINAL_SIGMA = ord("Σ"), ord("ς")
_HANGUL = range(0xAC00, 0xD7A3 + 1)  # syllables; decomposed by arithmetic
_CLASSES = 256  # more than the highest combining class


class Characters(NamedTuple):
    """Characters of a batch of texts, one after the other; each int32 [M].

    Attributes:
      codes: code points.
      rows: which text each is of.
      places: which character of its text each was, or was made of.
      words: number of the word it is in, rising; of the text before any cut.
    """

    codes: tf.Tensor
    rows: tf.Tensor
    places: tf.Tensor
    words: tf.Tensor

    def keep(self, wanted: tf.Tensor) -> Characters:
        """Returns those for which `wanted` (bool [M]) is true."""
        return self.at(tf.where(wanted)[:, 0])

    def at(self, positions: tf.Tensor) -> Characters:
        """Returns those at these positions, in their order."""
        return Characters(*(tf.gather(part, positions) for part in self))


def read_characters(texts: tf.Tensor) -> Characters:
    """Returns the characters of texts: string [N], UTF-8."""
    decoded = tf.strings.unicode_decode(texts, "UTF-8")
    rows = tf.cast(decoded.value_rowids(), tf.int32)
    starts = tf.cast(decoded.row_starts(), tf.int32)
    codes = decoded.flat_values
    places = tf.range(tf.size(codes)) - tf.gather(starts, rows)
    return Characters(codes, rows, places, rows)


class CharacterOps(tf.Module):
    """The operations, with the table as constants.

    Args:
      compatibility: whether decomposing is NFKD (ALBERT), not NFD (BERT).
    """

    def __init__(self, *, compatibility: bool) -> None:
        super().__init__(name="characters")
        table = characters.character_table()
        self._flags = tf.constant(_all_flags(table))
        self._lower = _Replacement(table.lower)
        mapping = table.compatibility if compatibility else table.decomposition
        hangul = {code: mapping[code] for code in _HANGUL}
        self._decompose = _Replacement({**mapping, **hangul})
        classes = np.zeros(1 + max(map(ord, table.combining)) + 1, np.uint8)
        for char, value in table.combining.items():
            classes[ord(char)] = value
        self._classes = tf.constant(classes)

    def flags(self, codes: tf.Tensor) -> tf.Tensor:
        """Returns the bits of preprocessing.characters and those above."""
        return tf.cast(tf.gather(self._flags, codes), tf.int32)

    def has(self, chars: Characters, flag: int) -> tf.Tensor:
        """Returns bool [M]: which characters have any of the bits."""
        return self.flags(chars.codes) & flag != 0

    def cut(self, chars: Characters, *, alone: int) -> Characters:
        """Cuts words at white space, which goes, and around some characters.

        Args:
          chars: with the words so far.
          alone: bits of characters that are a word each.
        """
        is_space, is_alone = self.has(chars, SPLITS), self.has(chars, alone)
        ends = is_space | is_alone
        starts = is_alone | _changes(chars.words)
        starts |= tf.concat([[False], ends[:-1]], axis=0)[: tf.size(ends)]
        words = tf.cumsum(tf.cast(starts, tf.int32))
        return chars._replace(words=words).keep(~is_space)

    def lower(self, chars: Characters) -> Characters:
        """Returns them lower-cased; a sigma looks at its word alone."""
        codes = tf.cond(
            tf.reduce_any(chars.codes == _SIGMA),
            lambda: self._with_final_sigmas(chars),
            lambda: chars.codes,
        )
        return self._lower(chars._replace(codes=codes))

    def _with_final_sigmas(self, chars: Characters) -> tf.Tensor:
        """Returns codes; see characters._is_final_sigma."""
        counts = ~self.has(chars, characters.CASE_IGNORABLE)
        positions = tf.where(counts)
        seen = chars.keep(counts)
        cased = self.has(seen, characters.CASED)
        same = ~_changes(seen.words)[1:]  # as the one before
        before = tf.concat([[False], cased[:-1] & same], axis=0)
        after = tf.concat([cased[1:] & same, [False]], axis=0)
        is_final = (seen.codes == _SIGMA) & before & ~after
        return tf.tensor_scatter_nd_update(
            chars.codes,
            positions,
            tf.where(is_final, _FINAL_SIGMA, seen.codes),
        )

    def decompose(self, chars: Characters) -> Characters:
        """Returns them decomposed; marks in order within their word."""
        chars = self._decompose(chars)
        classes = tf.gather(
            self._classes,
            tf.minimum(chars.codes, tf.size(self._classes) - 1),
        )
        # Only these are in the result, and only marks can be out of order.
        stays = (classes > 0) & ~self.has(chars, characters.NONSPACING)
        return tf.cond(
            tf.reduce_any(stays),
            lambda: _in_canonical_order(chars, classes),
            lambda: chars,
        )


def _in_canonical_order(chars: Characters, classes: tf.Tensor) -> Characters:
    starts = (classes == 0) | _changes(chars.words)
    runs = tf.cumsum(tf.cast(starts, tf.int64))
    keys = runs * _CLASSES + tf.cast(classes, tf.int64)
    ordered = chars.at(tf.argsort(keys, stable=True))
    return ordered._replace(places=chars.places)  # these keep rising


def _changes(values: tf.Tensor) -> tf.Tensor:
    """Returns bool [M]: which differ from the one before; the first does."""
    differs = values[1:] != values[:-1]
    return tf.concat([[True], differs], axis=0)[: tf.size(values)]


def _all_flags(table: characters.CharacterTable) -> np.ndarray:
    """Returns uint16: bits of each code point, and of markers behind them."""
    flags = np.frombuffer(table.flags, np.uint8).astype(np.uint16)
    spaces = [c for c in range(sys.maxunicode + 1) if chr(c).isspace()]
    flags[spaces] |= SPLITS
    flags[flags & characters.WHITESPACE != 0] |= SPLITS
    flags[[ord(char) for char in table.combining]] |= COMBINING
    return np.append(flags, [np.uint16(MARKER)] * MAX_MARKERS)


class _Replacement(tf.Module):
    """Puts several characters in the place of one.

    Args:
      mapping: code point to what it becomes; others stay as they are.
    """

    def __init__(self, mapping: Mapping[int, str]) -> None:
        super().__init__(name="replacement")
        changed = {c: t for c, t in mapping.items() if t != chr(c)}
        # The last place is for all higher code points.
        numbers = np.zeros(max(changed) + 2, np.uint16)
        numbers[list(changed)] = np.arange(1, len(changed) + 1)
        counts = np.array([1, *map(len, changed.values())], np.int32)
        self._numbers = tf.constant(numbers)
        self._counts = tf.constant(counts)
        self._starts = tf.constant(np.cumsum([0, 0, *counts[1:-1]], dtype="i4"))
        self._targets = tf.constant(
            [ord(char) for text in changed.values() for char in text]
        )

    def __call__(self, chars: Characters) -> Characters:
        """Returns the characters that these become."""
        last = tf.size(self._numbers) - 1
        number = tf.cast(
            tf.gather(self._numbers, tf.minimum(chars.codes, last)), tf.int32
        )
        counts = tf.gather(self._counts, number)
        source = tf.repeat(tf.range(tf.size(counts)), counts)
        firsts = tf.cumsum(counts, exclusive=True)
        within = tf.range(tf.size(source)) - tf.gather(firsts, source)
        number = tf.gather(number, source)
        target = tf.gather(
            self._targets, tf.gather(self._starts, number) + within
        )
        result = chars.at(source)
        return result._replace(
            codes=tf.where(number == 0, result.codes, target)
        )

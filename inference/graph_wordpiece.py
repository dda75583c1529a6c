"""BERT's tokenizer inside a TensorFlow graph.

The shipped character table cuts texts into words as preprocessing/wordpiece.py
does; tensorflow-text cuts words into pieces. Equal to ours on every text.
"""

from __future__ import annotations

import tensorflow as tf
import tensorflow_text as tf_text

from inference.graph_characters import (
    FIRST_MARKER,
    MARKER,
    CharacterOps,
    Characters,
    read_characters,
)
from inference.graph_pieces import Pieces, num_bytes, ragged_pieces
from preprocessing import characters
from preprocessing.marked_tokenizer import UNUSED
from preprocessing.tokenization import WordPieceTokenizer
from preprocessing.wordpiece import (
    CONTINUATION,
    CONTROL_CHARACTERS,
    MAX_CHARS_PER_WORD,
)

# A word of 200 characters has at most so many bytes: a longer one is [UNK].
_MAX_BYTES = 4 * MAX_CHARS_PER_WORD
_TOO_LONG = "a" * (_MAX_BYTES + 1)


class WordPieceInGraph(tf.Module):
    """BERT's tokenizer; see the module.

    Args:
      tokenizer: whose vocabulary and rules are used.
      markers: texts that are one piece, in the order of `UNUSED`; or none.
    """

    def __init__(
        self, tokenizer: WordPieceTokenizer, *, markers: tuple[str, ...] = ()
    ) -> None:
        super().__init__(name="wordpiece")
        self._rules = tokenizer.rules
        self._markers = markers
        self._ops = CharacterOps(compatibility=False)
        # What could never be found is left out: "" and "##" alone.
        found = {
            piece: i
            for piece, i in tokenizer.ids.items()
            if piece not in ("", CONTINUATION)
        }
        self._ids = tf.constant(list(found.values()), tf.int32)
        self._marker_pieces = tf.constant(UNUSED)
        self._tokenizer = tf_text.FastWordpieceTokenizer(
            list(found),
            suffix_indicator=CONTINUATION,
            max_bytes_per_word=_MAX_BYTES,
            token_out_type=tf.int32,
            unknown_token="[UNK]",
            no_pretokenization=True,
        )

    def __call__(self, texts: tf.Tensor) -> Pieces:
        """Returns the pieces of texts: string [N], UTF-8."""
        chars = self._words(read_characters(texts))
        encoded = tf.RaggedTensor.from_value_rowids(
            chars.codes, *_numbered(chars.words)
        )
        sizes = num_bytes(chars.codes)
        of_word = tf.RaggedTensor.from_nested_row_splits(
            sizes, [encoded.row_splits]
        )
        size_of_word = tf.reduce_sum(of_word, axis=1)
        pieces, starts, ends = self._tokenizer.tokenize_with_offsets(
            self._strings(encoded)
        )
        word_of_piece = pieces.value_rowids()
        # Bytes of all words, one after the other, to characters.
        before = tf.gather(
            tf.cumsum(size_of_word, exclusive=True), word_of_piece
        )
        last = tf.gather(size_of_word, word_of_piece)
        first_byte = before + tf.cast(starts.flat_values, tf.int32)
        end_byte = before + tf.minimum(
            tf.cast(ends.flat_values, tf.int32), last
        )
        char_of_byte = tf.repeat(tf.range(tf.size(chars.codes)), sizes)
        places = tf.gather(chars.places, char_of_byte)
        row_of_word = tf.gather(chars.rows, encoded.row_starts())
        return ragged_pieces(
            tf.gather(row_of_word, word_of_piece),
            tf.size(texts),
            ids=tf.gather(self._ids, pieces.flat_values),
            starts=tf.gather(places, first_byte),
            ends=tf.gather(places, end_byte - 1) + 1,
        )

    def _words(self, chars: Characters) -> Characters:
        """Returns what is kept, cut into words, as the reference does."""
        ops, rules = self._ops, self._rules
        for number, marker in enumerate(self._markers):
            chars = _replace_marker(chars, marker, FIRST_MARKER + number)
        dropped = CONTROL_CHARACTERS[rules.control_characters]
        chars = chars.keep(~ops.has(chars, dropped))
        chars = ops.cut(chars, alone=characters.CJK | MARKER)
        if rules.lower_case:
            chars = ops.lower(chars)
        if rules.strip_accents:
            chars = ops.decompose(chars)
            chars = chars.keep(~ops.has(chars, characters.NONSPACING))
        return ops.cut(chars, alone=characters.PUNCTUATION | MARKER)

    def _strings(self, words: tf.RaggedTensor) -> tf.Tensor:
        """Returns words as strings; too long ones as one that is [UNK]."""
        if not self._markers:
            strings = tf.strings.unicode_encode(words, "UTF-8")
        else:
            firsts = tf.gather(words.flat_values, words.row_starts())
            number = firsts - FIRST_MARKER
            codes = tf.minimum(words.flat_values, FIRST_MARKER - 1)
            strings = tf.where(
                number >= 0,
                tf.gather(self._marker_pieces, tf.maximum(number, 0)),
                tf.strings.unicode_encode(
                    words.with_flat_values(codes), "UTF-8"
                ),
            )
        is_long = words.row_lengths() > MAX_CHARS_PER_WORD
        return tf.where(is_long, _TOO_LONG, strings)


def _numbered(words: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns rising numbers without gaps, from 0, and how many."""
    _, numbers, counts = tf.unique_with_counts(words)
    return numbers, tf.size(counts)


def _replace_marker(chars: Characters, marker: str, code: int) -> Characters:
    """Puts one code in the place of each marker."""
    size, total = len(marker), tf.size(chars.codes)
    codes = tf.concat([chars.codes, [0] * size], axis=0)
    rows = tf.concat([chars.rows, [-1] * size], axis=0)
    found = chars.rows == rows[size - 1 : size - 1 + total]
    for place, char in enumerate(marker):
        found &= codes[place : place + total] == ord(char)
    inside = tf.zeros_like(found)
    padded = tf.concat([tf.zeros([size], tf.bool), found], axis=0)
    for place in range(1, size):
        inside |= padded[size - place : size - place + total]
    replaced = chars._replace(codes=tf.where(found, code, chars.codes))
    return replaced.keep(~inside)

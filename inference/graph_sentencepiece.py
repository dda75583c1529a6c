"""ALBERT's tokenizer inside a TensorFlow graph.

Its clean-up with the shipped character table, tensorflow-text's SentencePiece,
and ALBERT's digit-comma rule, as preprocessing/sentence_piece.py does them.
The library inside tensorflow-text is an older one: where two ways of cutting a
text are equally good but for rounding ("ccccc"), it may take the other.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tensorflow_text as tf_text

from inference.graph_characters import (
    COMBINING,
    CharacterOps,
    Characters,
    read_characters,
)
from inference.graph_pieces import Pieces, num_bytes, ragged_pieces
from preprocessing.sentence_piece import SentencePieceTokenizer

_SPACE = ord(" ")


class SentencePieceInGraph(tf.Module):
    """ALBERT's tokenizer; see the module.

    Where the model has no piece ",", the digit-comma rule leaves unknown
    pieces as they are.

    Args:
      tokenizer: whose model and rules are used.
    """

    def __init__(self, tokenizer: SentencePieceTokenizer) -> None:
        super().__init__(name="sentencepiece")
        self._lower_case = tokenizer.lower_case
        self._strip_accents = tokenizer.strip_accents
        self._ops = CharacterOps(compatibility=True)
        model = tokenizer.processor.serialized_model_proto()
        self._tokenizer = tf_text.SentencepieceTokenizer(model, tf.int32)
        rule = tokenizer.comma_rule
        sizes = np.ones(tokenizer.vocab_size, np.int32)
        sizes[list(rule)] = [len(ids) for ids in rule.values()]
        self._sizes = tf.constant(sizes)
        self._starts = tf.constant(np.cumsum(sizes) - sizes, tf.int32)
        flat = [rule.get(i, (i,)) for i in range(tokenizer.vocab_size)]
        self._targets = tf.constant(np.concatenate(flat).astype(np.int32))

    def __call__(self, texts: tf.Tensor) -> Pieces:
        """Returns the pieces of texts: string [N], UTF-8."""
        num_texts = tf.size(texts)
        chars = self._clean(read_characters(texts))
        encoded = tf.RaggedTensor.from_value_rowids(
            chars.codes, chars.rows, nrows=tf.cast(num_texts, tf.int32)
        )
        pieces, starts, ends = self._tokenizer.tokenize_with_offsets(
            tf.strings.unicode_encode(encoded, "UTF-8")
        )
        rows = tf.cast(pieces.value_rowids(), tf.int32)
        sizes = num_bytes(chars.codes)
        of_row = tf.math.unsorted_segment_sum(sizes, chars.rows, num_texts)
        before = tf.gather(tf.cumsum(of_row, exclusive=True), rows)
        places = tf.repeat(chars.places, sizes)
        total = tf.size(places)
        first = before + tf.cast(starts.flat_values, tf.int32)
        last = before + tf.cast(ends.flat_values, tf.int32) - 1
        # A piece of nothing, such as the "▁" that is put first, has no byte.
        first = tf.clip_by_value(first, 0, tf.maximum(total - 1, 0))
        last = tf.clip_by_value(last, first, tf.maximum(total - 1, 0))
        return self._after_comma_rule(
            rows,
            num_texts,
            ids=pieces.flat_values,
            starts=tf.gather(places, first),
            ends=tf.gather(places, last) + 1,
        )

    def _clean(self, chars: Characters) -> Characters:
        """Returns what `sentence_piece.preprocess_text` makes of texts."""
        ops = self._ops
        words = ops.cut(chars, alone=0)
        # One space before each word but a text's first.
        starts = tf.concat([[True], words.words[1:] != words.words[:-1]], 0)
        starts = starts[: tf.size(words.words)]
        same_row = tf.concat([[False], words.rows[1:] == words.rows[:-1]], 0)
        has_space = starts & same_row[: tf.size(starts)]
        counts = 1 + tf.cast(has_space, tf.int32)
        source = tf.repeat(tf.range(tf.size(counts)), counts)
        is_space = tf.concat([source[1:] == source[:-1], [False]], 0)
        is_space = is_space[: tf.size(source)]
        chars = words.at(source)
        chars = chars._replace(
            codes=tf.where(is_space, _SPACE, chars.codes),
            places=chars.places - tf.cast(is_space, tf.int32),
            words=chars.rows,
        )
        if self._strip_accents:
            chars = ops.decompose(chars)
            chars = chars.keep(~ops.has(chars, COMBINING))
        return ops.lower(chars) if self._lower_case else chars

    def _after_comma_rule(
        self, rows: tf.Tensor, num_texts: tf.Tensor, **pieces: tf.Tensor
    ) -> Pieces:
        """Returns pieces with "1990," as "1990" and ","."""
        ids, ends = pieces["ids"], pieces["ends"]
        sizes = tf.gather(self._sizes, ids)
        source = tf.repeat(tf.range(tf.size(ids)), sizes)
        firsts = tf.cumsum(sizes, exclusive=True)
        within = tf.range(tf.size(source)) - tf.gather(firsts, source)
        is_cut = tf.gather(sizes, source) > 1
        is_comma = is_cut & (within == tf.gather(sizes, source) - 1)
        end = tf.gather(ends, source)
        start = tf.gather(pieces["starts"], source)
        return ragged_pieces(
            tf.gather(rows, source),
            num_texts,
            ids=tf.gather(
                self._targets,
                tf.gather(self._starts, tf.gather(ids, source)) + within,
            ),
            starts=tf.where(is_comma, end - 1, start),
            ends=tf.where(is_cut & ~is_comma, end - 1, end),
        )

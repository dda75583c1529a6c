"""Sentences as strings -> words, their pieces, and rows, inside a graph.

Words are those of preprocessing/word_spans.py; each is cut into pieces by
itself, as tasks/tagging_features.py does, and long sentences into windows of
which one decides each word, as tasks/windows.py does.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from inference.graph_characters import CharacterOps, read_characters
from inference.graph_rows import Parts, lengths_of
from inference.graph_tokenizer import GraphTokenizer
from preprocessing import characters
from tasks.tagging_features import Limits


class Words(NamedTuple):
    """Words of N sentences; each a ragged int32 [N, (words)].

    Attributes:
      starts: first character (code point) in the text.
      ends: behind the last one.
    """

    starts: tf.RaggedTensor
    ends: tf.RaggedTensor


class WordPlaces(NamedTuple):
    """Where the words that are kept have their tags; each int32 [K].

    Attributes:
      rows: the row that decides each word.
      places: of its first piece in that row, [CLS] included.
      counts: kept words of each sentence, int32 [N].
    """

    rows: tf.Tensor
    places: tf.Tensor
    counts: tf.Tensor


def find_words(texts: tf.Tensor, ops: CharacterOps) -> Words:
    """Returns the words of sentences: string [N], UTF-8."""
    chars = read_characters(texts)
    chars = chars.keep(~ops.has(chars, characters.DROPPED))
    chars = ops.cut(chars, alone=characters.CJK | characters.PUNCTUATION)
    differs = chars.words[1:] != chars.words[:-1]
    size = tf.size(chars.words)
    is_first = tf.concat([[True], differs], axis=0)[:size]
    is_last = tf.concat([differs, [True]], axis=0)[:size]
    rows = tf.boolean_mask(chars.rows, is_first)
    starts = tf.boolean_mask(chars.places, is_first)
    ends = tf.boolean_mask(chars.places, is_last) + 1
    count = tf.size(texts)
    return Words(
        *(
            tf.RaggedTensor.from_value_rowids(
                value, rows, nrows=count
            ).with_row_splits_dtype(tf.int32)
            for value in (starts, ends)
        )
    )


def pieces_of_words(
    texts: tf.Tensor, words: Words, *, tokenizer: GraphTokenizer, unk_id: int
) -> tf.RaggedTensor:
    """Returns the ids of each word's pieces, [N, (words), (pieces)].

    A word of which nothing is kept is one [UNK].
    """
    starts, ends = words.starts.flat_values, words.ends.flat_values
    alone = tf.strings.substr(
        tf.gather(texts, words.starts.value_rowids()),
        starts,
        ends - starts,
        unit="UTF8_CHAR",
    )
    ids = tokenizer(alone).ids
    is_empty = tf.cast(lengths_of(ids) == 0, tf.int32)
    unknown = tf.RaggedTensor.from_row_lengths(
        tf.fill([tf.reduce_sum(is_empty)], unk_id), is_empty
    )
    ids = tf.concat([ids, unknown.with_row_splits_dtype(tf.int32)], axis=1)
    return words.starts.with_flat_values(
        tf.cast(ids, tf.int32)
    ).with_row_splits_dtype(tf.int32)


def cut_sentences(
    pieces: tf.RaggedTensor, *, limits: Limits
) -> tuple[Parts, WordPlaces]:
    """Returns the rows of sentences, and where their words are decided.

    Args:
      pieces: of `pieces_of_words`.
      limits: of a row.
    """
    sizes = pieces.with_values(lengths_of(pieces.values))  # [N, (words)]
    word_starts = sizes.with_values(
        tf.cumsum(sizes.values, exclusive=True)
    )  # in all texts
    counts = tf.reduce_sum(sizes, axis=1)
    firsts = tf.cumsum(counts, exclusive=True)
    word_starts -= firsts[:, tf.newaxis]  # in each text
    if limits.doc_stride is None:
        parts = Parts(
            tf.range(tf.size(counts)),
            tf.zeros_like(counts),
            tf.minimum(counts, limits.room),
        )
        kept = tf.ragged.boolean_mask(word_starts, word_starts < limits.room)
        rows = tf.cast(kept.value_rowids(), tf.int32)
        return parts, WordPlaces(rows, kept.values + 1, lengths_of(kept))
    spans, decided_from = _windows(
        word_starts, counts, room=limits.room, stride=limits.doc_stride
    )
    parts = Parts(
        tf.cast(spans.value_rowids(), tf.int32),
        spans.values[:, 0],
        spans.values[:, 1] - spans.values[:, 0],
    )
    # Sentences one after the other: the last window that begins to decide
    # at a word or before it decides it.
    begins = decided_from + tf.gather(firsts, parts.texts)
    places = word_starts + firsts[:, tf.newaxis]
    rows = tf.searchsorted(begins, places.values, side="right") - 1
    rows = tf.cast(rows, tf.int32)
    within = word_starts.values - tf.gather(parts.starts, rows)
    return parts, WordPlaces(rows, within + 1, lengths_of(word_starts))


def _windows(
    word_starts: tf.RaggedTensor, counts: tf.Tensor, *, room: int, stride: int
) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """Returns windows [N, (windows), 2] and the first piece each decides.

    As tasks/windows.cut_windows; the latter is int32 [all windows].
    """
    numbers = tf.map_fn(
        lambda text: tf.reshape(
            _spans(text[0], text[1], room=room, stride=stride), [-1]
        ),
        (word_starts, counts),
        fn_output_signature=tf.RaggedTensorSpec(
            [None], tf.int32, ragged_rank=0, row_splits_dtype=tf.int32
        ),
    )  # [N, (2 windows)]
    flat = tf.reshape(numbers.values, [-1, 2])
    spans = tf.RaggedTensor.from_row_splits(flat, numbers.row_splits // 2)
    is_first = tf.concat(
        [[True], spans.value_rowids()[1:] != spans.value_rowids()[:-1]], axis=0
    )[: tf.shape(flat)[0]]
    ends_before = tf.concat([[0], flat[:-1, 1]], axis=0)[: tf.shape(flat)[0]]
    middle = (ends_before + flat[:, 0]) // 2
    return spans, tf.where(is_first, 0, middle)


def _spans(
    word_starts: tf.Tensor, count: tf.Tensor, *, room: int, stride: int
) -> tf.Tensor:
    """Returns the windows of one text, int32 [n, 2]; see windows._spans."""
    num_words = tf.size(word_starts)

    def at_word(
        position: tf.Tensor, above: tf.Tensor, limit: tf.Tensor
    ) -> tf.Tensor:
        after = tf.searchsorted(word_starts, [position], side="right")[0]
        before = word_starts[after - 1]
        next_one = word_starts[tf.minimum(after, num_words - 1)]
        has_next = (after < num_words) & (next_one <= limit)
        return tf.where(
            before > above, before, tf.where(has_next, next_one, position)
        )

    def step(start: tf.Tensor, spans: tf.Tensor) -> tuple[tf.Tensor, ...]:
        end = at_word(start + room, start, start + room)
        shown = tf.reduce_max(tf.concat([[-1], spans[:, 1]], axis=0))
        added = tf.concat([spans, [[start, end]]], axis=0)
        spans = tf.cond(end > shown, lambda: added, lambda: spans)
        target = tf.minimum(start + stride, end)
        return at_word(target, start, end), spans

    start, spans = tf.while_loop(
        lambda start, _: start + room < count,
        step,
        (tf.constant(0), tf.zeros([0, 2], tf.int32)),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 2])),
    )
    return tf.concat([spans, [[start, count]]], axis=0)

"""Sentences in a row -> pairs A and B, as the originals draw them.

google-research/bert's `create_instances_from_document`, and ALBERT's. A part
of a pair is always a stretch of the corpus, so it is two offsets, and
truncation moves them.
"""

# ruff: noqa: PLR0917 - compiled functions know no keyword-only arguments

from __future__ import annotations

from typing import Any, NamedTuple

from preprocessing.compiled import inlined
from preprocessing.instance_arrays import CorpusArrays
from preprocessing.mersenne_twister import randbelow, randint, random

_TRIES = 10  # to draw another document than the one at hand


class Pair(NamedTuple):
    """Two stretches of pieces, and the label."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int
    label: int  # next_sentence_labels: 1 = B is random, or swapped with A


@inlined
def target_length(twister: Any, rules: Any) -> Any:
    """Draws how many pieces the pairs of a document should have."""
    longest = rules.max_seq_length - 3  # without [CLS], [SEP], [SEP]
    if random(twister) < rules.short_seq_prob:
        return randint(twister, 2, longest)
    return longest


@inlined
def end_of_chunk(corpus: CorpusArrays, cursor: Any) -> Any:
    """Returns which sentence comes after those that reach the target.

    The last sentence of a document ends a chunk, however short.
    """
    starts = corpus.sentence_starts
    last = corpus.document_starts[corpus.order[cursor.document] + 1]
    end = cursor.sentence + 1
    wanted = starts[cursor.sentence] + cursor.target
    while end < last and starts[end] < wanted:
        end += 1
    return end


@inlined
def next_pair(
    corpus: CorpusArrays, cursor: Any, rules: Any, twister: Any
) -> Any:
    """Draws the pair of a chunk and moves the cursor behind what it uses.

    Args:
      corpus: the documents.
      cursor: CURSOR [], at the chunk; changed.
      rules: RULES [].
      twister: what is drawn from.

    Returns:
      A `Pair`.
    """
    starts = corpus.sentence_starts
    first, end = cursor.sentence, cursor.end
    cut = first + 1
    random_next = True  # one sentence alone has no continuation: no draw
    swapped = False
    if end - first > 1:
        cut = first + randint(twister, 1, end - first - 1)
        swapped = random(twister) < 0.5
        random_next = swapped and not rules.swaps_sentences
    a_start, a_end = starts[first], starts[cut]
    if random_next:
        wanted = cursor.target - (a_end - a_start)
        b_start, b_end = _random_sentences(
            corpus, cursor, wanted=wanted, twister=twister
        )
        end = cut  # the rest is read again
        label = 1
    else:
        b_start, b_end = a_end, starts[end]
        label = 1 if swapped else 0
        if swapped:
            a_start, a_end, b_start, b_end = b_start, b_end, a_start, a_end
    cursor.sentence = end
    pair = Pair(a_start, a_end, b_start, b_end, label)
    longest = rules.max_seq_length - 3
    return _truncated(pair, longest=longest, twister=twister)


@inlined
def _random_sentences(
    corpus: CorpusArrays, cursor: Any, wanted: int, twister: Any
) -> tuple[int, int]:
    """Draws sentences from another document, with `wanted` pieces or more.

    At least one; fewer pieces where the document ends. Of a corpus of one
    document it is the same one.
    """
    document = cursor.document
    for _ in range(_TRIES):
        document = randbelow(twister, len(corpus.order))
        if document != cursor.document:
            break
    document = corpus.order[document]
    first = corpus.document_starts[document]
    last = corpus.document_starts[document + 1]
    first += randbelow(twister, last - first)
    starts = corpus.sentence_starts
    end = first + 1
    while end < last and starts[end] - starts[first] < wanted:
        end += 1
    return starts[first], starts[end]


@inlined
def _truncated(pair: Pair, longest: int, twister: Any) -> Pair:
    """Takes pieces from either end of the longer part, until both fit."""
    a_start, a_end, b_start, b_end, label = pair
    excess = (a_end - a_start) + (b_end - b_start) - longest
    for _ in range(excess):
        from_front = 1 if random(twister) < 0.5 else 0
        if a_end - a_start > b_end - b_start:
            a_start += from_front
            a_end -= 1 - from_front
        else:
            b_start += from_front
            b_end -= 1 - from_front
    return Pair(a_start, a_end, b_start, b_end, label)


@inlined
def lay_out(
    corpus: CorpusArrays, pair: Pair, rules: Any, row: Any
) -> tuple[int, int]:
    """Writes [CLS] A [SEP] B [SEP] into row.ids.

    Returns:
      The number of pieces, and the position where B begins.
    """
    part_a = corpus.pieces[pair.a_start : pair.a_end]
    part_b = corpus.pieces[pair.b_start : pair.b_end]
    segment_b = len(part_a) + 2
    length = segment_b + len(part_b) + 1
    row.ids[0] = rules.cls_id
    for i in range(len(part_a)):
        row.ids[1 + i] = part_a[i]
    row.ids[segment_b - 1] = rules.sep_id
    for i in range(len(part_b)):
        row.ids[segment_b + i] = part_b[i]
    row.ids[length - 1] = rules.sep_id
    return length, segment_b

"""What the compiled code works on: records of numbers, tuples of arrays.

Single numbers are in numpy records, which compiled code passes as bare
pointers (see `mersenne_twister.TWISTER`); whatever has a length of its own is
in named tuples.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import DTypeLike

from foundation.errors import InputError
from preprocessing.block_options import BlockOptions
from preprocessing.instance_options import MAX_SEQ_LENGTH, InstanceOptions
from preprocessing.vocabulary_facts import VocabularyFacts

# The options and the facts that are single numbers.
RULES = np.dtype(
    [
        ("max_seq_length", np.int64),
        ("dupe_factor", np.int64),
        ("short_seq_prob", np.float64),
        ("cls_id", np.int32),
        ("sep_id", np.int32),
        ("mask_id", np.int32),
        ("unk_id", np.int32),
        ("vocab_size", np.int32),
        ("is_albert", np.bool_),
        ("swaps_sentences", np.bool_),
        ("pair_single_segments", np.bool_),
        ("do_whole_word_mask", np.bool_),
        ("words_cross_separator", np.bool_),
        ("joint_replacement", np.bool_),
        ("predicts", np.bool_),
        ("masks_each", np.bool_),  # with a chance of masked_lm_prob
        ("masked_lm_prob", np.float64),
        ("do_permutation", np.bool_),
    ]
)
# Where the reading of the corpus stands, between two instances.
CURSOR = np.dtype(
    [
        ("pass_index", np.int64),
        ("document", np.int64),  # in shuffled order
        ("sentence", np.int64),  # the next one; -1: the document is new
        ("end", np.int64),  # the sentence after the chunk
        ("target", np.int64),  # pieces of a pair, of this document
    ]
)
_ROW_SIZE = MAX_SEQ_LENGTH + 1  # where a list of starts ends
# The instance being made. Of a fixed size, however short instances are: other
# types would be compiled anew for each max_seq_length, or, as arrays, have
# their references counted (`mersenne_twister.TWISTER`).
ROW = np.dtype(
    [
        ("ids", np.int32, (_ROW_SIZE,)),
        # The original id where one is predicted, else NOT_PREDICTED.
        ("labels", np.int32, (_ROW_SIZE,)),
        ("boundary", np.uint8, (_ROW_SIZE,)),  # ALBERT's token_boundary
        # What is masked together: group g is the positions
        # candidates[word_starts[g] : word_starts[g + 1]].
        ("candidates", np.int32, (_ROW_SIZE,)),
        ("word_starts", np.int32, (_ROW_SIZE,)),
        ("first_of_word", np.uint8, (_ROW_SIZE,)),  # by position
        ("order", np.int32, (_ROW_SIZE,)),  # of the groups, shuffled
        ("chosen", np.int32, (_ROW_SIZE,)),  # positions, as they were chosen
        ("taken", np.uint8, (_ROW_SIZE,)),  # whether a position was chosen
        ("shuffled", np.int32, (_ROW_SIZE,)),  # scratch of do_permutation
    ]
)


class Corpus(Protocol):
    """Documents of sentences of pieces (`corpus.Corpus`).

    None is empty. An id of V means `VocabularyFacts.unk_inside_word`.
    """

    @property
    def pieces(self) -> np.ndarray:
        """Ids, uint16 or int32 [pieces]."""

    @property
    def sentence_starts(self) -> np.ndarray:
        """Offsets into the pieces, and their end: int64 [sentences + 1]."""

    @property
    def document_starts(self) -> np.ndarray:
        """Offsets into the sentences, and their end: int64 [documents + 1]."""


class CorpusArrays(NamedTuple):
    """A corpus and the order of its documents."""

    pieces: np.ndarray
    sentence_starts: np.ndarray
    document_starts: np.ndarray
    order: np.ndarray  # int64 [documents]


class Tables(NamedTuple):
    """The options and the facts that are tables."""

    starts_word: np.ndarray  # uint8 [V + 1]
    drawn_ids: np.ndarray  # int32 [candidates for a random piece]
    num_predictions: np.ndarray  # int64 [max_seq_length + 1], by length
    ngram_chances: np.ndarray  # float64 [ngram], cumulative


class Block(NamedTuple):
    """Room for instances; columns as in `instance_table.InstanceTable`."""

    input_ids: np.ndarray
    starts: np.ndarray
    segment_b: np.ndarray
    next_sentence_labels: np.ndarray  # [0] for blocks of text
    masked_lm_positions: np.ndarray
    masked_lm_ids: np.ndarray
    masked_starts: np.ndarray
    token_boundary: np.ndarray  # [0] for BERT


def rules_of(
    options: InstanceOptions | BlockOptions, facts: VocabularyFacts
) -> np.void:
    """Returns the numbers: RULES []; what blocks have not is 0 for them."""
    rules = np.zeros(1, RULES)
    if isinstance(options, BlockOptions):
        rules["masks_each"] = True
    else:
        rules["is_albert"] = options.family == "albert"
    for name in RULES.names or ():
        for owner in (options, facts):
            if hasattr(owner, name):
                rules[name] = getattr(owner, name)
    record: np.void = rules[0]
    return record


def tables_of(
    options: InstanceOptions | BlockOptions, facts: VocabularyFacts
) -> Tables:
    """Returns the tables.

    Raises:
      InputError: nothing is left to draw random pieces from.
    """
    if isinstance(options, BlockOptions):
        # Hugging Face draws an id; BERT a piece, which counts once.
        drawn_ids = np.arange(facts.vocab_size, dtype=np.int32)
        num_predictions, chances = np.zeros(0, np.int64), np.zeros(0)
    else:
        drawn_ids = facts.drawn_ids
        num_predictions = _num_predictions(options)
        chances = _ngram_chances(options)
    if not options.replace_with_specials:
        drawn_ids = drawn_ids[facts.is_special[drawn_ids] == 0]
        if not len(drawn_ids):
            raise InputError(
                "no piece can replace another",
                got=f"{facts.vocab_size} pieces, all of them special",
                expected="ordinary pieces",
            )
    return Tables(
        starts_word=facts.starts_word,
        drawn_ids=drawn_ids,
        num_predictions=num_predictions,
        ngram_chances=chances,
    )


def _num_predictions(options: InstanceOptions) -> np.ndarray:
    """Returns how many there may be, int64 [max_seq_length + 1], by length."""
    return np.array(
        [
            # Python rounds halves to even: 10 pieces have 2, 30 have 4.
            min(
                options.max_predictions_per_seq,
                max(1, round(length * options.masked_lm_prob)),
            )
            for length in range(options.max_seq_length + 1)
        ],
        np.int64,
    )


def _ngram_chances(options: InstanceOptions) -> np.ndarray:
    """Returns the cumulative chances of 1, 2, ... words, float64 [ngram].

    The steps are ALBERT's and then those of numpy's `choice`, each of which
    can change a last bit.
    """
    chances = 1.0 / np.arange(1, options.ngram + 1)
    chances /= chances.sum()
    if not options.favor_shorter_ngram:
        chances = chances[::-1]
    cumulative = np.cumsum(chances / chances.sum())
    cumulative /= cumulative[-1]
    return cumulative


def corpus_arrays(corpus: Corpus, order: np.ndarray) -> CorpusArrays:
    """Returns a corpus as compiled code wants it.

    Everything is seen read-only, also what is not a file on disk: another
    kind of array would be compiled for a second time.
    """
    arrays = CorpusArrays(
        pieces=np.asarray(corpus.pieces).view(),
        sentence_starts=np.asarray(corpus.sentence_starts, np.int64).view(),
        document_starts=np.asarray(corpus.document_starts, np.int64).view(),
        order=order.view(),
    )
    for array in arrays:
        array.flags.writeable = False
    return arrays


def empty_block(
    options: InstanceOptions, num_rows: int, *, dtype: DTypeLike
) -> Block:
    """Returns room for finished instances, however long they are.

    Args:
      options: how instances are made.
      num_rows: how many of them.
      dtype: of the ids.
    """
    num_pieces = num_rows * options.max_seq_length
    most_masked = min(
        options.max_seq_length, 2 * options.max_predictions_per_seq
    )
    # One more: a position is written before it is known to be predicted.
    num_masked = num_rows * most_masked + 1
    is_albert = options.family == "albert"
    return Block(
        input_ids=np.empty(num_pieces, dtype),
        starts=np.zeros(num_rows + 1, np.int64),
        segment_b=np.empty(num_rows, np.int32),
        next_sentence_labels=np.empty(num_rows, np.uint8),
        masked_lm_positions=np.empty(num_masked, np.uint16),
        masked_lm_ids=np.empty(num_masked, dtype),
        masked_starts=np.zeros(num_rows + 1, np.int64),
        token_boundary=np.empty(num_pieces if is_albert else 0, np.uint8),
    )

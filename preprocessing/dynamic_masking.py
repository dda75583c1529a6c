"""Records without masks -> masked batches, with new masks for each epoch.

A record's masks are a function of (seed, epoch, record) alone, whatever the
batch, the worker and the device, and are drawn by the code that
create_pretraining_data.py draws them with: whole words, ALBERT's runs and the
uncapped masks of blocks are those of the records' options.
"""

# ruff: noqa: PLR0917 - compiled functions know no keyword-only arguments

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from preprocessing.block_options import BlockOptions
from preprocessing.compiled import compiled
from preprocessing.instance_arrays import ROW, Tables, rules_of, tables_of
from preprocessing.instance_loop import draw_masks, without_alias
from preprocessing.instance_options import InstanceOptions
from preprocessing.masking import NOT_PREDICTED
from preprocessing.mersenne_twister import TWISTER, seed_with_words
from preprocessing.record_seeds import record_seed, record_seeds
from preprocessing.vocabulary_facts import VocabularyFacts

__all__ = ["DynamicMasker", "MaskedRows", "TokenRows", "record_seed"]


class TokenRows(NamedTuple):
    """Rows of records without masks, with [CLS] and [SEP].

    Attributes:
      input_ids: int [total]: all rows in one array, padding or not.
      starts: int64 [B]: where in it each row starts.
      lengths: int64 [B]: pieces of each row.
      token_boundary: as input_ids, 1 where a word starts; None for BERT.
        ALBERT's whole words need it where a piece is unknown.
    """

    input_ids: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    token_boundary: np.ndarray | None = None

    @classmethod
    def of_padded(
        cls,
        input_ids: np.ndarray,
        lengths: np.ndarray,
        *,
        token_boundary: np.ndarray | None = None,
    ) -> TokenRows:
        """Returns rows of a padded array [B, S], and boundaries like it."""
        num_rows, width = input_ids.shape
        starts = np.arange(num_rows, dtype=np.int64) * width
        flat = None if token_boundary is None else token_boundary.reshape(-1)
        return cls(input_ids.reshape(-1), starts, lengths, flat)


class MaskedRows(NamedTuple):
    """What a batch has in place of its tokens, as the originals' trainers.

    Attributes:
      input_ids: int32 [B, S]: masked; 0 is padding.
      masked_lm_positions: int32 [B, P]: ascending; 0 behind the last.
      masked_lm_ids: int32 [B, P]: what stood there.
      masked_lm_weights: float32 [B, P]: 1 for a prediction, else 0.
    """

    input_ids: np.ndarray
    masked_lm_positions: np.ndarray
    masked_lm_ids: np.ndarray
    masked_lm_weights: np.ndarray


class DynamicMasker:
    """Draws masks for rows of records; can be called by several threads.

    Args:
      options: that the records were made with, dupe_factor and such; their
        draw_masks does not matter here.
      facts: about the vocabulary of the records.

    Attributes:
      seq_length: S, pieces of a row, padding included.
      num_predictions: P, predictions of a row, padding included.
      vocab_size: V, more than any id of a row.

    Raises:
      InputError: nothing is left to draw random pieces from.
    """

    def __init__(
        self, options: InstanceOptions | BlockOptions, facts: VocabularyFacts
    ) -> None:
        self.seq_length = options.max_seq_length
        self.num_predictions = options.num_predictions
        options = dataclasses.replace(options, draw_masks=True)
        self._rules = rules_of(options, facts)
        self._tables = tables_of(options, facts)
        self.vocab_size = facts.vocab_size

    def mask(
        self,
        rows: TokenRows,
        records: np.ndarray,
        *,
        seed: int,
        epoch: int | np.ndarray,
        seq_length: int | None = None,
    ) -> MaskedRows:
        """Returns rows with masks.

        Args:
          rows: of a batch.
          records: int [B]: the index in its set of each row's record.
          seed: of all masks (see `record_seed`).
          epoch: from 0; or int [B], for a batch of two epochs.
          seq_length: S, where it is less than that of the records.

        Raises:
          ValueError: rows that are too long or have other ids; arrays that do
            not fit each other.
        """
        width = self.seq_length if seq_length is None else seq_length
        if width > self.seq_length:
            raise ValueError(f"got {width}, expected up to {self.seq_length}")
        tokens = _checked(rows, vocab_size=self.vocab_size, width=width)
        num_rows = len(tokens.starts)
        shape = num_rows, self.num_predictions
        made = MaskedRows(
            np.zeros((num_rows, width), np.int32),
            np.zeros(shape, np.int32),
            np.zeros(shape, np.int32),
            np.zeros(shape, np.float32),
        )
        fits = _mask_rows(
            tokens,
            record_seeds(records, epoch, seed=seed, num_rows=num_rows),
            made,
            self._rules,
            self._tables,
            np.zeros(1, ROW)[0],
            np.zeros(1, TWISTER)[0],
        )
        if not fits:
            raise ValueError("got a row without [CLS] and [SEP], or no block")
        return made


class _Tokens(NamedTuple):
    """`TokenRows` in fixed types."""

    input_ids: np.ndarray  # int32
    starts: np.ndarray  # int64
    lengths: np.ndarray  # int64
    token_boundary: np.ndarray  # uint8; [0] for BERT


def _checked(rows: TokenRows, *, vocab_size: int, width: int) -> _Tokens:
    """Returns rows of fixed types that compiled code can read.

    Raises:
      ValueError: it would read or write elsewhere.
    """
    has_boundary = rows.token_boundary is not None
    tokens = _Tokens(
        np.ascontiguousarray(rows.input_ids, np.int32),
        np.ascontiguousarray(rows.starts, np.int64),
        np.ascontiguousarray(rows.lengths, np.int64),
        np.ascontiguousarray(
            rows.token_boundary if has_boundary else [], np.uint8
        ),
    )
    ids, starts, lengths, boundary = tokens
    rules = {
        "a length for each row": len(starts) == len(lengths),
        f"lengths of 0 to {width}": _within(lengths, width),
        "rows inside the ids": len(starts) == len(lengths)
        and _within(starts, len(ids))
        and _within(starts + lengths, len(ids)),
        f"ids below {vocab_size}": _within(ids, vocab_size - 1),
        "a boundary for each id": not has_boundary or len(boundary) == len(ids),
    }
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        raise ValueError(
            f"got {len(starts)} rows without what is expected: "
            + "; ".join(broken)
        )
    return tokens


def _within(values: np.ndarray, limit: int) -> bool:
    """Whether values are from 0 to `limit`."""
    return not len(values) or bool(values.min() >= 0 and values.max() <= limit)


@compiled
def _mask_rows(
    rows: _Tokens,
    keys: np.ndarray,
    made: MaskedRows,
    rules: Any,
    tables: Tables,
    row: Any,
    twister: Any,
) -> bool:
    """Masks all rows; returns whether the predictions of each had room."""
    ids, boundary = rows.input_ids, rows.token_boundary
    room = made.masked_lm_ids.shape[1]
    for i in range(len(rows.starts)):
        start, length = rows.starts[i], rows.lengths[i]
        for position in range(length):
            row.ids[position] = ids[start + position]
        if len(boundary):
            # What was `unk_inside_word` when the record was made.
            for position in range(length):
                unknown = row.ids[position] == rules.unk_id
                if unknown and boundary[start + position] == 0:
                    row.ids[position] = rules.vocab_size
        seed_with_words(twister, keys[i])
        # The originals have a generator apart for the sizes of ALBERT's runs;
        # there is nothing here to be equal to.
        draw_masks(row, length, rules, tables, twister, twister)
        count = 0
        for position in range(length):
            made.input_ids[i, position] = without_alias(
                row.ids[position], rules
            )
            label = row.labels[position]
            if label != NOT_PREDICTED:
                if count == room:
                    return False
                made.masked_lm_positions[i, count] = position
                made.masked_lm_ids[i, count] = without_alias(label, rules)
                made.masked_lm_weights[i, count] = 1
                count += 1
    return True

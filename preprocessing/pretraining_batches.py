"""A set of records -> batches of arrays that a pretraining step takes.

The features are those of the originals' input_fn_builder
(google-research/bert run_pretraining.py), always as wide as the flags say.
Records without masks get new ones each epoch (dynamic_masking.py): those of a
record are a function of (seed, epoch, record), wherever it stands in a batch.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NoReturn

import numpy as np

from foundation.errors import InputError
from preprocessing.dynamic_masking import DynamicMasker, TokenRows
from preprocessing.example_rows import RowError, RowValues, decode_rows
from preprocessing.prefetching import prefetched
from preprocessing.record_order import RecordOrder
from preprocessing.record_set import RecordSet
from preprocessing.record_stream import RecordBatch, RecordStream

Batch = dict[str, np.ndarray]

_IDS, _MASK, _BOUNDARY = "input_ids", "input_mask", "token_boundary"
_PIECES = (_IDS, _MASK, "segment_ids")
_POSITIONS, _LABELS = "masked_lm_positions", "masked_lm_ids"
_WEIGHTS = "masked_lm_weights"
_PREDICTIONS = (_POSITIONS, _LABELS, _WEIGHTS)
_NEXT = "next_sentence_labels"
_BATCHES_AHEAD = 4


class PretrainingBatches:
    """Batches of one size, in an order that any batch can be found in.

    A batch maps names to arrays: input_ids, input_mask, segment_ids int32
    [B, S]; masked_lm_positions, masked_lm_ids int32 [B, P]; masked_lm_weights
    float32 [B, P]; next_sentence_labels int32 [B, 1], where the records have
    them; records int64 [B], the index of each in the set. 0 is padding.

    Args:
      record_set: what is read.
      max_seq_length: S.
      max_predictions_per_seq: P.
      batch_size: B.
      seed: of the order, and of masks.
      shuffle: False = records as they lie, again and again.
      masker: draws the masks of records that have none; None = they have.

    Raises:
      InputError: the records have no such features, or masks besides those
        of the masker, or the masker draws more than P.
    """

    def __init__(
        self,
        record_set: RecordSet,
        *,
        max_seq_length: int,
        max_predictions_per_seq: int,
        batch_size: int,
        seed: int,
        shuffle: bool = True,
        masker: DynamicMasker | None = None,
    ) -> None:
        self._set = record_set
        self._length = max_seq_length
        self._num_predictions = max_predictions_per_seq
        self._seed = seed
        self._masker = masker
        self._batch_size = batch_size
        self._shuffle = shuffle
        counts = [file.num_records for file in record_set.files]
        self._starts = np.cumsum([0, *counts])
        self._widths = self._widths_of(record_set)
        self._limits = dict.fromkeys((_MASK, _NEXT, _BOUNDARY), 1)
        self._limits[_POSITIONS] = max_seq_length - 1
        if masker is not None:
            self._check_masker(masker)
            self.limit_ids(masker.vocab_size)

    @property
    def records_per_epoch(self) -> int:
        """Each is seen once an epoch."""
        return self._set.num_records

    def limit_ids(self, vocab_size: int) -> None:
        """Makes an id of this or above an error, as those below 0 are."""
        self._limits |= dict.fromkeys((_IDS, _LABELS), vocab_size - 1)

    def from_batch(self, start: int) -> Generator[Batch, None, None]:
        """Yields batches from the given one on, without end.

        A thread keeps a few ready; `close` ends it.

        Raises:
          InputError: a file that is missing, damaged or another one, or a
            record that does not fit: which file and record.
        """
        stream = self._stream(shuffle=self._shuffle)
        return prefetched(
            self._batches(stream.from_batch(start)), ahead=_BATCHES_AHEAD
        )

    def once(self) -> Generator[Batch, None, None]:
        """Yields each record once, as they lie; the last batch is short.

        Masks are those of epoch 0. Otherwise as `from_batch`.
        """
        stream = self._stream(shuffle=False)
        return prefetched(self._batches(stream.once()), ahead=_BATCHES_AHEAD)

    def _stream(self, *, shuffle: bool) -> RecordStream:
        counts = [file.num_records for file in self._set.files]
        order = RecordOrder(counts, seed=self._seed, shuffle=shuffle)
        return RecordStream(self._set, order, batch_size=self._batch_size)

    def _widths_of(self, record_set: RecordSet) -> dict[str, int]:
        """Returns the features to be read, and how many values of each."""
        found = record_set.features
        widths = dict.fromkeys(_PIECES, self._length)
        if self._masker is None:
            widths |= dict.fromkeys(_PREDICTIONS, self._num_predictions)
        elif _BOUNDARY in found:
            widths[_BOUNDARY] = self._length
        if _NEXT in found:
            widths[_NEXT] = 1
        missing = [name for name in widths if name not in found]
        twice = self._masker is not None and _POSITIONS in found
        if missing or twice:
            raise InputError(
                "the records cannot be trained on",
                got=f"features {', '.join(sorted(found))}",
                expected=", ".join(sorted(widths))
                + (", and no masks" if twice else ""),
                next_step="give records of create_pretraining_data.py, with "
                "masks or of --dynamic_masking",
                path=record_set.files[0].path,
            )
        return widths

    def _check_masker(self, masker: DynamicMasker) -> None:
        if masker.num_predictions > self._num_predictions:
            raise InputError(
                "there is no room for the masks that are drawn",
                got=f"max_predictions_per_seq {self._num_predictions}",
                expected=f"{masker.num_predictions}, as of the records",
                next_step="leave --max_predictions_per_seq out",
                path=self._set.files[0].path,
            )

    def _batches(
        self, batches: Generator[RecordBatch, None, None]
    ) -> Generator[Batch, None, None]:
        for batch in batches:
            try:
                yield self._arrays(batch)
            except RowError as error:
                self._refuse(int(batch.records[error.row]), error)

    def _arrays(self, batch: RecordBatch) -> Batch:
        rows = decode_rows(batch.serialized, self._widths, limits=self._limits)
        check_rows(rows)
        arrays = rows.features
        if self._masker is not None:
            arrays |= self._drawn(rows, batch)
            arrays.pop(_BOUNDARY, None)
        return {**arrays, "records": batch.records}

    def _drawn(self, rows: RowValues, batch: RecordBatch) -> Batch:
        """Returns ids with masks, and what they hide."""
        assert self._masker is not None
        width = min(self._length, self._masker.seq_length)
        features = rows.features
        boundary = features.get(_BOUNDARY)
        drawn = self._masker.mask(
            TokenRows.of_padded(
                features[_IDS],
                _lengths(features[_MASK], width),
                token_boundary=boundary,
            ),
            batch.records,
            seed=self._seed,
            epoch=batch.epochs,
            seq_length=width,
        )
        widths = dict.fromkeys(_PREDICTIONS, self._num_predictions)
        widths[_IDS] = self._length
        return {
            name: _widened(values, widths[name])
            for name, values in drawn._asdict().items()
        }

    def _refuse(self, record: int, error: RowError) -> NoReturn:
        number = int(np.searchsorted(self._starts, record, side="right")) - 1
        raise InputError(
            f"record {record - self._starts[number]}, counted from 0, does "
            "not fit the run",
            got=error.got,
            expected=error.expected,
            next_step="give the flags and the vocabulary that the records "
            "were made with, or make the records anew",
            path=self._set.files[number].path,
        ) from error


def check_rows(rows: RowValues) -> None:
    """Raises RowError for a row that is no instance.

    It lacks a feature, its features are of different lengths, or it has a
    weight that is none.
    """
    counts = rows.counts
    wrong = np.zeros(len(counts[_IDS]), bool)
    for group in (_PIECES, (_BOUNDARY,), _PREDICTIONS, (_NEXT,)):
        names = [name for name in group if name in counts]
        for name in names:
            wrong |= counts[name] < 0
            wrong |= counts[name] != counts[names[0]]
    if _BOUNDARY in counts:
        wrong |= counts[_BOUNDARY] != counts[_IDS]
    if _NEXT in counts:
        wrong |= counts[_NEXT] != 1
    if wrong.any():
        row = int(np.argmax(wrong))
        raise RowError(
            row,
            got=", ".join(
                f"no {name}" if found[row] < 0 else f"{found[row]} {name}"
                for name, found in counts.items()
            ),
            expected="as many for each piece, and for each prediction",
        )
    if _WEIGHTS in rows.features:
        weights = rows.features[_WEIGHTS]
        fits = np.isfinite(weights) & (weights >= 0)
        if not fits.all():
            raise RowError(
                int(np.argmin(fits.all(axis=1))),
                got=f"{_WEIGHTS} below 0 or not finite",
                expected="1 for a prediction, 0 for padding",
            )


def _lengths(mask: np.ndarray, width: int) -> np.ndarray:
    """Returns the pieces of rows to be masked: int64 [B].

    Raises:
      RowError: a row has padding before a piece, or no room in `width`.
    """
    lengths: np.ndarray = mask.sum(axis=1, dtype=np.int64)
    padded = np.arange(mask.shape[1]) >= lengths[:, None]
    wrong = (mask.astype(bool) == padded).any(axis=1) | (lengths > width)
    if wrong.any():
        raise RowError(
            int(np.argmax(wrong)),
            got=f"an {_MASK} with padding between pieces, or too long",
            expected=f"up to {width} pieces, then padding",
        )
    return lengths


def _widened(values: np.ndarray, width: int) -> np.ndarray:
    return np.pad(values, ((0, 0), (0, width - values.shape[1])))

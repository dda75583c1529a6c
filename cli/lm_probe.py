"""Do the first records of a file fit the model and the flags?

Records of the originals have no manifest; wrong ids in them would be looked up
out of the table, on a GPU without a word.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from foundation.errors import InputError
from preprocessing.records import iterate_examples

NUM_PROBED = 16  # records of a file: milliseconds
LABELS = "next_sentence_labels"
PIECES = ("input_ids", "input_mask", "segment_ids")
PREDICTIONS = ("masked_lm_positions", "masked_lm_ids", "masked_lm_weights")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordLimits:
    """What every record must keep to.

    Attributes:
      max_seq_length: values of the features with one for each piece.
      max_predictions_per_seq: values of the masked_lm features; None =
        records without them.
      padded: whether there are exactly so many values; else at most.
      has_labels: whether a sentence task is trained.
      vocab_size: of the model.
      type_vocab_size: of the model.
    """

    max_seq_length: int
    max_predictions_per_seq: int | None
    padded: bool
    has_labels: bool
    vocab_size: int
    type_vocab_size: int

    def lengths(self) -> dict[str, int]:
        """Returns how many values each feature must have."""
        lengths = dict.fromkeys(PIECES, self.max_seq_length)
        if self.max_predictions_per_seq is not None:
            lengths |= dict.fromkeys(PREDICTIONS, self.max_predictions_per_seq)
        if self.has_labels:
            lengths[LABELS] = 1
        return lengths

    def bounds(self) -> dict[str, tuple[int, str]]:
        """Returns what the values of a feature are below, and why."""
        return {
            "input_ids": (self.vocab_size, "vocab_size of the config"),
            "masked_lm_ids": (self.vocab_size, "vocab_size of the config"),
            "segment_ids": (
                self.type_vocab_size,
                "type_vocab_size of the config",
            ),
            "masked_lm_positions": (self.max_seq_length, "pieces of a record"),
            "input_mask": (2, "1 for a piece and 0 for padding"),
            LABELS: (2, "a label is 0 or 1"),
        }


def check_first_records(path: str, limits: RecordLimits) -> None:
    """Raises InputError where the first records do not keep to limits."""
    for index, record in enumerate(islice(iterate_examples(path), NUM_PROBED)):
        for got, expected in _faults(record, limits):
            raise InputError(
                f"record {index}, counted from 0, does not fit the run",
                got=got,
                expected=expected,
                next_step="give the flags, the config and the vocabulary that "
                "the records were made with, or make the records anew",
                path=path,
            )


def _faults(
    record: Mapping[str, np.ndarray], limits: RecordLimits
) -> Iterator[tuple[str, str]]:
    """Yields what was found and what was expected, the plainest first."""
    for name, length in limits.lengths().items():
        if name not in record:
            yield f"no {name} among {_listed(record)}", f"a feature {name}"
            continue
        found = len(record[name])
        fits = found == length
        if not limits.padded and name != LABELS:
            fits = found <= length
        if not fits:
            yield f"{found} values of {name}", f"{length}{_flag_of(name)}"
    for name, (bound, why) in limits.bounds().items():
        values = record.get(name)
        if values is None or not len(values):
            continue
        if values.dtype != np.int64:
            yield f"{name} of kind {values.dtype}", "whole numbers"
        elif values.min() < 0 or values.max() >= bound:
            yield (
                f"{name} from {values.min()} to {values.max()}",
                f"0 to {bound - 1}: {why}",
            )


def _listed(record: Mapping[str, Any]) -> str:
    return ", ".join(sorted(record)) or "no features"


def _flag_of(name: str) -> str:
    if name in PIECES:
        return ", --max_seq_length"
    if name in PREDICTIONS:
        return ", --max_predictions_per_seq"
    return ""

"""The first records as text, as the originals always logged them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from absl import logging

from preprocessing.records import iterate_examples
from preprocessing.tokenization import Tokenizer

_NUM_LOGGED = 20


def log_examples(paths: Sequence[str], pieces: Tokenizer) -> None:
    """Logs the first records of files that were written in turn."""
    records = itertools.islice(_in_turn(paths), _NUM_LOGGED)
    for number, record in enumerate(records):
        ids = record["input_ids"][: int(record["input_mask"].sum())]
        labels = record.get("next_sentence_labels", ())
        logging.info(
            "*** Example %d ***\n  tokens: %s\n  is random or swapped: %s",
            number,
            " ".join(pieces.pieces(ids.tolist())),
            " ".join(map(str, labels)) or "no such label",
        )


def _in_turn(paths: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
    rows = itertools.zip_longest(*map(iterate_examples, paths))
    for row in rows:
        yield from (record for record in row if record is not None)

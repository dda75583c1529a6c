"""Sentences with their features: rows of a table, and their loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from tasks.tagging_features import NOT_SCORED, TaggingFeatures


@dataclasses.dataclass(frozen=True)
class TaggedExample:
    """A sentence with what is needed to read its predictions.

    Attributes:
      words: as in the file.
      gold: tags, one a word, in the scheme's form; empty without tags.
      rows: its rows of the split's table, one a window, in order.
    """

    words: tuple[str, ...]
    gold: tuple[str, ...]
    rows: tuple[TaggingFeatures, ...]

    @property
    def num_words_kept(self) -> int:
        """Returns how many words the model sees; the others were cut off."""
        return sum(len(row.first_pieces) for row in self.rows)

    def stitched(self, of_row: Sequence[np.ndarray]) -> np.ndarray:
        """Returns what each piece got from the window that decides it.

        Args:
          of_row: an array [pieces + 2, ...] for each row.

        Returns:
          [CLS] of the first row, all pieces of the sentence, [SEP] of the
          last row.
        """
        parts = [
            values[slice(*row.decided)]
            for row, values in zip(self.rows, of_row, strict=True)
        ]
        return np.concatenate([of_row[0][:1], *parts, of_row[-1][-1:]])

    def of_words(self, of_row: Sequence[np.ndarray]) -> np.ndarray:
        """Returns what each kept word got, at its first piece, [words, ...]."""
        return np.concatenate(
            [
                values[row.first_pieces]
                for row, values in zip(self.rows, of_row, strict=True)
            ]
        )

    def input_ids(self) -> list[int]:
        """Returns [CLS], the pieces of all windows once each, [SEP]."""
        ids = self.stitched([row.input_ids for row in self.rows])
        return [int(i) for i in ids]

    def word_index(self) -> list[int]:
        """Returns which word each of `input_ids` is of."""
        index = self.stitched([row.word_index for row in self.rows])
        return [int(i) for i in index]


def feature_rows(
    examples: Iterable[TaggedExample],
) -> Iterator[dict[str, np.ndarray]]:
    """Yields the rows of a `FeatureTable`."""
    for example in examples:
        for row in example.rows:
            yield {
                "input_ids": row.input_ids,
                "input_mask": np.ones_like(row.input_ids),
                "segment_ids": np.zeros_like(row.input_ids),
                "label_ids": row.label_ids,
            }


def by_example(
    examples: Iterable[TaggedExample], of_rows: Iterable[np.ndarray]
) -> Iterator[list[np.ndarray]]:
    """Yields the arrays of each example's rows.

    Args:
      examples: in order.
      of_rows: one array a row of the table.

    Raises:
      ValueError: not one array for each row.
    """
    left = iter(of_rows)
    for example in examples:
        arrays = [array for _, array in zip(example.rows, left, strict=False)]
        if len(arrays) != len(example.rows):
            raise ValueError("got fewer arrays than rows")
        yield arrays
    if next(left, None) is not None:
        raise ValueError("got more arrays than rows")


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Returns log probabilities over the last axis."""
    shifted: np.ndarray = logits - logits.max(axis=-1, keepdims=True)
    total = np.exp(shifted).sum(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(total))


def mean_loss(
    examples: Sequence[TaggedExample],
    log_probabilities: Sequence[Sequence[np.ndarray]],
) -> float:
    """Returns the mean cross-entropy over the labelled positions.

    Args:
      examples: the sentences.
      log_probabilities: of each, one [pieces + 2, L] a row.
    """
    total, count = 0.0, 0
    for example, of_row in zip(examples, log_probabilities, strict=True):
        for row, values in zip(example.rows, of_row, strict=True):
            scored = np.flatnonzero(row.label_ids != NOT_SCORED)
            total -= float(values[scored, row.label_ids[scored]].sum())
            count += len(scored)
    return total / max(count, 1)

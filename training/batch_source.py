"""The batches of fine-tuning, in the order of the run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from preprocessing.features import FeatureTable
from preprocessing.pipeline import BatchPlan, BufferedPlan, padded_length
from training.options import BatchOptions


@dataclasses.dataclass(frozen=True)
class BatchSource:
    """The records of training, in the run's order.

    Attributes:
      table: the records.
      options: batch sizes and padding.
      seed: of the order and of dropout.
    """

    table: FeatureTable
    options: BatchOptions
    seed: int

    def plan(self) -> BatchPlan | BufferedPlan:
        """Returns the order of the micro-batches."""
        if self.options.shuffle_buffer is not None:
            return BufferedPlan(
                self.table.num_groups,
                batch_size=self.options.train_batch_size,
                seed=self.seed,
                buffer_size=self.options.shuffle_buffer,
            )
        return BatchPlan(
            self.table.group_lengths,
            batch_size=self.options.train_batch_size,
            seed=self.seed,
            group_by_length=self.options.group_by_length,
        )

    def updates_to_epochs(self) -> float:
        """Returns which part of an epoch one update is."""
        options = self.options
        records = options.train_batch_size * options.gradient_accumulation_steps
        return records / self.table.num_groups

    def padded(self, groups: Sequence[int]) -> dict[str, np.ndarray]:
        """Returns one batch of whole groups, padded as the options say."""
        indices = self.table.rows_of(groups)
        longest = int(self.table.lengths[indices].max())
        length = padded_length(longest, maximum=self.options.max_seq_length)
        if self.options.pad_to_max:
            length = self.options.max_seq_length
        return self.table.batch(indices, length=length)

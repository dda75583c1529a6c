"""All that records depend on, but for their text: one value, for any process.

Apart from what makes the records (record_making.py): flags are checked, and
jobs sent to other processes, without it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from foundation import files
from preprocessing.block_options import BlockOptions
from preprocessing.example_encoding import RecordFormat, feature_lengths
from preprocessing.instance_options import InstanceOptions
from preprocessing.instance_table import InstanceTable
from preprocessing.manifest import Manifest, split_path
from preprocessing.tokenization import TokenizerSettings

HELD_OUT_FOLDER = "held_out"


@dataclass(frozen=True, kw_only=True)
class RecordJob:
    """How text becomes records.

    Attributes:
      tokenizer: how it is cut into pieces.
      options: how pieces become instances.
      record_format: how instances become records.
      manifest: what is to be known of the records; its files are ignored.
      break_at_end_of_file: whether a document ends with its file.
      held_out_fraction: of the documents, whose records go to files of their
        own.
      memory_budget: bytes of text and of instances, each, that are kept in
        memory. The records do not depend on it.
    """

    tokenizer: TokenizerSettings
    options: InstanceOptions | BlockOptions
    record_format: RecordFormat
    manifest: Manifest
    break_at_end_of_file: bool = False
    held_out_fraction: float = 0.0
    memory_budget: int = 1 << 30

    @property
    def by_file(self) -> bool:
        """Whether records depend on where files end."""
        is_blocks = isinstance(self.options, BlockOptions)
        return is_blocks or self.break_at_end_of_file


def features_of(
    options: InstanceOptions | BlockOptions, record_format: RecordFormat
) -> Mapping[str, int]:
    """Returns how many values each feature has, before there are records."""
    is_pair = isinstance(options, InstanceOptions)
    is_albert = isinstance(options, InstanceOptions) and (
        options.family == "albert"
    )
    none = np.zeros(0, np.int32)
    no_rows = InstanceTable(
        input_ids=none,
        starts=none,
        segment_b=none,
        next_sentence_labels=none if is_pair else None,
        masked_lm_positions=none if options.draw_masks else None,
        token_boundary=none if is_albert else None,
    )
    return feature_lengths(no_rows, record_format)


class Bars(Protocol):
    """What shows how far a run is: `with bars("reading", total, "B") as see`.

    `see(n)` says that n more of `total` are done.
    """

    def __call__(
        self, what: str, total: int, unit: str, /
    ) -> AbstractContextManager[Callable[[int], object]]:
        """Returns a bar, to be opened."""


@contextlib.contextmanager
def no_bars(
    _what: str, _total: int, _unit: str
) -> Iterator[Callable[[int], object]]:
    """Shows nothing."""
    yield lambda _count: None


def held_out_path(path: str) -> str:
    """Returns where the records of held-out documents go.

    Into a folder of their own: "data/*.tfrecord" must not match them.
    """
    folder, name = split_path(path)
    return files.join(folder, HELD_OUT_FOLDER, name)


def shard_path(path: str, index: int, count: int) -> str:
    """Returns the file of one unit: data/a.tfrecord -> data/a-00003-of-00012.

    Args:
      path: as --output_file has it.
      index: of the unit, from 0.
      count: of the units.

    Returns:
      The path with the numbers before what the name ends with (.tfrecord).
    """
    folder, name = split_path(path)
    root, end = os.path.splitext(name)
    if end == ".gz":
        root, inner = os.path.splitext(root)
        end = inner + end
    return files.join(folder, f"{root}-{index:05d}-of-{count:05d}{end}")

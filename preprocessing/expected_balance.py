"""Lengths of sentences -> what the pairs of next-sentence prediction will be.

The walk over a document of create_pretraining_data.py with lengths in the
place of pieces: how many pairs come out, and how many of them cannot but be
labelled "not next" (BERT) or "swapped or random" (ALBERT).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_NUM_SPECIAL = 3  # [CLS] and two [SEP]


@dataclass(frozen=True)
class PairRules:
    """What decides about pairs; the flags of these names.

    Attributes:
      max_seq_length: pieces of an instance, the special ones included.
      short_seq_prob: share of documents cut into shorter ones.
      random_next: whether the second part may come from another document
        (BERT); otherwise the two parts may change places (ALBERT).
    """

    max_seq_length: int = 128
    short_seq_prob: float = 0.1
    random_next: bool = True

    @property
    def max_pieces(self) -> int:
        """Pieces of text of an instance."""
        return self.max_seq_length - _NUM_SPECIAL


@dataclass(frozen=True)
class Balance:
    """What is to be expected of some documents, once through.

    Attributes:
      num_instances: pairs.
      num_single: those whose chunk is one sentence, so that the label is
        always 1.
    """

    num_instances: int
    num_single: int

    @property
    def single_share(self) -> float:
        """Returns the share of pairs from one sentence."""
        return self.num_single / self.num_instances

    @property
    def not_next_share(self) -> float:
        """Returns the share of label 1: those, and half of the others."""
        return (1 + self.single_share) / 2


def expected_balance(
    documents: Iterable[Sequence[int]], rules: PairRules
) -> Balance:
    """Draws the pairs of documents.

    Args:
      documents: lengths in pieces of the sentences of each.
      rules: of the pairs.
    """
    rng = random.Random(0)  # the same corpus, the same report
    num_instances = num_single = 0
    for lengths in documents:
        for num_sentences in _chunks(lengths, rules, rng):
            num_instances += 1
            num_single += num_sentences == 1
    return Balance(num_instances, num_single)


def _chunks(
    lengths: Sequence[int], rules: PairRules, rng: random.Random
) -> Iterator[int]:
    """Yields the number of sentences of each chunk."""
    target = rules.max_pieces
    if rng.random() < rules.short_seq_prob:
        target = rng.randint(2, rules.max_pieces)
    num_sentences = num_pieces = 0
    i = 0
    while i < len(lengths):
        num_sentences += 1
        num_pieces += lengths[i]
        if i == len(lengths) - 1 or num_pieces >= target:
            in_first = 1
            if num_sentences > 1:
                in_first = rng.randint(1, num_sentences - 1)
            is_not_next = num_sentences == 1 or rng.random() < 0.5
            yield num_sentences
            if is_not_next and rules.random_next:
                i -= num_sentences - in_first  # they are used again
            num_sentences = num_pieces = 0
        i += 1

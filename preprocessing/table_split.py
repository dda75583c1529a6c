"""A table's lines to train, dev and test, related ones in the same part.

Corpora that come as one file, and pairs that share a claim, a premise or a
document: where such pairs lie on both sides of a split, the score is of texts
that were seen in training.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

PARTS = ("train", "dev", "test")


def split_by_group(
    groups: Sequence[str], shares: Mapping[str, float], *, seed: int
) -> list[str]:
    """Returns the part of each row.

    Groups are drawn in random order into the smallest part first, so that it
    comes nearest to its share; no group is in two parts.

    Args:
      groups: what each row belongs to; a row of its own has its own name.
      shares: part -> fraction of the rows; together 1.
      seed: of the order.

    Raises:
      ValueError: the shares are not of one whole.
    """
    if abs(sum(shares.values()) - 1.0) > 1e-6 or min(shares.values()) < 0:
        raise ValueError(f"shares: got {dict(shares)}, expected a sum of 1")
    counts: dict[str, int] = {}
    for group in groups:
        counts[group] = counts.get(group, 0) + 1
    # Sorted first: the order of the file does not matter.
    names = sorted(counts)
    random.Random(seed).shuffle(names)
    parts = sorted(shares, key=lambda part: shares[part])
    missing = {part: shares[part] * len(groups) for part in parts}
    part_of = {}
    for name in names:
        part = next(
            (p for p in parts if missing[p] >= counts[name] / 2), parts[-1]
        )
        part_of[name] = part
        missing[part] -= counts[name]
    return [part_of[group] for group in groups]

"""PubMedQA's labelled questions to its published train, dev and test parts.

The authors give one file of 1000 questions and a script that draws the parts
(pubmedqa/pubmedqa preprocess/split_dataset.py, seed 0). The same draws here
give the same parts: the 500 test ids are those of their
test_ground_truth.json, in order. Train and dev are the script's fold 0.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

_DECISIONS = ("yes", "no", "maybe")  # the order in which they are drawn
_SEED = 0
_NUM_FOLDS = 10

Ids = list[str]


def split(decisions: Mapping[str, str]) -> dict[str, Ids]:
    """Returns the ids of "train", "dev" and "test".

    Args:
      decisions: "yes", "no" or "maybe" of each id, in the order of the file;
        an id with another one is in no part.
    """
    rng = random.Random(_SEED)
    rest, test = _parts(decisions, 2, rng=rng)
    folds = _parts({i: decisions[i] for i in rest}, _NUM_FOLDS, rng=rng)
    train = [i for fold in folds[1:] for i in fold]
    return {"train": train, "dev": folds[0], "test": test}


def _parts(
    decisions: Mapping[str, str], count: int, *, rng: random.Random
) -> Sequence[Ids]:
    """Returns ids in parts, each with its share of every decision."""
    parts: list[Ids] = [[] for _ in range(count)]
    for decision in _DECISIONS:
        ids = [i for i, value in decisions.items() if value == decision]
        rng.shuffle(ids)
        size = math.ceil(len(ids) / count)
        for number, part in enumerate(parts):
            end = None if number == count - 1 else (number + 1) * size
            part += ids[number * size : end]
    if len(parts[-1]) != len(parts[0]):  # the shares were rounded up
        for part in filter(None, parts[:-1]):
            picked = rng.choice(part)
            part.remove(picked)
            parts[-1].append(picked)
    return parts

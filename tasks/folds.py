"""Cross-validation as clinicalBERT's run_ner.py cut it.

Train and dev are pooled, shuffled and cut into cross_val_sz - 1 chunks; the
official test data is one more, the last. Fold n tests on chunk n and has
chunk n - 1 for dev; in fold 0 dev is the official test data, and only the
last fold tests on it. The paper's scores are those of the last fold.

The cut is the original's where its files end in a blank line; otherwise it
lost their last sentence (originals.md 9.4, N11) and shuffled a shorter list.
Sentences are dealt out, not patients: sentences of one note are in train and
in test of a fold, so only the last fold's score is one on unseen patients.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from foundation.errors import InputError
from tasks.readers import TaggedSentence
from tasks.splits import overlap_warning

FEWEST_FOLDS = 3  # one chunk each for train, dev and test
_SEED = 42  # clinicalBERT: random.seed(42), then random.shuffle


@dataclass(frozen=True)
class Fold:
    """What one model is trained and scored on; no sentence is in two parts.

    Attributes:
      number: from 0; the last fold tests on the official test data.
      train: sentences to learn from.
      dev: sentences that may choose the checkpoint.
      test: sentences to score.
    """

    number: int
    train: tuple[TaggedSentence, ...]
    dev: tuple[TaggedSentence, ...]
    test: tuple[TaggedSentence, ...]


def cut_folds(
    train_dev: Sequence[TaggedSentence],
    test: Sequence[TaggedSentence],
    cross_val_sz: int,
) -> list[Fold]:
    """Cuts a corpus into folds; the same ones each time.

    Args:
      train_dev: the sentences of train, then those of dev, in file order.
      test: those of the official test data.
      cross_val_sz: folds, the one of the official test data included; 10 in
        clinicalBERT.

    Raises:
      InputError: fewer than 3 folds, fewer sentences than chunks, or no test
        data.
    """
    check_cross_val_sz(cross_val_sz)
    if len(train_dev) < cross_val_sz - 1 or not test:
        raise InputError(
            "too few sentences for cross-validation",
            got=f"{len(train_dev)} of train and dev, {len(test)} of test",
            expected=f"at least {cross_val_sz - 1} and 1 for "
            f"--cross_val_sz={cross_val_sz}",
            next_step="lower --cross_val_sz",
        )
    pool = list(train_dev)
    # The same order as random.seed(42); random.shuffle(pool), without
    # touching the generator that all the program shares.
    random.Random(_SEED).shuffle(pool)
    chunks = [*_chunks(pool, cross_val_sz - 1), tuple(test)]
    folds = []
    for number, scored in enumerate(chunks):
        dev = (number - 1) % cross_val_sz
        train = tuple(
            sentence
            for i, chunk in enumerate(chunks)
            if i not in (number, dev)
            for sentence in chunk
        )
        folds.append(Fold(number, train=train, dev=chunks[dev], test=scored))
    return folds


def check_cross_val_sz(cross_val_sz: int) -> None:
    """Raises InputError for a number of folds that cannot be cut."""
    if cross_val_sz < FEWEST_FOLDS:
        raise InputError(
            "--cross_val_sz leaves nothing to train on",
            got=cross_val_sz,
            expected=f"at least {FEWEST_FOLDS}: a part each for train, dev "
            "and test",
            next_step="use clinicalBERT's --cross_val_sz=10, or leave it out",
        )


def _chunks(
    pool: Sequence[TaggedSentence], number: int
) -> list[tuple[TaggedSentence, ...]]:
    """Cuts into `number` runs, all but the last equally long.

    Where that makes fewer runs (64 sentences in 9: eight times 8), the
    original stopped with an IndexError; lengths then differ by one at most.
    """
    size = -(-len(pool) // number)  # rounded up
    if -(-len(pool) // size) == number:
        starts = [i * size for i in range(number)]
    else:
        starts = [i * len(pool) // number for i in range(number)]
    ends = [*starts[1:], len(pool)]
    return [
        tuple(pool[start:end]) for start, end in zip(starts, ends, strict=True)
    ]


def leaks(fold: Fold) -> list[str]:
    """Says which sentences of a fold are in the data more than once.

    A sentence is in one part of a fold only, but its words may be there
    again ("No acute distress .").
    """
    parts = {"dev": fold.dev, "test": fold.test}
    warnings = (
        overlap_warning(
            [sentence.words for sentence in fold.train],
            [sentence.words for sentence in part],
            name=f"fold {fold.number} {name}",
        )
        for name, part in parts.items()
    )
    return [warning for warning in warnings if warning]

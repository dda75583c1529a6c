"""Sentences that two splits share: a score on seen data is no score.

Leaks between train and test are a main reason why published numbers cannot
be reproduced (user-demand.md, row 14).
"""

from __future__ import annotations

from collections.abc import Iterable

from tasks.readers import TaggedSentence


def overlap(
    train: Iterable[TaggedSentence], other: Iterable[TaggedSentence]
) -> int:
    """Counts the sentences of `other` whose words occur in `train`.

    Tags do not matter: a sentence that was seen with other tags was seen.
    """
    seen = {sentence.words for sentence in train}
    return sum(sentence.words in seen for sentence in other)


def overlap_warning(
    train: Iterable[TaggedSentence],
    other: Iterable[TaggedSentence],
    *,
    name: str,
) -> str | None:
    """Says how many sentences of a split were trained on, if any.

    Args:
      train: the sentences trained on.
      other: the sentences scored.
      name: of the split scored, for the text.
    """
    other = list(other)
    shared = overlap(train, other)
    if not shared:
        return None
    return (
        f"{shared} of {len(other)} {name} sentences ({shared / len(other):.1%})"
        " are also in the training data: its score is too high by what they add"
    )

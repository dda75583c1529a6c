"""Examples that two splits share: a score on seen data is no score.

Leaks between train and test are a main reason why published numbers cannot
be reproduced (user-demand.md, row 14).
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Mapping, Sequence


def overlap(train: Iterable[Hashable], other: Iterable[Hashable]) -> int:
    """Counts the texts of `other` that occur in `train`.

    Labels do not matter: a text that was seen with another label was seen.

    Args:
      train: what was read of each example trained on: a sentence's words, a
        pair of texts.
      other: the same of the examples scored.
    """
    seen = set(train)
    return sum(text in seen for text in other)


def overlap_warning(
    train: Iterable[Hashable],
    other: Iterable[Hashable],
    *,
    name: str,
    what: str = "sentences",
) -> str | None:
    """Says how many examples of a split were trained on, if any.

    Args:
      train: as for `overlap`.
      other: the examples scored.
      name: of the split scored, for the text.
      what: the examples are called.
    """
    other = list(other)
    shared = overlap(train, other)
    if not shared:
        return None
    return (
        f"{shared} of {len(other)} {name} {what} ({shared / len(other):.1%})"
        " are also in the training data: its score is too high by what they add"
    )


def rows_seen(texts: Mapping[str, Sequence[Hashable]]) -> dict[str, int]:
    """Counts rows that a split shares with one used before it.

    Args:
      texts: "train", "dev", "test", as far as they are used -> what was read
        of each row.

    Returns:
      "test in train" -> how many rows of test are in train, and so on.
    """
    return {
        f"{later} in {earlier}": overlap(texts[earlier], texts[later])
        for earlier, later in itertools.combinations(
            ("train", "dev", "test"), 2
        )
        if earlier in texts and later in texts
    }

"""Answers to SQuAD's exact match and F1.

As SQuAD's evaluate-v1.1.py and -v2.0.py: case, punctuation, articles and
spaces do not matter, and the best of several gold answers counts.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize(text: str) -> str:
    """Returns an answer as it is compared."""
    text = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def exact_match(gold: Sequence[str], predicted: str) -> float:
    """Returns 1 where the answer is one of the gold ones, else 0.

    Args:
      gold: right answers; none, or "", means that there is no answer.
      predicted: "" = no answer.
    """
    wanted = {normalize(answer) for answer in gold} or {""}
    return float(normalize(predicted) in wanted)


def word_f1(gold: Sequence[str], predicted: str) -> float:
    """Returns the F1 of shared words with the likest gold answer.

    Where one of the two is no answer, 1 if both are, else 0.
    """
    found = normalize(predicted).split()
    return max(
        _f1(normalize(answer).split(), found) for answer in list(gold) or [""]
    )


def _f1(gold: Sequence[str], found: Sequence[str]) -> float:
    if not gold or not found:
        return float(not gold and not found)
    shared = (Counter(gold) & Counter(found)).total()
    return 2 * shared / (len(gold) + len(found))

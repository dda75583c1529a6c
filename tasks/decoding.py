"""Scores of every label at every word to the best allowed label sequence.

Viterbi's algorithm over many sentences at once. With IOB2's rules alone it
turns ill-formed argmax output (I-Disease after O) into the best well-formed
sequence; with a CRF's weights added to them it is the CRF's decoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.labels import SPECIAL_LABELS
from tasks.tag_schemes import OUTSIDE, split_tag

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_CHUNK = 1 << 18  # numbers in the largest array of a chunk: 2 MB


@dataclass(frozen=True, eq=False)
class Transitions:
    """Scores of label sequences without their words; -inf forbids.

    Attributes:
      start: float64 [L], of the first word's label.
      between: float64 [L, L], of going from the row's label to the column's.
      end: float64 [L], of the last word's label.
    """

    start: Floats
    between: Floats
    end: Floats

    def with_scores(
        self,
        *,
        start: npt.ArrayLike,
        between: npt.ArrayLike,
        end: npt.ArrayLike,
    ) -> Transitions:
        """Adds scores, such as a CRF's; what is forbidden stays so.

        Raises:
          ValueError: they are for another number of labels.
        """
        return Transitions(
            _sum("start", self.start, start),
            _sum("between", self.between, between),
            _sum("end", self.end, end),
        )


def _sum(name: str, old: Floats, more: npt.ArrayLike) -> Floats:
    added = np.asarray(more, np.float64)
    if added.shape != old.shape:
        raise ValueError(
            f"{name}: got shape {added.shape}, expected {old.shape}"
        )
    return old + added


def iob2_transitions(labels: Sequence[str]) -> Transitions:
    """Returns IOB2's rules: 0 where it allows, -inf where it does not.

    I-X may only follow B-X or I-X. [PAD], X, [CLS] and [SEP], which are
    classes of the "biobert" scheme but of no word, are forbidden everywhere.

    Args:
      labels: in the order of their ids.
    """
    allowed = [[_may_follow(a, b) for b in labels] for a in labels]
    # What may not follow O may not come first either.
    first = [_may_follow(OUTSIDE, label) for label in labels]
    last = [label not in SPECIAL_LABELS for label in labels]
    start, between, end = (
        np.where(np.array(rule, bool), 0.0, -np.inf)
        for rule in (first, allowed, last)
    )
    return Transitions(start, between, end)


def _may_follow(previous: str, label: str) -> bool:
    if previous in SPECIAL_LABELS or label in SPECIAL_LABELS:
        return False
    prefix, kind = split_tag(label)
    previous_prefix, previous_kind = split_tag(previous)
    goes_on = previous_prefix in ("B", "I") and previous_kind == kind
    return prefix != "I" or goes_on


def best_paths(
    scores: Sequence[npt.NDArray[np.floating]], transitions: Transitions
) -> list[Labels]:
    """Returns the label sequence with the highest total of each sentence.

    Of sequences with the same total it is the one whose last label has the
    lowest id, then the one before it, and so on. Sums are float64.

    Where `transitions` only allow and forbid, a sentence whose argmax labels
    are allowed keeps them, rounding and ties included.

    Args:
      scores: one [n, L] a sentence, n 0 or more: logits or log probabilities.
      transitions: for the same L labels.

    Returns:
      One int64 [n] a sentence.

    Raises:
      ValueError: every label sequence of a sentence is forbidden, or a score
        is not a number.
    """
    _check_numbers(scores)
    paths = [np.argmax(rows, axis=1) for rows in scores]
    pending = np.array([len(path) > 0 for path in paths], bool)
    if _only_forbids(transitions):
        # No total exceeds the sum of each word's maximum, and an allowed
        # argmax sequence has that total. Others that reach it consist of
        # maxima too; argmax has the lowest of each word, hence at the end.
        pending &= ~are_allowed(paths, transitions)
    for chunk in chunks_by_length(scores, np.flatnonzero(pending)):
        found = _viterbi([scores[i] for i in chunk], transitions)
        for i, path in zip(chunk, found, strict=True):
            paths[i] = path
    return paths


def _check_numbers(scores: Sequence[npt.NDArray[np.floating]]) -> None:
    for number, rows in enumerate(scores):
        if np.isnan(rows.max(initial=-np.inf)):
            raise ValueError(
                f"scores of sentence {number}: got NaN, expected numbers. "
                "Next: see whether the training loss became NaN"
            )


def _only_forbids(transitions: Transitions) -> bool:
    parts = (transitions.start, transitions.between, transitions.end)
    return all(bool(((x == 0) | np.isneginf(x)).all()) for x in parts)


def are_allowed(
    paths: Sequence[Labels], transitions: Transitions
) -> npt.NDArray[np.bool_]:
    """Returns for each label sequence whether nothing in it is forbidden.

    Args:
      paths: one int [n] a sentence; an empty one is allowed.
      transitions: the scores of the same labels.

    Returns:
      bool [len(paths)].
    """
    lengths = np.array([len(path) for path in paths], np.int64)
    result = np.ones(len(paths), bool)
    if not lengths.any():
        return result
    labels = np.concatenate(paths)
    ends = np.cumsum(lengths[lengths > 0])
    starts = ends - lengths[lengths > 0]
    allowed = np.empty(len(labels), bool)
    allowed[1:] = transitions.between[labels[:-1], labels[1:]] > -np.inf
    allowed[starts] = transitions.start[labels[starts]] > -np.inf
    allowed[ends - 1] &= transitions.end[labels[ends - 1]] > -np.inf
    result[lengths > 0] = np.logical_and.reduceat(allowed, starts)
    return result


def chunks_by_length(
    scores: Sequence[npt.NDArray[np.floating]], chosen: Labels
) -> Iterator[Labels]:
    """Yields the chosen sentences, longest first, as many as memory allows."""
    lengths = np.array([len(scores[i]) for i in chosen], np.int64)
    order = chosen[np.argsort(-lengths, kind="stable")]
    start = 0
    while start < len(order):
        length, num_labels = scores[order[start]].shape
        size = max(1, _CHUNK // (num_labels * max(length, num_labels)))
        yield order[start : start + size]
        start += size


def _viterbi(
    scores: Sequence[npt.NDArray[np.floating]], transitions: Transitions
) -> list[Labels]:
    """Finds the best paths of sentences sorted by length, longest first.

    At word t only the first sentences still go on: slices instead of masks.
    """
    lengths = np.array([len(rows) for rows in scores], np.int64)
    num_sentences, num_labels = len(scores), scores[0].shape[1]
    words = np.zeros([lengths[0], num_sentences, num_labels])
    for i, rows in enumerate(scores):
        words[: len(rows), i] = rows
    going_on = (lengths > np.arange(lengths[0])[:, np.newaxis]).sum(axis=1)
    to_from = np.ascontiguousarray(transitions.between.T)
    best = transitions.start + words[0]  # [sentences, L]: of each prefix
    came_from = np.zeros(words.shape, np.int32)
    for t in range(1, len(words)):
        k = going_on[t]
        totals = best[:k, np.newaxis, :] + to_from  # [k, to, from]
        origin = totals.argmax(axis=2)[..., np.newaxis]
        came_from[t, :k] = origin[..., 0]
        # numpy's max is three times slower than its argmax here.
        best[:k] = np.take_along_axis(totals, origin, axis=2)[..., 0]
        best[:k] += words[t, :k]
    best += transitions.end
    last = best.argmax(axis=1)
    if np.isneginf(best[np.arange(num_sentences), last]).any():
        raise ValueError(
            "transitions: got some that forbid all label sequences of a "
            "sentence, expected a total above -inf for at least one. "
            f"Next: see that one of the {num_labels} labels may come first"
        )
    paths = _traced_back(last, came_from, going_on)
    return [path[:n] for path, n in zip(paths, lengths, strict=True)]


def _traced_back(
    last: Labels, came_from: npt.NDArray[np.int32], going_on: Labels
) -> Labels:
    """Returns labels [sentences, words], 0 after a sentence's end."""
    paths = np.zeros([len(last), len(came_from)], np.int64)
    label = last.copy()  # of each sentence, at the word in hand or its last
    for t in range(len(came_from) - 1, -1, -1):
        k = going_on[t]
        paths[:k, t] = label[:k]
        label[:k] = came_from[t, np.arange(k), label[:k]]
    return paths

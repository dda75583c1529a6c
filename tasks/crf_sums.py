"""Scores of every label at every word to probabilities under a linear CRF.

Where `tasks/decoding.py` looks for the best label sequence, this sums over
all of them (forward-backward: Rabiner, 1989), in float64, many sentences at
once. The probability of a sequence y is the softmax, over all sequences, of
start[y_1] + sum_t scores[t, y_t] + sum_t between[y_t, y_t+1] + end[y_n], as
in `modeling/crf.py`, which trains what is read here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.decoding import Floats, Labels, Transitions, chunks_by_length

# Of a sum of products of numbers from 0 to 1, float64 loses terms below some
# 1e-308: nothing, if the sum is at least this.
_SAFE_SUM = 1e-150
# Added to 1, exp of this is nothing; where it underflows, below some -708,
# numpy's exp takes ten times as long.
_LEAST_EXPONENT = -700.0


def marginals(
    scores: Sequence[npt.NDArray[np.floating]], transitions: Transitions
) -> list[Floats]:
    """Returns the probability of each label at each word of each sentence.

    Right for scores of any size: a path that only very unlikely labels allow
    is not lost. What is forbidden has probability 0.

    Args:
      scores: one [n, L] a sentence, n 0 or more: logits or log probabilities.
      transitions: for the same L labels.

    Returns:
      One float64 [n, L] a sentence; each row sums to 1.

    Raises:
      ValueError: every label sequence of a sentence is forbidden, a score is
        not a number, or the labels are not those of the transitions.
    """
    found = [np.zeros(rows.shape) for rows in scores]
    for chunk in chunks_by_length(scores, _not_empty(scores)):
        words = _words([scores[i] for i in chunk], transitions)
        prefixes, levels = _prefixes(words, transitions.between)
        _check_levels(levels, words, chunk)
        totals = prefixes + _suffixes(words, transitions.between)
        totals -= totals.max(axis=1, keepdims=True)
        shares = np.exp(totals, out=totals)
        shares /= shares.sum(axis=1, keepdims=True)
        for i, rows in zip(chunk, words.by_sentence(shares), strict=True):
            found[i] = rows
    return found


def log_likelihoods(
    scores: Sequence[npt.NDArray[np.floating]],
    labels: Sequence[Labels],
    transitions: Transitions,
) -> Floats:
    """Returns the log probability of each sentence's labels.

    Args:
      scores: one [n, L] a sentence, n 0 or more: logits or log probabilities.
      labels: one int [n] a sentence, each from 0 to L - 1.
      transitions: for the same L labels.

    Returns:
      float64 [len(scores)]: 0 for a sentence without words, -inf for labels
      that are forbidden.

    Raises:
      ValueError: as `marginals`, or the labels are not one a word or not ids
        of the L labels.
    """
    _check_labels(labels, scores, num_labels=len(transitions.start))
    found = np.zeros(len(scores))
    for chunk in chunks_by_length(scores, _not_empty(scores)):
        words = _words([scores[i] for i in chunk], transitions)
        prefixes, levels = _prefixes(words, transitions.between)
        _check_levels(levels, words, chunk)
        path = np.concatenate([labels[i] for i in chunk])
        here = path[words.place]
        # Word by word, score minus level: sums of scores may be a million
        # times larger than what is left of them.
        terms = words.scores[np.arange(len(here)), here] - levels
        later = slice(len(chunk), None)
        before = path[words.place[later] - 1]
        terms[later] += transitions.between[before, here[later]]
        terms[words.is_last] -= _log_sum_exp(prefixes[words.is_last])
        found[chunk] = np.bincount(words.sentence, terms)
    return found


def _not_empty(scores: Sequence[npt.NDArray[np.floating]]) -> Labels:
    return np.flatnonzero(np.array([len(rows) > 0 for rows in scores], bool))


def _check_labels(
    labels: Sequence[Labels],
    scores: Sequence[npt.NDArray[np.floating]],
    *,
    num_labels: int,
) -> None:
    if len(labels) != len(scores):
        raise ValueError(
            f"labels: got {len(labels)} sentences, expected {len(scores)}, "
            "one for each of the scores"
        )
    for number, (path, rows) in enumerate(zip(labels, scores, strict=True)):
        if len(path) != len(rows):
            raise ValueError(
                f"labels of sentence {number}: got {len(path)}, expected "
                f"{len(rows)}, one a word"
            )
        if len(path) and not 0 <= path.min() <= path.max() < num_labels:
            raise ValueError(
                f"labels of sentence {number}: got ids from {path.min()} to "
                f"{path.max()}, expected 0 to {num_labels - 1}"
            )


@dataclass(frozen=True, eq=False)
class _Words:
    """Sentences word by word: all first words, all second words, and so on.

    The longest sentence comes first, so that those with a word t + 1 are the
    first of those with a word t: slices instead of masks, and no padding.

    Attributes:
      scores: float64 [N, L], those of start and end added.
      place: int64 [N], of each word when sentence follows sentence.
      sentence: int64 [N], whose word it is.
      is_last: bool [N], of its sentence.
      bounds: words t are `scores[bounds[t] : bounds[t + 1]]`.
    """

    scores: Floats
    place: Labels
    sentence: Labels
    is_last: npt.NDArray[np.bool_]
    bounds: list[int]

    def by_sentence(self, values: Floats) -> list[Floats]:
        """Puts [N, L] back in order: one [n, L] a sentence."""
        back = np.empty_like(values)
        back[self.place] = values
        lengths = np.bincount(self.sentence)
        return np.split(back, np.cumsum(lengths)[:-1])


def _words(
    scores: Sequence[npt.NDArray[np.floating]], transitions: Transitions
) -> _Words:
    """Takes sentences apart; they are sorted by length, longest first."""
    num_labels = len(transitions.start)
    by_sentence = np.concatenate(scores, dtype=np.float64)  # [N, L]
    if by_sentence.shape[1] != num_labels:
        raise ValueError(
            f"scores: got {by_sentence.shape[1]} a word, expected {num_labels}"
            ", as many as labels of the transitions"
        )
    lengths = np.array([len(rows) for rows in scores], np.int64)
    is_word = np.arange(lengths[0])[:, np.newaxis] < lengths
    word, sentence = np.nonzero(is_word)
    place = (np.cumsum(lengths) - lengths)[sentence] + word
    is_last = word == lengths[sentence] - 1
    together = by_sentence[place]
    together[: len(scores)] += transitions.start
    together[is_last] += transitions.end
    bounds = [0, *np.cumsum(is_word.sum(axis=1)).tolist()]
    return _Words(together, place, sentence, is_last, bounds)


# A sentence whose sequences are all forbidden gets NaN, and an error later.
@np.errstate(divide="ignore", invalid="ignore")
def _prefixes(words: _Words, between: Floats) -> tuple[Floats, Floats]:
    """Sums over all labels before each word.

    Returns:
      For each label of each word the log of the sum over the prefixes that
      end with it, float64 [N, L], minus a level [N] that makes the largest 0.
      The levels before a word are left out: the log of the sum over a whole
      sentence is that of its last word plus the levels of all its words.
    """
    log_sums = _log_sums_over(between)
    prefixes = words.scores.copy()
    levels = np.empty(len(prefixes))
    start_before = 0
    for start, stop in itertools.pairwise(words.bounds):
        here = prefixes[start:stop]
        if start:
            here += log_sums(prefixes[start_before:][: len(here)])
        level = levels[start:stop] = here.max(axis=1)
        here -= level[:, np.newaxis]
        start_before = start
    return prefixes, levels


def _check_levels(levels: Floats, words: _Words, numbers: Labels) -> None:
    """Refuses sentences without a sum over all their label sequences."""
    wrong = ~np.isfinite(levels)
    if not wrong.any():
        return
    row = int(wrong.argmax())  # the first, hence the cause of those after it
    number = numbers[words.sentence[row]]
    if not np.isneginf(levels[row]):
        raise ValueError(
            f"scores of sentence {number}: got NaN or inf, there or in the "
            "transitions, expected numbers. "
            "Next: see whether the training loss became NaN"
        )
    num_labels = words.scores.shape[1]
    raise ValueError(
        f"transitions: got some that forbid all label sequences of sentence "
        f"{number}, expected a total above -inf for at least one. "
        f"Next: see that one of the {num_labels} labels may come first"
    )


@np.errstate(divide="ignore")
def _suffixes(words: _Words, between: Floats) -> Floats:
    """Sums over all labels after each word, as `_prefixes` before it.

    Returns:
      float64 [N, L], up to one constant a word; 0 at last words.
    """
    log_sums = _log_sums_over(between.T)
    suffixes = np.zeros_like(words.scores)
    for t in range(len(words.bounds) - 3, -1, -1):
        start, start_after, stop = words.bounds[t : t + 3]
        after = words.scores[start_after:stop] + suffixes[start_after:stop]
        after -= after.max(axis=1, keepdims=True)
        suffixes[start:][: len(after)] = log_sums(after)
    return suffixes


def _log_sums_over(between: Floats) -> Callable[[Floats], Floats]:
    """Returns the function from x [k, L] to the logs of sums over its labels.

    It gives log sum_i exp(x[:, i] + between[i]), [k, L], for x whose largest
    in each row is 0. That is a matrix product of exponentials, with 47 labels
    twenty times faster than logarithms throughout; the few sums that are too
    small for one are done over in logarithms.
    """
    shift = between.max(initial=np.finfo(np.float64).min)  # never -inf
    factors = np.exp(between - shift)
    into = np.ascontiguousarray(between.T)

    def log_sums(x: Floats) -> Floats:
        sums = np.exp(x) @ factors
        found: Floats = np.log(sums) + shift
        if sums.min() < _SAFE_SUM:
            row, label = np.nonzero(sums < _SAFE_SUM)
            paths = x[row]
            paths += into[label]
            found[row, label] = _log_sum_exp(paths)
        return found

    return log_sums


def _log_sum_exp(x: Floats) -> Floats:
    """Returns log(sum(exp(x))) of each row, -inf if all of it is; ruins x."""
    best = x.max(axis=1)
    x -= np.where(np.isneginf(best), 0.0, best)[:, np.newaxis]
    np.maximum(x, _LEAST_EXPONENT, out=x)
    found: Floats = np.log(np.exp(x, out=x).sum(axis=1)) + best
    return found

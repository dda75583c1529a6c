"""Scores of words to tags: as the model has them, and repaired.

Raw tags are the best ones word by word (with a CRF: the best sequence by its
own scores) and may break IOB2, as I after O does. Repaired tags are the best
sequence that IOB2 allows (user-demand.md, row 39).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.crf_sums import marginals
from tasks.decoding import Transitions, best_paths, iob2_transitions
from tasks.labels import LabelMap
from tasks.tagging_examples import log_softmax
from tasks.tagging_features import word_tags

Scores = Sequence[npt.NDArray[np.float32]]

# Names of the CRF's weights in a checkpoint (modeling/crf.py).
CRF_TRANSITIONS, CRF_START, CRF_END = "crf/transitions", "crf/start", "crf/end"


@dataclass(frozen=True)
class DecodedTags:
    """The tags of one sentence.

    Attributes:
      raw: as the model has them.
      tags: those that are written: repaired, or the raw ones.
      probabilities: of `tags`, 0 to 1; with a CRF, given the whole sentence.
    """

    raw: list[str]
    tags: list[str]
    probabilities: list[float]


def crf_of(head_weights: Mapping[str, np.ndarray]) -> Transitions | None:
    """Returns a head's CRF scores; None for a head without a CRF."""
    if CRF_TRANSITIONS not in head_weights:
        return None
    return Transitions(
        start=np.asarray(head_weights[CRF_START], np.float64),
        between=np.asarray(head_weights[CRF_TRANSITIONS], np.float64),
        end=np.asarray(head_weights[CRF_END], np.float64),
    )


def decode_tags(
    logits: Scores,
    label_map: LabelMap,
    *,
    num_words: Sequence[int],
    crf: Transitions | None = None,
    repair: bool = True,
) -> list[DecodedTags]:
    """Returns the tags of sentences.

    Args:
      logits: of each sentence, [words kept, L].
      label_map: of the L labels.
      num_words: of each sentence; words that were cut off are O, with
        probability 0.
      crf: the scores of a model with a CRF.
      repair: whether the tags written are valid IOB2.
    """
    if crf is None:
        scores = [log_softmax(of_words) for of_words in logits]
        raw = [of_words.argmax(axis=-1) for of_words in scores]
        probabilities = [np.exp(of_words) for of_words in scores]
    else:
        scores = list(logits)
        raw = best_paths(scores, crf)
        probabilities = marginals(scores, crf)
    best = raw
    if repair:
        best = best_paths(scores, _iob2(label_map, crf))
    names = label_map.labels
    return [
        DecodedTags(
            raw=word_tags([names[i] for i in raw_ids], num_words=count),
            tags=word_tags([names[i] for i in ids], num_words=count),
            probabilities=[
                *_of_labels(of_words, ids),
                *[0.0] * (count - len(ids)),
            ],
        )
        for raw_ids, ids, of_words, count in zip(
            raw, best, probabilities, num_words, strict=True
        )
    ]


def _of_labels(
    probabilities: npt.NDArray[np.floating], ids: npt.NDArray[np.integer]
) -> list[float]:
    chosen: list[float] = probabilities[np.arange(len(ids)), ids].tolist()
    return chosen


def _iob2(label_map: LabelMap, crf: Transitions | None) -> Transitions:
    rules = iob2_transitions(label_map.labels)
    if crf is None:
        return rules
    return rules.with_scores(start=crf.start, between=crf.between, end=crf.end)

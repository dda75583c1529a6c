"""Logits of a split's rows to tags, probabilities and a loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.tokens import score_tokens
from preprocessing.tokenization import Tokenizer
from tasks.crf_sums import log_likelihoods
from tasks.decoding import Transitions
from tasks.labels import SPECIAL_LABELS, LabelMap
from tasks.tag_decoder import DecodedTags, crf_of, decode_tags
from tasks.tag_schemes import OUTSIDE
from tasks.tagging_examples import (
    TaggedExample,
    by_example,
    log_softmax,
    mean_loss,
)
from tasks.tagging_features import NOT_SCORED
from tasks.tagging_outputs import TaggedPrediction

Rows = Sequence[np.ndarray]  # an array [pieces + 2, L] for each row


@dataclasses.dataclass(frozen=True)
class TaggingPredictions:
    """The predictions of a split.

    Attributes:
      sentences: one a sentence, in file order.
      loss: mean over the labelled positions: cross-entropy, or with a CRF
        the negative log-likelihood of the tags.
      piece_scores: eval_precision, eval_recall, eval_f as BioBERT's script
        names them: over pieces, macro over the entity classes.
    """

    sentences: Sequence[TaggedPrediction]
    loss: float
    piece_scores: Mapping[str, float]


def decode_rows(
    examples: Sequence[TaggedExample],
    logits: Rows,
    head_weights: Mapping[str, np.ndarray],
    *,
    label_map: LabelMap,
    repair: bool,
) -> list[DecodedTags]:
    """Returns the tags alone: all that text without gold tags asks for."""
    of_rows = by_example(examples, logits)
    return decode_tags(
        [
            example.of_words(rows)
            for example, rows in zip(examples, of_rows, strict=True)
        ],
        label_map,
        num_words=[len(example.words) for example in examples],
        crf=crf_of(head_weights),
        repair=repair,
    )


def predict_tags(
    examples: Sequence[TaggedExample],
    logits: Rows,
    head_weights: Mapping[str, np.ndarray],
    *,
    label_map: LabelMap,
    tokenizer: Tokenizer,
    repair: bool,
) -> TaggingPredictions:
    """Reads one tag a word off the logits [pieces + 2, L] of each row.

    Args:
      examples: the sentences.
      logits: one array a row, in order.
      head_weights: of the model; a CRF's decide with.
      label_map: of the L labels.
      tokenizer: knows the pieces.
      repair: whether the tags that are written are valid IOB2.
    """
    of_rows = list(by_example(examples, logits))
    decoded = decode_rows(
        examples, logits, head_weights, label_map=label_map, repair=repair
    )
    sentences = [
        _prediction(example, rows, tags, label_map=label_map, pieces=tokenizer)
        for example, rows, tags in zip(examples, of_rows, decoded, strict=True)
    ]
    crf = crf_of(head_weights)
    if crf is None:
        scores = [[log_softmax(row) for row in rows] for rows in of_rows]
        loss = mean_loss(examples, scores)
    else:
        loss = _crf_loss(examples, of_rows, crf)
    return TaggingPredictions(
        sentences, loss, _piece_scores(examples, of_rows, label_map)
    )


def _prediction(
    example: TaggedExample,
    rows: Rows,
    tags: DecodedTags,
    *,
    label_map: LabelMap,
    pieces: Tokenizer,
) -> TaggedPrediction:
    piece_labels: list[str] = []
    if label_map.scheme == "biobert":
        best = example.stitched([row.argmax(axis=-1) for row in rows])
        piece_labels = [label_map.labels[int(i)] for i in best]
    return TaggedPrediction(
        words=example.words,
        gold=example.gold,
        raw=tags.raw,
        predicted=tags.tags,
        probabilities=tags.probabilities,
        pieces=pieces.pieces(example.input_ids()),
        word_index=example.word_index(),
        piece_labels=piece_labels,
        num_words_kept=example.num_words_kept,
    )


def _crf_loss(
    examples: Sequence[TaggedExample],
    of_rows: Sequence[Rows],
    crf: Transitions,
) -> float:
    gold, scores = [], []
    for example, rows in zip(examples, of_rows, strict=True):
        if example.gold:
            ids = [row.label_ids for row in example.rows]
            gold.append(example.of_words(ids))
            scores.append(example.of_words(rows))
    likelihoods = log_likelihoods(scores, gold, crf)
    num_words = sum(len(ids) for ids in gold)
    return -float(likelihoods.sum()) / max(num_words, 1)


def _piece_scores(
    examples: Sequence[TaggedExample],
    of_rows: Sequence[Rows],
    label_map: LabelMap,
) -> dict[str, float]:
    labels = np.array(label_map.labels)
    gold, predicted = [], []
    for example, rows in zip(examples, of_rows, strict=True):
        for features, row in zip(example.rows, rows, strict=True):
            scored = features.label_ids != NOT_SCORED
            gold.append(labels[features.label_ids[scored]].tolist())
            predicted.append(labels[row.argmax(axis=-1)[scored]].tolist())
    classes = [
        label
        for label in label_map.labels
        if label not in (OUTSIDE, *SPECIAL_LABELS)
    ]
    scores = score_tokens(gold, predicted, classes=classes)
    return {
        "eval_precision": scores.precision,
        "eval_recall": scores.recall,
        "eval_f": scores.f1,
    }

"""Predictions made of labels, for tests of what is done with them."""

from __future__ import annotations

import numpy as np

from tasks.catalog import find_text_corpus
from tasks.class_labels import ClassLabels
from tasks.text_examples import TextExample
from tasks.text_predictions import TextPredictions

TEXT = "Patient Zimbul is 81."  # which no output may have


def predictions_of(corpus, gold, predicted, *, ids=None, values=None):
    """Returns predictions of texts that are all the same."""
    names = corpus.labels or ()
    if values is None:
        values = np.zeros([len(gold), len(names) or 1])
    ids = ids or [str(number) for number in range(len(gold))]
    return TextPredictions(
        labels=ClassLabels(corpus.kind, names),
        examples=tuple(
            TextExample(i, TEXT, label=label)
            for i, label in zip(ids, gold, strict=True)
        ),
        values=values,
        predicted=tuple(predicted),
        loss=0.25,
        num_cut=0,
    )


def of_digits(name, script, gold, predicted):
    """Returns a corpus, and predictions whose labels are indices."""
    corpus = find_text_corpus(name, script)
    return corpus, predictions_of(
        corpus,
        [corpus.labels[int(digit)] for digit in gold],
        [corpus.labels[int(digit)] for digit in predicted],
    )

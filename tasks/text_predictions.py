"""Logits of a split's rows to one prediction an example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.class_labels import ClassLabels
from tasks.text_examples import TextExample
from tasks.text_labels import Label
from tasks.text_rows import RowsOfText


@dataclass(frozen=True)
class TextPredictions:
    """What was predicted, in the order of the examples.

    Attributes:
      labels: names of the columns of `values`.
      examples: as read.
      values: float64 [examples, columns]: probabilities; of "score" the
        score, [examples, 1].
      predicted: a class, the classes that hold, or a score.
      loss: mean of the examples; None where a label is missing.
      num_cut: examples that lost pieces.
    """

    labels: ClassLabels
    examples: tuple[TextExample, ...]
    values: np.ndarray
    predicted: tuple[Label, ...]
    loss: float | None
    num_cut: int

    @property
    def has_gold(self) -> bool:
        """Whether every example has its label."""
        return all(e.label is not None for e in self.examples)


def predict_texts(
    rows: Sequence[RowsOfText],
    logits: Sequence[np.ndarray],
    *,
    labels: ClassLabels,
    pooling: str,
    threshold: float,
) -> TextPredictions:
    """Returns the predictions of a split.

    Args:
      rows: the examples with their rows.
      logits: [outputs] of each row, in order.
      labels: names of the outputs.
      pooling: of the logits of an example's windows: "mean" or "max".
      threshold: least probability of a label that holds ("labels").

    Raises:
      ValueError: there are not as many logits as rows.
    """
    pooled = _pool(rows, logits, kind=labels.kind, pooling=pooling)
    examples = tuple(each.example for each in rows)
    values = _values(pooled, labels.kind)
    predicted: list[Label] = []
    for value in values:
        if labels.kind == "score":
            predicted.append(float(value[0]))
        elif labels.kind == "labels":
            predicted.append(
                tuple(
                    name
                    for name, p in zip(labels.names, value, strict=True)
                    if p > threshold
                )
            )
        else:
            predicted.append(labels.names[int(value.argmax())])
    return TextPredictions(
        labels=labels,
        examples=examples,
        values=values,
        predicted=tuple(predicted),
        loss=_loss(pooled, examples, labels),
        num_cut=sum(each.num_cut > 0 for each in rows),
    )


def _pool(
    rows: Sequence[RowsOfText],
    logits: Sequence[np.ndarray],
    *,
    kind: str,
    pooling: str,
) -> np.ndarray:
    """Returns float64 [examples, columns]."""
    sizes = [len(each.rows) for each in rows]
    if sum(sizes) != len(logits):
        raise ValueError(
            f"logits: got {len(logits)} rows, expected {sum(sizes)}"
        )
    table = np.array([np.asarray(row, np.float64) for row in logits])
    starts = np.cumsum([0, *sizes[:-1]])
    if kind == "choice":  # a row a choice, one logit each
        return table.reshape(len(rows), -1)
    if pooling == "max":
        highest: np.ndarray = np.maximum.reduceat(table, starts, axis=0)
        return highest
    means: np.ndarray = np.add.reduceat(table, starts, axis=0)
    means /= np.array(sizes)[:, None]
    return means


def _values(logits: np.ndarray, kind: str) -> np.ndarray:
    if kind == "score":
        return logits
    if kind == "labels":
        # The sigmoid, without an overflow on the way.
        probabilities: np.ndarray = np.exp(-np.logaddexp(0, -logits))
        return probabilities
    softmax: np.ndarray = np.exp(_log_softmax(logits))
    return softmax


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    result: np.ndarray = shifted - np.log(
        np.exp(shifted).sum(axis=1, keepdims=True)
    )
    return result


def _loss(
    logits: np.ndarray, examples: Sequence[TextExample], labels: ClassLabels
) -> float | None:
    """Returns the mean loss without class weights."""
    if any(example.label is None for example in examples):
        return None
    if labels.kind == "score":
        gold = np.array([float(str(e.label)) for e in examples])
        return float(np.mean((logits[:, 0] - gold) ** 2))
    targets = targets_of(examples, labels)
    if labels.kind == "labels":
        losses = np.logaddexp(0, logits) - logits * targets
        return float(losses.mean())
    return float(-(_log_softmax(logits) * targets).sum(axis=1).mean())


def targets_of(
    examples: Sequence[TextExample], labels: ClassLabels
) -> np.ndarray:
    """Returns [examples, labels]: 1 where a label holds, else 0."""
    targets = np.zeros([len(examples), len(labels.names)], np.int32)
    for index, example in enumerate(examples):
        targets[index, labels.ids_of(example)] = 1
    return targets

"""What a fine-tuning task is to the programs that train and score it.

A *kind* (tagging, classification, ...) implements `Task`; a *corpus* only
supplies data. Training, evaluation and prediction know nothing but this.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from preprocessing.features import FeatureSpec, FeatureTable

if TYPE_CHECKING:  # TensorFlow is not imported to read a corpus
    import tensorflow as tf

    from modeling.heads import LabelHead
    from modeling.tensors import EncoderOutputs


@dataclasses.dataclass(frozen=True)
class Split:
    """One part of a corpus, read and featurized.

    Attributes:
      name: "train", "train_dev", "dev" or "test".
      examples: as the kind reads them, in file order.
      table: their features; an example may have several rows, in order.
      files: one mapping a file: path, sha256, number of examples.
    """

    name: str
    examples: Sequence[Any]
    table: FeatureTable
    files: Sequence[Mapping[str, Any]]

    def parts(self) -> Iterator[Split]:
        """Yields what is predicted at a time: all, or a part of a large one."""
        yield self


class Task(abc.ABC):
    """A kind of task with its corpus, labels and tokenizer.

    Attributes:
      feature_specs: what a row of a split's table holds.
      num_labels: outputs of the head.
      sums_loss: whether the loss of a batch is a sum, not a mean (the
        published NER scripts).
      uses_pooler: whether the head sits on the pooled output; where not, the
        pooler is not trained, as in the originals.
      uses_crf: whether the head has a CRF's transition scores.
      head_scope: prefix of the head's names in a checkpoint.
      head_suffix: what follows them.
      takes_head: whether a head of these names in --init_checkpoint is where
        training starts, as from SQuAD to BioASQ; else the head starts fresh.
      head_dropout: rate between encoder and head in training; the originals'
        classifiers and taggers have 0.1, whatever the config says.
      headline: name of the score that decides which checkpoint is best;
        higher is better.
    """

    feature_specs: tuple[FeatureSpec, ...]
    num_labels: int
    sums_loss: bool = False
    uses_pooler: bool = False
    uses_crf: bool = False
    head_scope: str = ""
    head_suffix: str = ""
    takes_head: bool = False
    head_dropout: float = 0.1
    headline: str

    @abc.abstractmethod
    def read(self, split: str) -> Split:
        """Returns one part of the corpus; raises InputError."""

    @abc.abstractmethod
    def logits(self, head: LabelHead, outputs: EncoderOutputs) -> tf.Tensor:
        """Returns the head's logits on what the encoder computed."""

    @abc.abstractmethod
    def loss(
        self,
        head: LabelHead,
        logits: tf.Tensor,
        batch: Mapping[str, tf.Tensor],
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the sum of a batch's losses and the sum of weights."""

    @abc.abstractmethod
    def decode(
        self,
        split: Split,
        logits: Sequence[np.ndarray],
        head_weights: Mapping[str, np.ndarray],
    ) -> Any:
        """Turns logits into predictions, which the methods below take.

        Args:
          split: what was predicted.
          logits: one array a row, in order; padding removed.
          head_weights: the head's variables by name.
        """

    def join(self, predictions: Iterable[Any]) -> Any:
        """Returns the predictions of a split from those of its parts."""
        (of_all,) = predictions
        return of_all

    @abc.abstractmethod
    def score(self, predictions: Any) -> dict[str, float]:
        """Returns the named scores of predictions; none without gold."""

    @abc.abstractmethod
    def report(self, predictions: Any) -> str:
        """Returns the scores as a table for people, warnings included."""

    @abc.abstractmethod
    def write_predictions(self, predictions: Any, output_dir: str) -> list[str]:
        """Writes the kind's prediction files; returns their paths."""

    @abc.abstractmethod
    def save_labels(self, output_dir: str) -> None:
        """Writes label_map.json, which a fine-tuned checkpoint needs."""

"""The kind "classification": a label, or a score, for a text or a pair.

One of several classes, any number of labels, a number, or one of several
texts (multiple choice): what differs is in `text_labels`, `text_losses` and
`text_predictions`. After google-research/bert and ALBERT run_classifier.py,
run_race.py, BioBERT's run_re.py, BlueBERT's run_bluebert_multi_labels.py and
run_bluebert_sts.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from foundation.errors import InputError
from preprocessing.features import INPUT_SPECS, FeatureSpec, FeatureTable
from preprocessing.tokenization import Tokenizer
from tasks import text_losses, text_outputs, text_report, text_scores
from tasks.class_labels import ClassLabels
from tasks.task import Split, Task
from tasks.text_corpus import TextCorpus
from tasks.text_examples import TextExample
from tasks.text_predictions import TextPredictions, predict_texts, targets_of
from tasks.text_reading import TextFile, read_split
from tasks.text_rows import RowsOfText, TextLimits, features_of, rows_of

if TYPE_CHECKING:
    import tensorflow as tf

    from modeling.heads import LabelHead
    from modeling.tensors import EncoderOutputs


@dataclasses.dataclass(frozen=True)
class TextOptions:
    """How texts become rows, a loss and labels.

    Attributes:
      limits: of rows.
      class_weights: of each label in the loss, [labels]; None = all 1.
      threshold: least probability of a label that holds ("labels").
      head_dropout: rate between encoder and head.
      change: what is done to each text that is read.
    """

    limits: TextLimits = dataclasses.field(default_factory=TextLimits)
    class_weights: np.ndarray | None = None
    threshold: float = 0.5
    head_dropout: float = 0.1
    change: Callable[[str], str] | None = None


class ClassificationTask(Task):
    """A corpus of labelled texts with its labels and tokenizer.

    Args:
      corpus: which files, which columns, which kind.
      data_dir: where the files are.
      tokenizer: makes the pieces.
      labels: names of the outputs.
      options: how texts become rows, a loss and labels.
    """

    uses_pooler = True

    def __init__(
        self,
        corpus: TextCorpus,
        data_dir: str,
        *,
        tokenizer: Tokenizer,
        labels: ClassLabels,
        options: TextOptions,
    ) -> None:
        self.corpus = corpus
        self.labels = labels
        self.options = options
        self._data_dir = data_dir
        self._tokenizer = tokenizer
        self.num_labels = labels.num_outputs
        self.headline = corpus.headline
        self.head_dropout = options.head_dropout
        several = labels.kind == "labels"
        self.feature_specs = (
            *INPUT_SPECS,
            FeatureSpec(
                "label_ids",
                dtype="float32" if labels.kind == "score" else "int32",
                width=len(labels.names) if several else 1,
            ),
            FeatureSpec("starts_example", width=1),
        )

    def read(self, split: str) -> Split:
        """Reads, checks and featurizes one part of the corpus."""
        return self.featurize(
            split,
            *read_split(
                self.corpus,
                self._data_dir,
                split,
                change=self.options.change,
            ),
        )

    def featurize(
        self,
        split: str,
        examples: Sequence[TextExample],
        used: Sequence[TextFile],
    ) -> Split:
        """Checks and featurizes what `read_split` returned."""
        path = used[0].path if len(used) == 1 else None
        self.labels.check(examples, path)
        rows = [self._rows(example, path) for example in examples]
        table = FeatureTable(
            self.feature_specs,
            (
                features
                for each, labels in zip(
                    rows, self._label_ids(examples), strict=True
                )
                for features in features_of(each, labels)
            ),
            group_sizes=[len(each.rows) for each in rows],
        )
        return Split(
            name=split,
            examples=rows,
            table=table,
            files=[dataclasses.asdict(file) for file in used],
        )

    def logits(self, head: LabelHead, outputs: EncoderOutputs) -> tf.Tensor:
        """Returns [rows, outputs]."""
        return head(outputs.pooled_output)

    def loss(
        self,
        head: LabelHead,
        logits: tf.Tensor,
        batch: Mapping[str, tf.Tensor],
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the sum of the examples' losses and of their weights."""
        del head
        kind, labels = self.labels.kind, batch["label_ids"]
        if kind == "choice":
            import tensorflow as tf

            count = len(self.labels.names)
            logits = tf.reshape(logits, [-1, count])  # [B, choices]
            labels = labels[::count]
        elif self.options.limits.pools:
            logits, labels = text_losses.pool_rows(
                logits, batch, pooling=self.options.limits.pooling
            )
        if kind == "score":
            return text_losses.score_loss(logits, labels)
        weights = self.options.class_weights
        if kind == "labels":
            return text_losses.labels_loss(logits, labels, weights)
        return text_losses.classes_loss(logits, labels, weights)

    def decode(
        self,
        split: Split,
        logits: Sequence[np.ndarray],
        head_weights: Mapping[str, np.ndarray],
    ) -> TextPredictions:
        """Returns one prediction an example."""
        del head_weights
        return predict_texts(
            split.examples,
            logits,
            labels=self.labels,
            pooling=self.options.limits.pooling,
            threshold=self.options.threshold,
        )

    def score(self, predictions: TextPredictions) -> dict[str, float]:
        """Returns the scores of `text_scores` and the originals' names.

        None where labels are missing.
        """
        if not predictions.has_gold or predictions.loss is None:
            return {}
        scores = text_scores.score_texts(predictions, self.corpus)
        scores["loss"] = scores["eval_loss"] = predictions.loss
        if "accuracy" in scores:
            scores["eval_accuracy"] = scores["accuracy"]
        return scores

    def report(self, predictions: TextPredictions) -> str:
        """Returns scores with their definitions, classes, the majority."""
        return text_report.report(
            predictions, self.corpus, scores=self.score(predictions)
        )

    def write_predictions(
        self, predictions: TextPredictions, output_dir: str
    ) -> list[str]:
        """Writes the originals' two files and predictions.tsv."""
        return text_outputs.write_all(output_dir, predictions)

    def save_labels(self, output_dir: str) -> None:
        """Writes label_map.json, or checks the one that is there."""
        self.labels.save(output_dir)

    def _rows(self, example: TextExample, path: str | None) -> RowsOfText:
        try:
            return rows_of(
                example,
                tokenizer=self._tokenizer,
                limits=self.options.limits,
            )
        except InputError as error:
            raise error.at(path, example.line if path else None) from error

    def _label_ids(self, examples: Sequence[TextExample]) -> np.ndarray:
        """Returns label_ids, [examples, width]; 0 where there is no label."""
        if self.labels.kind == "score":
            numbers = [float(str(e.label or 0.0)) for e in examples]
            return np.array(numbers, np.float32)[:, None]
        targets = targets_of(examples, self.labels)
        if self.labels.kind == "labels":
            return targets
        ids: np.ndarray = targets.argmax(axis=1).astype(np.int32)
        return ids[:, None]

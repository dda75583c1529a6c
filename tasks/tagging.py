"""The kind "tagging": one label for every word of a sentence.

Two label schemes. "word": the first piece of a word carries its tag and the
loss is the mean over them. "biobert": the published script's, where pieces,
[CLS], [SEP] and padding have classes of their own and the loss is a sum.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evaluation.tokens import score_tokens
from preprocessing.features import INPUT_SPECS, FeatureSpec, FeatureTable
from preprocessing.tokenization import Tokenizer
from tasks import ner_scores, tagging_outputs
from tasks.corpus import SplitFile, TaggingCorpus, read_split
from tasks.labels import SPECIAL_LABELS, LabelMap
from tasks.readers import TaggedSentence
from tasks.tag_schemes import OUTSIDE, normalize_tags
from tasks.tagging_examples import (
    TaggedExample,
    feature_rows,
    log_softmax,
    mean_loss,
)
from tasks.tagging_features import (
    NOT_SCORED,
    featurize,
    first_pieces,
    tags_of_words,
)
from tasks.tagging_outputs import TaggedPrediction
from tasks.task import Split, Task

if TYPE_CHECKING:
    import tensorflow as tf

    from modeling.heads import LabelHead
    from modeling.tensors import EncoderOutputs

_PADDING_LABEL = 0  # of [PAD], a class of its own under "biobert"


@dataclasses.dataclass(frozen=True)
class TaggingPredictions:
    """The predictions of a split.

    Attributes:
      sentences: one a sentence, in file order.
      loss: mean cross-entropy over the labelled positions.
      piece_scores: eval_precision, eval_recall, eval_f as BioBERT's script
        names them: over pieces, macro over the entity classes.
    """

    sentences: Sequence[TaggedPrediction]
    loss: float
    piece_scores: Mapping[str, float]


class TaggingTask(Task):
    """A tagging corpus with its labels and tokenizer.

    Args:
      corpus: which files, which columns.
      data_dir: where the files are.
      tokenizer: makes the pieces.
      label_map: of the training data.
      max_seq_length: positions of a row; longer sentences are cut.
    """

    uses_pooler = False

    def __init__(
        self,
        corpus: TaggingCorpus,
        data_dir: str,
        *,
        tokenizer: Tokenizer,
        label_map: LabelMap,
        max_seq_length: int,
    ) -> None:
        self.corpus = corpus
        self._data_dir = data_dir
        self._tokenizer = tokenizer
        self._max_seq_length = max_seq_length
        self.label_map = label_map
        self.num_labels = len(label_map)
        self.headline = corpus.headline
        self.sums_loss = label_map.scheme == "biobert"
        padding = _PADDING_LABEL if self.sums_loss else NOT_SCORED
        self.feature_specs = (
            *INPUT_SPECS,
            FeatureSpec("label_ids", padding=padding),
        )

    def read(self, split: str) -> Split:
        """Reads, checks and featurizes one part of the corpus."""
        return self.featurize(
            split, *read_split(self.corpus, self._data_dir, split)
        )

    def featurize(
        self,
        split: str,
        sentences: Sequence[TaggedSentence],
        used: Sequence[SplitFile],
    ) -> Split:
        """Checks and featurizes what `read_split` returned."""
        start = 0
        for file in used:
            part = sentences[start : start + file.num_sentences]
            self.label_map.check(part, file.path)
            start += file.num_sentences
        examples = [self._example(sentence) for sentence in sentences]
        return Split(
            name=split,
            examples=examples,
            table=FeatureTable(self.feature_specs, feature_rows(examples)),
            files=[dataclasses.asdict(file) for file in used],
        )

    def logits(self, head: LabelHead, outputs: EncoderOutputs) -> tf.Tensor:
        """Returns [B, S, labels]."""
        return head(outputs.sequence_output)

    def loss(
        self, logits: tf.Tensor, batch: Mapping[str, tf.Tensor]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns summed cross-entropy and the number of labels.

        Under "biobert" every position counts, padding included: rows must be
        padded to max_seq_length to give the published loss.
        """
        import tensorflow as tf

        from modeling.losses import weighted_cross_entropy

        labels = batch["label_ids"]  # [B, S]
        weights = tf.cast(labels >= 0, tf.float32)
        return weighted_cross_entropy(logits, tf.maximum(labels, 0), weights)

    def decode(
        self, split: Split, logits: Sequence[np.ndarray]
    ) -> TaggingPredictions:
        """Reads one tag a word off the logits [pieces, labels] of each row."""
        log_probabilities = [log_softmax(row) for row in logits]
        sentences = [
            self._prediction(example, row)
            for example, row in zip(
                split.examples, log_probabilities, strict=True
            )
        ]
        return TaggingPredictions(
            sentences,
            loss=mean_loss(split.examples, log_probabilities),
            piece_scores=self._piece_scores(split.examples, log_probabilities),
        )

    def score(self, predictions: TaggingPredictions) -> dict[str, float]:
        """Returns entity, strict and token scores, and the loss."""
        cut = [
            ner_scores.count_cut(s.gold, s.num_words_kept)
            for s in predictions.sentences
        ]
        return {
            **ner_scores.score_tags(
                [s.gold for s in predictions.sentences],
                [s.predicted for s in predictions.sentences],
                num_words_cut=sum(words for words, _ in cut),
                num_entities_cut=sum(entities for _, entities in cut),
            ),
            **predictions.piece_scores,
            "loss": predictions.loss,
        }

    def report(self, predictions: TaggingPredictions) -> str:
        """Returns conlleval's table, then what to be aware of."""
        gold = [s.gold for s in predictions.sentences]
        predicted = [s.predicted for s in predictions.sentences]
        text = ner_scores.conlleval_table(gold, predicted)
        scores = self.score(predictions)
        if scores["num_words_cut"]:
            text += (
                f"Cut off by --max_seq_length={self._max_seq_length}: "
                f"{scores['num_words_cut']:.0f} words, "
                f"{scores['num_entities_cut']:.0f} entities; they count as "
                "predicted O.\n"
            )
        warning = ner_scores.one_class_warning(predicted)
        return text + (f"WARNING: {warning}\n" if warning else "")

    def write_predictions(
        self, predictions: TaggingPredictions, output_dir: str
    ) -> list[str]:
        """Writes the original's three files and predictions.jsonl."""
        return tagging_outputs.write_all(output_dir, predictions.sentences)

    def save_labels(self, output_dir: str) -> None:
        """Writes label_map.json, or checks the one that is there."""
        self.label_map.save(output_dir)

    def _example(self, sentence: TaggedSentence) -> TaggedExample:
        return TaggedExample(
            words=sentence.words,
            gold=tuple(normalize_tags(sentence.tags, self.label_map.scheme)),
            features=featurize(
                sentence.words,
                sentence.tags,
                tokenizer=self._tokenizer,
                label_map=self.label_map,
                max_seq_length=self._max_seq_length,
            ),
        )

    def _prediction(
        self, example: TaggedExample, log_probabilities: np.ndarray
    ) -> TaggedPrediction:
        features = example.features
        best = log_probabilities.argmax(axis=-1)  # [pieces]
        labels = [self.label_map.labels[i] for i in best]
        probabilities = [0.0] * len(example.words)
        for position in first_pieces(features.word_index):
            word = int(features.word_index[position])
            probabilities[word] = float(
                np.exp(log_probabilities[position, best[position]])
            )
        return TaggedPrediction(
            words=example.words,
            gold=example.gold,
            predicted=tags_of_words(
                labels,
                word_index=features.word_index,
                num_words=len(example.words),
            ),
            probabilities=probabilities,
            pieces=self._tokenizer.pieces(features.input_ids.tolist()),
            word_index=features.word_index.tolist(),
            piece_labels=labels if self.sums_loss else (),
            num_words_kept=features.num_words_kept,
        )

    def _piece_scores(
        self,
        examples: Sequence[TaggedExample],
        log_probabilities: Sequence[np.ndarray],
    ) -> dict[str, float]:
        labels = np.array(self.label_map.labels)
        gold, predicted = [], []
        for example, row in zip(examples, log_probabilities, strict=True):
            ids = example.features.label_ids
            scored = ids != NOT_SCORED
            gold.append(labels[ids[scored]].tolist())
            predicted.append(labels[row.argmax(axis=-1)[scored]].tolist())
        classes = [
            label
            for label in self.label_map.labels
            if label not in (OUTSIDE, *SPECIAL_LABELS)
        ]
        scores = score_tokens(gold, predicted, classes=classes)
        return {
            "eval_precision": scores.precision,
            "eval_recall": scores.recall,
            "eval_f": scores.f1,
        }

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

from foundation.errors import InputError
from preprocessing.features import INPUT_SPECS, FeatureSpec, FeatureTable
from preprocessing.tokenization import Tokenizer
from tasks import ner_scores, tagging_outputs
from tasks.corpus import SplitFile, TaggingCorpus, read_split
from tasks.labels import LabelMap
from tasks.readers import TaggedSentence
from tasks.tag_decoder import DecodedTags
from tasks.tag_schemes import normalize_tags
from tasks.tagging_examples import TaggedExample, feature_rows
from tasks.tagging_features import NOT_SCORED, Limits, encode_words, featurize
from tasks.tagging_predictions import (
    TaggingPredictions,
    decode_rows,
    predict_tags,
)
from tasks.task import Split, Task

if TYPE_CHECKING:
    import tensorflow as tf

    from modeling.heads import LabelHead
    from modeling.tensors import EncoderOutputs

_PADDING_LABEL = 0  # of [PAD], a class of its own under "biobert"


@dataclasses.dataclass(frozen=True)
class TaggingOptions:
    """How sentences become rows, a loss and tags.

    Attributes:
      limits: of a row.
      refuses_long: a sentence beyond them is an error.
      repairs_tags: whether the tags that are written are valid IOB2.
      uses_crf: score whole tag sequences; for the scheme "word".
      class_weights: of each label in the loss, [L]; None = all 1.
    """

    limits: Limits
    refuses_long: bool = False
    repairs_tags: bool = True
    uses_crf: bool = False
    class_weights: np.ndarray | None = None


class TaggingTask(Task):
    """A tagging corpus with its labels and tokenizer.

    Args:
      corpus: which files, which columns.
      data_dir: where the files are.
      tokenizer: makes the pieces.
      label_map: of the training data.
      options: how sentences become rows, a loss and tags.
    """

    uses_pooler = False

    def __init__(
        self,
        corpus: TaggingCorpus,
        data_dir: str,
        *,
        tokenizer: Tokenizer,
        label_map: LabelMap,
        options: TaggingOptions,
    ) -> None:
        self.corpus = corpus
        self._data_dir = data_dir
        self._tokenizer = tokenizer
        self.options = options
        self.uses_crf = options.uses_crf
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
            self._refuse_long(part, file.path)
            start += file.num_sentences
        # Folds are of sentences from several files: no file is named.
        self._refuse_long(sentences[start:], None)
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
        self,
        head: LabelHead,
        logits: tf.Tensor,
        batch: Mapping[str, tf.Tensor],
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns summed cross-entropy and the number of labels.

        Under "biobert" every position counts, padding included: rows must be
        padded to max_seq_length to give the published loss. With a CRF it is
        the negative log-likelihood, over the words too, so that learning
        rate and clipping mean the same.
        """
        import tensorflow as tf

        from modeling import crf
        from modeling.losses import weighted_cross_entropy

        labels = batch["label_ids"]  # [B, S]
        weights = tf.cast(labels >= 0, tf.float32)
        if self.uses_crf:
            likelihood = crf.log_likelihood(
                *crf.gather_labelled(logits, labels),
                transitions=head.named[crf.TRANSITIONS],
                start=head.named[crf.START],
                end=head.named[crf.END],
            )  # [B]
            return -tf.reduce_sum(likelihood), tf.reduce_sum(weights)
        labels = tf.maximum(labels, 0)
        if self.options.class_weights is not None:
            weights *= tf.gather(
                tf.constant(self.options.class_weights, tf.float32), labels
            )
        return weighted_cross_entropy(logits, labels, weights)

    def decode(
        self,
        split: Split,
        logits: Sequence[np.ndarray],
        head_weights: Mapping[str, np.ndarray],
    ) -> TaggingPredictions:
        """Reads one tag a word off the logits [pieces, labels] of each row."""
        return predict_tags(
            split.examples,
            logits,
            head_weights,
            label_map=self.label_map,
            tokenizer=self._tokenizer,
            repair=self.options.repairs_tags,
        )

    def tags(
        self,
        split: Split,
        logits: Sequence[np.ndarray],
        head_weights: Mapping[str, np.ndarray],
    ) -> list[DecodedTags]:
        """Returns the tags of each sentence, and no more."""
        return decode_rows(
            split.examples,
            logits,
            head_weights,
            label_map=self.label_map,
            repair=self.options.repairs_tags,
        )

    def score(self, predictions: TaggingPredictions) -> dict[str, float]:
        """Returns entity, strict and token scores, and the loss.

        They are of the raw tags; those of the repaired ones are called
        repaired_*.
        """
        sentences = predictions.sentences
        gold = [s.gold for s in sentences]
        cut = [
            ner_scores.count_cut(s.gold, s.num_words_kept) for s in sentences
        ]
        scores = ner_scores.score_tags(
            gold,
            [s.raw for s in sentences],
            num_words_cut=sum(words for words, _ in cut),
            num_entities_cut=sum(entities for _, entities in cut),
        )
        if self.options.repairs_tags:
            scores |= ner_scores.score_repaired(
                gold, [s.predicted for s in sentences]
            )
        return {
            **scores,
            **predictions.piece_scores,
            "loss": predictions.loss,
        }

    def report(self, predictions: TaggingPredictions) -> str:
        """Returns conlleval's table, then what to be aware of."""
        gold = [s.gold for s in predictions.sentences]
        raw = [s.raw for s in predictions.sentences]
        text = ner_scores.conlleval_table(gold, raw)
        scores = self.score(predictions)
        if self.options.repairs_tags:
            text += (
                "Repaired to valid IOB2, as in predictions.jsonl: entity F1 "
                f"{100 * scores['repaired_entity_f1']:.2f}\n"
            )
        if scores["num_words_cut"]:
            text += (
                "Cut off by "
                f"--max_seq_length={self.options.limits.max_seq_length}: "
                f"{scores['num_words_cut']:.0f} words, "
                f"{scores['num_entities_cut']:.0f} entities; they count as "
                "predicted O.\n"
            )
        warning = ner_scores.one_class_warning(raw)
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
        rows = featurize(
            sentence.words,
            sentence.tags or None,
            tokenizer=self._tokenizer,
            label_map=self.label_map,
            limits=self.options.limits,
        )
        return TaggedExample(
            words=sentence.words,
            gold=tuple(normalize_tags(sentence.tags, self.label_map.scheme)),
            rows=tuple(rows),
        )

    def _refuse_long(
        self, sentences: Sequence[TaggedSentence], path: str | None
    ) -> None:
        """Raises InputError for a long sentence where that is asked for."""
        if not self.options.refuses_long:
            return
        room = self.options.limits.room
        for sentence in sentences:
            pieces, _ = encode_words(sentence.words, self._tokenizer)
            if len(pieces) > room:
                raise InputError(
                    "a sentence is too long for --max_seq_length",
                    got=f"{len(sentence.words)} words in {len(pieces)} pieces",
                    expected=f"at most {room} pieces, as --overflow=error asks",
                    next_step="raise --max_seq_length, or use "
                    "--overflow=window, which loses nothing",
                    path=path,
                    line=sentence.line if path else None,
                )

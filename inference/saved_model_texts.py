"""A saved model of texts: classes, labels, a score, or a choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import tensorflow as tf

from inference.graph_rows import Parts, Rows, cut_pairs, lengths_of
from inference.saved_model_task import TEXT, ExportedTask, Outputs, classes
from inference.trained_folder import TrainedFolder
from tasks.text_settings import TextSettings


class ExportedTexts(ExportedTask):
    """Classes, labels or a score of a text, or of a pair.

    Args:
      trained: as loaded.
      with_text: whether raw text is read, too.
      pairs: whether a second text is read.
    """

    def __init__(
        self, trained: TrainedFolder, *, with_text: bool, pairs: bool
    ) -> None:
        super().__init__(trained, with_text=with_text, pairs=pairs)
        names = ("text", "text_b") if pairs else ("text",)
        self.text_inputs = dict.fromkeys(names, TEXT)

    def of_rows(self, logits: tf.Tensor) -> Outputs:
        """Returns logits [B, L] with what the kind makes of them."""
        kind, settings = self.trained.kind, self.trained.settings
        assert isinstance(settings, TextSettings)
        if kind == "score":
            return {"scores": logits[:, 0]}
        if kind == "labels":
            probabilities = tf.sigmoid(logits)
            return {
                "logits": logits,
                "probabilities": probabilities,
                "holds": probabilities > settings.threshold,
            }
        return classes(logits, self.trained.labels)

    def text(self, **inputs: tf.Tensor) -> Outputs:
        """Returns the outputs of a text or pair, from all its windows."""
        settings = self.trained.settings
        assert isinstance(settings, TextSettings)
        first = self.tokenizer(inputs["text"]).ids
        second = tf.RaggedTensor.from_row_lengths(
            tf.zeros([0], tf.int32), tf.zeros_like(lengths_of(first))
        )
        if "text_b" in inputs:
            second = self.tokenizer(inputs["text_b"]).ids
        sizes = lengths_of(first), lengths_of(second)
        parts = cut_pairs(*sizes, limits=settings.limits)
        logits = self.logits(self._rows(first, second, parts))
        if settings.overflow == "window":
            of_texts = parts[0].texts
            pool = {
                "mean": tf.math.segment_mean,
                "max": tf.math.segment_max,
            }[settings.pooling]
            logits = pool(logits, of_texts)
        seen = sum(
            tf.math.segment_max(part.starts + part.sizes, part.texts)
            for part in parts
        )
        return {**self.of_rows(logits), "num_cut": sum(sizes) - seen}

    def _rows(
        self,
        first: tf.RaggedTensor,
        second: tf.RaggedTensor,
        parts: tuple[Parts, Parts],
    ) -> Rows:
        return self.frame(
            parts[0].of(first),
            parts[1].of(second),
            has_second=parts[1].sizes > 0,
        )


class ExportedChoice(ExportedTask):
    """One of several texts, beside a question and an article."""

    text_inputs: ClassVar[Mapping[str, tf.TensorSpec]] = {
        "text": TEXT,
        "text_b": TEXT,
        "choices": tf.TensorSpec([None, None], tf.string),
    }

    def of_rows(self, logits: tf.Tensor) -> Outputs:
        """Returns logits [B]: a row is one choice."""
        return {"logits": logits[:, 0]}

    def text(self, **inputs: tf.Tensor) -> Outputs:
        """Returns logits [B, C], the choice and its name."""
        settings = self.trained.settings
        assert isinstance(settings, TextSettings)
        limits = settings.limits
        choices = inputs["choices"]
        count = len(self.trained.labels)
        tf.debugging.assert_equal(
            tf.shape(choices)[1], count, message=f"expected {count} choices"
        )
        questions = tf.repeat(inputs["text_b"], count)
        options = tf.reshape(choices, [-1])
        answers = self.tokenizer(_filled_in(questions, options)).ids
        article = self.tokenizer(inputs["text"]).ids
        whole = lengths_of(answers)
        size = tf.minimum(whole, limits.max_qa_length)
        rows = tf.range(tf.size(size))
        kept = Parts(rows, whole - size, size)
        texts = tf.repeat(tf.range(tf.size(inputs["text"])), count)
        room = tf.maximum(limits.max_seq_length - 3 - size, 0)
        of_article = tf.minimum(tf.gather(lengths_of(article), texts), room)
        first, second = cut_pairs(of_article, size, limits=limits)
        logits = self.logits(
            self.frame(
                Parts(texts, first.starts, first.sizes).of(article),
                Parts(rows, kept.starts, second.sizes).of(answers),
                has_second=second.sizes > 0,
            )
        )
        logits = tf.reshape(logits, [-1, count])
        return classes(logits, self.trained.labels)


def _filled_in(questions: tf.Tensor, options: tf.Tensor) -> tf.Tensor:
    """Returns questions with options in their blanks, or behind them."""
    parts = tf.strings.split(questions, "_")
    first = tf.ragged.range(lengths_of(parts)) == 0
    option = tf.gather(options, parts.value_rowids())
    joined = parts.with_values(
        tf.where(first.values, parts.values, option + parts.values)
    )
    filled = tf.strings.reduce_join(joined, axis=1)
    has_blank = lengths_of(parts) > 1
    return tf.where(has_blank, filled, questions + " " + options)

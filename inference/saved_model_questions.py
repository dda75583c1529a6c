"""A saved model of questions on paragraphs: spans, or yes and no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import tensorflow as tf

from inference.graph_answers import best_answers, null_odds
from inference.graph_rows import Parts, Rows, cut_paragraphs, lengths_of
from inference.saved_model_task import TEXT, ExportedTask, Outputs
from preprocessing.sentence_piece import (
    WORD_START,
    SentencePieceTokenizer,
)
from tasks.answers import AnswerOptions
from tasks.question_settings import QuestionSettings
from tasks.yes_no_questions import YesNoOptions

# What `str.strip` takes away, in RE2's words.
_SPACES = r"[\s\p{Z}\x{1c}-\x{1f}\x{85}]+"


class ExportedQuestions(ExportedTask):
    """What spans and yes/no questions have in common: windows."""

    text_inputs: ClassVar[Mapping[str, tf.TensorSpec]] = {
        "question": TEXT,
        "paragraph": TEXT,
    }

    def windows(
        self, question: tf.Tensor, paragraph: tf.RaggedTensor
    ) -> tuple[Rows, Parts, tf.Tensor]:
        """Returns rows, windows, and the places before each of these."""
        settings = self.trained.settings
        assert isinstance(settings, QuestionSettings)
        query = self.tokenizer(question).ids
        size = tf.minimum(lengths_of(query), settings.max_query_length)
        windows = cut_paragraphs(
            size, lengths_of(paragraph), limits=settings.limits
        )
        if settings.answer_type == "yesno" and not settings.all_windows:
            is_first = windows.starts == 0
            windows = Parts(*(tf.boolean_mask(w, is_first) for w in windows))
        sizes = tf.gather(size, windows.texts)
        of_query = Parts(windows.texts, tf.zeros_like(sizes), sizes)
        rows = self.frame(
            of_query.of(query),
            windows.of(paragraph),
            has_second=tf.ones_like(sizes, tf.bool),
        )
        return rows, windows, sizes + 2


class ExportedYesNo(ExportedQuestions):
    """Yes or no: the logit of [CLS]."""

    def of_rows(self, logits: tf.Tensor) -> Outputs:
        """Returns the logit of "yes" [B], its probability and the answer."""
        return self._of_logits(logits[:, 0, 0])

    def text(self, **inputs: tf.Tensor) -> Outputs:
        """Returns the same of each question, from all windows asked for."""
        pieces = self.tokenizer(inputs["paragraph"]).ids
        rows, windows, _ = self.windows(inputs["question"], pieces)
        logits = self.logits(rows)[:, 0, 0]
        return self._of_logits(tf.math.segment_mean(logits, windows.texts))

    def _of_logits(self, logits: tf.Tensor) -> Outputs:
        is_yes = logits > YesNoOptions.threshold
        return {
            "logits": logits,
            "probabilities": tf.sigmoid(logits),
            "labels": tf.where(is_yes, "yes", "no"),
        }


class ExportedSpans(ExportedQuestions):
    """An answer is a stretch of the paragraph."""

    def of_rows(self, logits: tf.Tensor) -> Outputs:
        """Returns start and end logits, [B, S]."""
        return {
            "start_logits": logits[:, :, 0],
            "end_logits": logits[:, :, 1],
        }

    def text(self, **inputs: tf.Tensor) -> Outputs:
        """Returns the best answers, and the logits of all windows."""
        settings = self.trained.settings
        assert isinstance(settings, QuestionSettings)
        paragraph = inputs["paragraph"]
        pieces = self.tokenizer(paragraph)
        rows, windows, before = self.windows(inputs["question"], pieces.ids)
        logits = self.logits(rows)
        best = best_answers(
            logits,
            windows,
            num_before=before,
            is_blank=windows.of(self._blanks(pieces.ids)).to_tensor(True),
            options=AnswerOptions(),
        )
        piece_starts, piece_ends = (
            windows.of(values).to_tensor(-1)
            for values in (pieces.starts, pieces.ends)
        )
        starts = _at(piece_starts, best.rows, best.firsts)
        ends = _at(piece_ends, best.rows, best.lasts)
        odds = null_odds(logits, windows, best)
        if settings.version_2_with_negative:
            is_none = odds > 0
            starts = tf.where(is_none, -1, starts)
            ends = tf.where(is_none, -1, ends)
        answers, starts, ends = _stripped(paragraph, starts, ends)
        outputs = {
            "answers": answers,
            "answer_starts": starts,
            "answer_ends": ends,
            "scores": tf.cast(best.scores, tf.float32),
            **self.of_rows(logits),
            "window_questions": windows.texts,
            "window_offsets": before,
            "piece_starts": piece_starts,
            "piece_ends": piece_ends,
        }
        if settings.version_2_with_negative:
            outputs["null_odds"] = tf.cast(odds, tf.float32)
        return outputs

    def _blanks(self, ids: tf.RaggedTensor) -> tf.RaggedTensor:
        """Returns which pieces are a space alone: no answer by themselves."""
        blanks = tf.zeros_like(ids.flat_values, tf.bool)
        tokenizer = self.trained.tokenizer
        if isinstance(tokenizer, SentencePieceTokenizer):
            pieces = tokenizer.all_pieces
            if WORD_START in pieces:
                blanks = ids.flat_values == pieces.index(WORD_START)
        return ids.with_flat_values(blanks)


def _stripped(
    texts: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns stretches of texts without white space around; -1 is kept."""
    found = tf.strings.substr(
        texts,
        tf.maximum(starts, 0),
        tf.maximum(ends - starts, 0),
        unit="UTF8_CHAR",
    )
    left = tf.strings.regex_replace(found, f"^{_SPACES}", "")
    answers = tf.strings.regex_replace(left, f"{_SPACES}$", "")
    whole, short, size = (
        tf.strings.length(x, unit="UTF8_CHAR") for x in (found, left, answers)
    )
    starts += whole - short
    return answers, starts, tf.where(ends < 0, ends, starts + size)


def _at(values: tf.Tensor, rows: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Returns values[rows, places]; -1 where the row is -1."""
    index = tf.stack([tf.maximum(rows, 0), tf.maximum(places, 0)], axis=1)
    width = tf.maximum(tf.shape(values)[1], 1)
    padded = tf.pad(values, [[0, 0], [0, 1]], constant_values=-1)
    index = tf.minimum(index, [[tf.shape(values)[0] - 1, width]])
    return tf.where(rows < 0, -1, tf.gather_nd(padded, index))

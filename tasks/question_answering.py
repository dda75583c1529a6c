"""The kind "span question answering": an answer is a stretch of a paragraph.

After google-research/bert `run_squad.py`, google-research/albert
`run_squad_v1.py` and dmis-lab/biobert `run_qa.py`: a start and an end logit at
each position, in a head called "cls/squad".
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from foundation import files
from preprocessing.features import INPUT_SPECS, FeatureSpec
from preprocessing.tokenization import Tokenizer
from tasks import answer_files
from tasks.answer_store import AnswerStore
from tasks.answers import AnswerOptions, Answers, find_answers
from tasks.question_splits import (
    QuestionCutter,
    streamed_split,
    training_split,
)
from tasks.question_windows import WindowLimits
from tasks.questions import ReadingOptions, iterate_questions
from tasks.squad_scores import best_f1_threshold, squad_scores
from tasks.task import Split, Task

if TYPE_CHECKING:
    import tensorflow as tf

    from modeling.heads import LabelHead
    from modeling.tensors import EncoderOutputs

_log = logging.getLogger(__name__)
_POSITIONS = ("start_positions", "end_positions")
_MASKED = -1e9  # a logit without any probability


@dataclasses.dataclass(frozen=True)
class SpanOptions:
    """How questions become rows, a loss and answers.

    Attributes:
      limits: of a row.
      answers: which ones are looked at.
      all_occurrences: learn from every place where an answer stands.
      masks_padding: leave padding out of the softmax of the loss; the
        originals have it in.
      null_score_diff_threshold: "no answer" where its odds are above it.
      tunes_threshold: take the threshold with the best F1 on dev instead, or
        of the file itself where dev was not scored, as ALBERT's script does.
    """

    limits: WindowLimits
    answers: AnswerOptions = dataclasses.field(default_factory=AnswerOptions)
    all_occurrences: bool = False
    masks_padding: bool = False
    null_score_diff_threshold: float = 0.0
    tunes_threshold: bool = False


class SpanTask(Task):
    """Files of questions with a tokenizer.

    Args:
      paths: of the splits "train", "dev", "test", as far as there are any.
      tokenizer: makes the pieces.
      options: how questions become rows, a loss and answers.
    """

    uses_pooler = False
    num_labels = 2
    head_scope = "cls/squad"
    head_dropout = 0.0  # as the originals
    takes_head = True
    definitions: ClassVar[Mapping[str, str]] = {
        "exact_match": "SQuAD: share of questions whose answer is a gold one "
        "but for case, punctuation, articles and spaces",
        "f1": "SQuAD: mean over questions of the F1 of shared words with the "
        "likest gold answer",
        "HasAns_exact": "exact_match of the questions with an answer",
        "HasAns_f1": "f1 of the questions with an answer",
        "NoAns_exact": "share of the questions without an answer that got none",
        "NoAns_f1": "the same as NoAns_exact",
        "best_exact": "exact_match at the threshold that is best for it",
        "best_f1": "f1 at the threshold that is best for it; chosen on the "
        "gold answers themselves, so too high",
        "best_exact_thresh": "that threshold of null odds",
        "best_f1_thresh": "that threshold of null odds",
        "null_score_diff_threshold": "the threshold that was used",
    }
    headline = "f1"
    feature_specs = (
        *INPUT_SPECS,
        *(FeatureSpec(name, width=1) for name in _POSITIONS),
    )

    def __init__(
        self,
        paths: Mapping[str, str],
        *,
        tokenizer: Tokenizer,
        options: SpanOptions,
    ) -> None:
        self.options = options
        self._paths = dict(paths)
        self._cutter = QuestionCutter(tokenizer, options.limits)
        self._dev_threshold: float | None = None

    def reading(self, split: str) -> ReadingOptions:
        """Returns what is read of a split's file."""
        return ReadingOptions(
            with_answers=split == "train",
            may_be_impossible=self.options.answers.may_be_impossible,
            all_occurrences=self.options.all_occurrences,
        )

    def read(self, split: str) -> Split:
        """Reads and checks a file; that of "train" is cut into rows, too."""
        path, reading = self._paths[split], self.reading(split)
        if split != "train":
            return streamed_split(
                split, path, options=reading, cutter=self._cutter
            )
        return training_split(
            path,
            self._cutter.cut(iterate_questions(path, reading)),
            label_names=_POSITIONS,
            labels=lambda _, row: (row.start_position, row.end_position),
        )

    def logits(self, head: LabelHead, outputs: EncoderOutputs) -> tf.Tensor:
        """Returns start and end logits, [B, S, 2]."""
        return head(outputs.sequence_output)

    def loss(
        self,
        head: LabelHead,
        logits: tf.Tensor,
        batch: Mapping[str, tf.Tensor],
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the sum over rows of the mean of both losses, and the rows.

        Each is the cross-entropy of a position among all S.
        """
        del head
        import tensorflow as tf

        from modeling.losses import weighted_cross_entropy

        if self.options.masks_padding:
            is_padding = tf.cast(1 - batch["input_mask"], tf.float32)
            logits += _MASKED * is_padding[:, :, tf.newaxis]
        of_both = tf.transpose(logits, [0, 2, 1])  # [B, 2, S]
        labels = tf.concat([batch[n] for n in _POSITIONS], axis=1)  # [B, 2]
        half = tf.fill(tf.shape(labels), 0.5)
        return weighted_cross_entropy(of_both, labels, half)

    def decode(
        self,
        split: Split,
        logits: Sequence[np.ndarray],
        head_weights: Mapping[str, np.ndarray],
    ) -> AnswerStore:
        """Returns each question's best answers, from logits [n, 2] a row."""
        del head_weights
        store, first = AnswerStore(split.name), 0
        for one in split.examples:
            rows = logits[first : first + len(one.windows)]
            first += len(one.windows)
            answers = find_answers(
                one.pieces,
                one.windows,
                [(row[:, 0], row[:, 1]) for row in rows],
                options=self.options.answers,
            )
            store.add(one.question, answers)
        return store

    def join(self, predictions: Iterable[AnswerStore]) -> AnswerStore:
        """Returns the answers of a split from those of its parts."""
        parts = iter(predictions)
        store = next(parts)
        for part in parts:
            store.extend(part)
        return store

    def score(self, predictions: AnswerStore) -> dict[str, float]:
        """Returns SQuAD's scores, from 0 to 1; none without gold answers."""
        return squad_scores(
            predictions.table(), threshold=self.threshold(predictions)
        )

    def threshold(self, predictions: AnswerStore) -> float:
        """Returns the odds above which there is no answer."""
        options = self.options
        if not (options.tunes_threshold and options.answers.may_be_impossible):
            return options.null_score_diff_threshold
        table = predictions.table()
        has_gold = bool(len(table.f1))
        if predictions.split == "dev" and has_gold:
            self._dev_threshold = best_f1_threshold(table)
        if self._dev_threshold is not None:
            return self._dev_threshold
        if not has_gold:
            return options.null_score_diff_threshold
        return best_f1_threshold(table)

    def report(self, predictions: AnswerStore) -> str:
        """Returns the scores, and what they are of."""
        scores = self.score(predictions)
        total, scored = len(predictions), len(predictions.table().f1)
        text = f"{total} questions, {scored} of them with gold answers.\n"
        if scores:
            text += "As SQuAD's official script, the best of the gold answers "
            text += "counts; case, articles, punctuation do not:\n"
        for name, value in scores.items():
            shown = f"{value:.4f}"
            if "thresh" not in name:
                shown = f"{100 * value:.2f} %"
            text += f"  {name}: {shown}\n"
        return text

    def write_predictions(
        self, predictions: AnswerStore, output_dir: str
    ) -> list[str]:
        """Writes the original's files and predictions.tsv."""
        return write_answers(
            predictions,
            output_dir,
            threshold=self.threshold(predictions),
            with_odds=self.options.answers.may_be_impossible,
        )

    def save_labels(self, output_dir: str) -> None:
        """Does nothing: there are no labels."""


def write_answers(
    store: AnswerStore, output_dir: str, *, threshold: float, with_odds: bool
) -> list[str]:
    """Writes answers, and null_odds.json where asked; returns the paths."""
    names = [answer_files.PREDICTIONS_FILE, answer_files.N_BEST_FILE]
    odds = files.join(output_dir, answer_files.ODDS_FILE)
    paths = [files.join(output_dir, name) for name in names]
    answer_files.write_object(
        paths[0], ((name, found.text(threshold)) for name, found in store)
    )
    answer_files.write_object(
        paths[1],
        (
            (name, [answer._asdict() for answer in found.best])
            for name, found in store
        ),
    )
    if with_odds:
        answer_files.write_object(
            odds, ((name, found.null_odds) for name, found in store)
        )
        paths.append(odds)
    elif files.exists(odds):
        _log.warning("%s is of an earlier run and is removed", odds)
        files.remove(odds)
    paths.append(files.join(output_dir, answer_files.TABLE_FILE))
    answer_files.write_table(
        paths[-1],
        ("id", "text", "probability", "null_odds"),
        (_table_row(name, found, threshold) for name, found in store),
    )
    return paths


def _table_row(
    name: str, found: Answers, threshold: float
) -> tuple[str, str, str, str]:
    text = found.text(threshold)
    probability = next(a.probability for a in found.best if a.text == text)
    odds = "" if found.null_odds is None else repr(found.null_odds)
    return name, text, f"{probability:.6f}", odds

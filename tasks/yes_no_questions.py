"""The kind "yes/no question": one logit on the hidden state of [CLS].

After dmis-lab/bioasq-biobert `run_yesno.py`: the head's names end in "_sgm",
and "yes" is a logit above 0.5 (not a probability). The paragraph's first
window alone is looked at, unless all are asked for: then each window learns
the answer, and the mean of their logits decides.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from evaluation.bioasq import score_yes_no
from foundation import files
from preprocessing.features import INPUT_SPECS, FeatureSpec
from preprocessing.tokenization import Tokenizer
from tasks import answer_files
from tasks.question_splits import (
    CutQuestion,
    QuestionCutter,
    streamed_split,
    training_split,
)
from tasks.question_windows import QuestionWindow, WindowLimits
from tasks.questions import YES_NO, ReadingOptions, iterate_questions
from tasks.task import Split, Task

if TYPE_CHECKING:
    import tensorflow as tf

    from modeling.heads import LabelHead
    from modeling.tensors import EncoderOutputs

_LABELS = "label_ids"


@dataclasses.dataclass(frozen=True)
class YesNoOptions:
    """How questions become rows, a loss and answers.

    Attributes:
      limits: of a row.
      all_windows: whether the whole paragraph is looked at.
      threshold: "yes" for logits above it.
      class_weights: of no and yes in the loss, [2]; None = both 1.
    """

    limits: WindowLimits
    all_windows: bool = False
    threshold: float = 0.5
    class_weights: np.ndarray | None = None


class YesNoPrediction(NamedTuple):
    """What is predicted for a question.

    Attributes:
      question_id: as in the file.
      logit: of "yes".
      answer: "yes" or "no".
      gold: the right one; None = not known.
    """

    question_id: str
    logit: float
    answer: str
    gold: str | None

    @property
    def probability(self) -> float:
        """Returns that of "yes"."""
        return float(1 / (1 + np.exp(-self.logit)))


class YesNoTask(Task):
    """Files of yes/no questions with a tokenizer.

    Args:
      paths: of the splits "train", "dev", "test", as far as there are any.
      tokenizer: makes the pieces.
      options: how questions become rows, a loss and answers.
    """

    uses_pooler = False
    num_labels = 1
    head_scope = "cls/squad"
    head_suffix = "_sgm"
    head_dropout = 0.0  # as the original
    takes_head = True
    definitions: ClassVar[Mapping[str, str]] = {
        "yesno_accuracy": "share of questions on a paragraph",
        "yesno_macro_f1": "BioASQ: mean of the F1 of yes and of no",
    }
    headline = "yesno_macro_f1"
    feature_specs = (*INPUT_SPECS, FeatureSpec(_LABELS, width=1))

    def __init__(
        self,
        paths: Mapping[str, str],
        *,
        tokenizer: Tokenizer,
        options: YesNoOptions,
    ) -> None:
        self.options = options
        self._paths = dict(paths)
        self._cutter = QuestionCutter(
            tokenizer,
            options.limits,
            first_window_only=not options.all_windows,
        )

    def reading(self, split: str) -> ReadingOptions:
        """Returns what is read of a split's file."""
        return ReadingOptions(
            with_answers=split == "train", answer_type="yesno"
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
            label_names=(_LABELS,),
            labels=_label_of,
        )

    def logits(self, head: LabelHead, outputs: EncoderOutputs) -> tf.Tensor:
        """Returns [B, S, 1]; the one of [CLS] counts."""
        return head(outputs.sequence_output)

    def loss(
        self,
        head: LabelHead,
        logits: tf.Tensor,
        batch: Mapping[str, tf.Tensor],
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the weighted sum of logistic losses and that of weights."""
        del head
        import tensorflow as tf

        labels = batch[_LABELS][:, 0]  # [B]
        losses = tf.nn.sigmoid_cross_entropy_with_logits(
            labels=tf.cast(labels, tf.float32), logits=logits[:, 0, 0]
        )
        weights = tf.ones_like(losses)
        if self.options.class_weights is not None:
            of_labels = tf.constant(self.options.class_weights, tf.float32)
            weights = tf.gather(of_labels, labels)
        return tf.reduce_sum(losses * weights), tf.reduce_sum(weights)

    def decode(
        self,
        split: Split,
        logits: Sequence[np.ndarray],
        head_weights: Mapping[str, np.ndarray],
    ) -> list[YesNoPrediction]:
        """Returns the answers, from logits [n, 1] a row."""
        del head_weights
        predictions, first = [], 0
        for one in split.examples:
            rows = logits[first : first + len(one.windows)]
            first += len(one.windows)
            logit = float(np.mean([row[0, 0] for row in rows]))
            is_yes = logit > self.options.threshold
            gold = one.question.gold
            predictions.append(
                YesNoPrediction(
                    one.question.question_id,
                    logit,
                    YES_NO[is_yes],
                    gold[0] if gold else None,
                )
            )
        return predictions

    def join(
        self, predictions: Iterable[list[YesNoPrediction]]
    ) -> list[YesNoPrediction]:
        """Returns the answers of a split from those of its parts."""
        return [one for part in predictions for one in part]

    def score(self, predictions: list[YesNoPrediction]) -> dict[str, float]:
        """Returns BioASQ's scores, from 0 to 1; none without gold answers."""
        pairs = [(p.gold, p.answer) for p in predictions if p.gold]
        if not pairs:
            return {}
        gold, answers = zip(*pairs, strict=True)
        scores = score_yes_no(gold, answers)
        return {f"yesno_{name}": value for name, value in scores.items()}

    def report(self, predictions: list[YesNoPrediction]) -> str:
        """Returns the scores, and what they are of."""
        scored = sum(p.gold is not None for p in predictions)
        text = (
            f"{len(predictions)} questions on a paragraph, {scored} of them "
            "with gold answers.\n"
        )
        for name, value in self.score(predictions).items():
            text += f"  {name}: {100 * value:.2f} %\n"
        return text

    def write_predictions(
        self, predictions: list[YesNoPrediction], output_dir: str
    ) -> list[str]:
        """Writes predictions.json as the original, and predictions.tsv."""
        paths = [
            files.join(output_dir, name)
            for name in (answer_files.PREDICTIONS_FILE, answer_files.TABLE_FILE)
        ]
        answer_files.write_object(
            paths[0],
            ((p.question_id, [p.answer, [p.logit]]) for p in predictions),
        )
        answer_files.write_table(
            paths[1],
            ("id", "answer", "probability_yes", "logit"),
            (
                (p.question_id, p.answer, f"{p.probability:.6f}", repr(p.logit))
                for p in predictions
            ),
        )
        return paths

    def save_labels(self, output_dir: str) -> None:
        """Does nothing: the labels are always no and yes."""


def _label_of(one: CutQuestion, window: QuestionWindow) -> tuple[int, ...]:
    del window
    assert one.question.gold  # read with answers
    return (YES_NO.index(one.question.gold[0]),)

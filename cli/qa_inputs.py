"""What run_qa.py works on: model files, tokenizer, questions.

Everything that can be wrong with flags and files is found here, before
TensorFlow is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import flags, logging

from cli import model, model_inputs, qa_flags
from cli.run_inputs import RunInputs, dev_chooses
from foundation.errors import InputError
from preprocessing.tokenization import Tokenizer
from tasks.class_weights import class_weights
from tasks.model_settings import vocabulary_name
from tasks.question_answering import SpanTask
from tasks.question_settings import QuestionSettings
from tasks.question_splits import overlap_warning
from tasks.questions import YES_NO, iterate_questions
from tasks.splits import rows_seen
from tasks.task import Split
from tasks.yes_no_questions import YesNoTask

_NUM_LOGGED = 5  # rows, with --log_examples
_FILES = {"train": "train_file", "dev": "eval_file", "test": "predict_file"}


@dataclasses.dataclass(frozen=True)
class QaInputs(RunInputs):
    """Inputs of a run on questions."""

    task: SpanTask | YesNoTask

    def prepare_folder(self, folder: str) -> None:
        """Writes config, settings and vocabulary of a training."""
        if not self.fv.do_train:
            return
        model.write_config(folder, self.model)
        settings = QuestionSettings(
            **model_inputs.common_settings(
                self.fv, self.tokenizer, vocabulary_name(self.vocabulary)
            ),
            answer_type=self.fv.answer_type,
            doc_stride=self.fv.doc_stride,
            max_query_length=self.fv.max_query_length,
            version_2_with_negative=self.fv.version_2_with_negative,
            all_windows=self.fv.all_windows,
        )
        settings.save(folder, vocabulary=self.vocabulary)

    def write_reports(
        self, folder: str, predicted: Mapping[str, Any], *, step: int
    ) -> None:
        """Writes nothing: the scores say it all."""

    def facts(self) -> dict[str, object]:
        """Returns what kind of questions these are, and what scores mean."""
        return {
            "answer_type": self.fv.answer_type,
            "version_2_with_negative": self.fv.version_2_with_negative,
            "definitions": dict(self.task.definitions),
            "rows_seen": rows_seen(
                {
                    split: [
                        question.text
                        for question in iterate_questions(
                            self.fv[name].value, self.task.reading("test")
                        )
                    ]
                    for split, name in _FILES.items()
                    if split in self.splits
                }
            ),
        }

    def loss_options(self) -> dict[str, Any]:
        """Returns what decides rows and loss of training."""
        names = (
            "all_occurrences",
            "mask_padding",
            "version_2_with_negative",
            "all_windows",
            "class_weights",
        )
        return {name: self.fv[name].value for name in names}

    def input_options(self) -> dict[str, Any]:
        """Returns what decides how text becomes input."""
        return {
            **super().input_options(),
            "answer_type": self.fv.answer_type,
            "doc_stride": self.fv.doc_stride,
            "max_query_length": self.fv.max_query_length,
        }


def read(fv: flags.FlagValues, *, label_folder: str) -> QaInputs:
    """Reads all that the flags name.

    Args:
      fv: parsed flags.
      label_folder: where a trained model's settings would be.

    Raises:
      InputError: something cannot be used.
    """
    qa_flags.check_files(fv)
    model_flags, pieces = model_inputs.read_model(
        fv,
        label_folder,
        settings=QuestionSettings,
        values_of=qa_flags.values_of_model,
    )
    qa_flags.check_kind(fv)  # which may be the trained model's
    task = _task(fv, pieces)
    splits: dict[str, Split] = {}
    if fv.do_train:
        splits["train"] = task.read("train")
        _check_rows(fv, splits["train"])
        model_inputs.check_length(fv, splits["train"])
    if fv.do_eval or (fv.do_train and dev_chooses(fv)):
        splits["dev"] = task.read("dev")
    if fv.do_predict:
        splits["test"] = task.read("test")
    _warn_of_overlap(fv, task, splits)
    if fv.log_examples and "train" in splits:
        _log_examples(splits["train"], pieces)
    return QaInputs(fv, model_flags, pieces, task, splits)


def _task(fv: flags.FlagValues, pieces: Tokenizer) -> SpanTask | YesNoTask:
    paths = {
        split: fv[name].value
        for split, name in _FILES.items()
        if fv[name].value
    }
    if fv.answer_type == "span":
        return SpanTask(paths, tokenizer=pieces, options=qa_flags.read_span(fv))
    options = qa_flags.read_yes_no(fv, None)
    task = YesNoTask(paths, tokenizer=pieces, options=options)
    if fv.class_weights == "none" or not fv.do_train:
        return task
    gold = [
        question.gold[0]
        for question in iterate_questions(paths["train"], task.reading("train"))
        if question.gold
    ]
    weights = class_weights(
        fv.class_weights, YES_NO, [gold.count(label) for label in YES_NO]
    )
    options = dataclasses.replace(options, class_weights=weights)
    return YesNoTask(paths, tokenizer=pieces, options=options)


def _check_rows(fv: flags.FlagValues, train: Split) -> None:
    if not len(train.table):
        raise InputError(
            "there is nothing to learn from",
            got="no question whose answer is where the file says",
            expected="at least one",
            next_step="check --train_file",
            path=fv.train_file,
        )
    questions = train.files[0]["num_questions"]
    logging.info(
        "%d questions to learn from, %d rows.", questions, len(train.table)
    )


def _warn_of_overlap(
    fv: flags.FlagValues,
    task: SpanTask | YesNoTask,
    splits: Mapping[str, Split],
) -> None:
    """Warns where dev or test has questions of the training data."""
    for name in ("dev", "test"):
        if "train" not in splits or name not in splits:
            continue
        warning = overlap_warning(
            iterate_questions(fv.train_file, task.reading("test")),
            iterate_questions(fv[_FILES[name]].value, task.reading(name)),
            name=name,
        )
        if warning:
            logging.warning("%s", warning)


def _log_examples(train: Split, pieces: Tokenizer) -> None:
    """Logs the first rows to learn from, as the originals always did."""
    labels = [s.name for s in train.table.specs if s.width is not None]
    for number in range(min(_NUM_LOGGED, len(train.table))):
        ids = train.table.row(number, "input_ids").tolist()
        logging.info(
            "*** Row %d of train ***\n  tokens: %s\n  input_ids: %s\n  %s",
            number,
            " ".join(pieces.pieces(ids)),
            " ".join(map(str, ids)),
            ", ".join(
                f"{name}: {train.table.row(number, name)[0]}" for name in labels
            ),
        )

"""What run_classifier.py and run_re.py work on: model, corpus, labels.

Everything that can be wrong with flags and files is found here, before
TensorFlow is imported.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from absl import flags, logging

from cli import (
    classification,
    classification_options,
    classification_reports,
    classification_rows,
    model,
    model_inputs,
    relations,
)
from cli.once import model_name
from cli.run_inputs import RunInputs, dev_chooses
from foundation import files
from preprocessing.tokenization import Tokenizer
from tasks import text_scores
from tasks.class_labels import labels_of_corpus
from tasks.classification import ClassificationTask
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.model_settings import vocabulary_name
from tasks.splits import overlap_warning, rows_seen
from tasks.task import Split
from tasks.text_corpus import TextCorpus, find_file
from tasks.text_reading import read_split
from tasks.text_settings import TextSettings

_NUM_LOGGED = 5  # examples, with --log_examples


@dataclasses.dataclass(frozen=True)
class ClassificationInputs(RunInputs):
    """Inputs of a classifier's run."""

    task: ClassificationTask

    def settings(self) -> TextSettings:
        """Returns what the trained model needs to read texts."""
        limits = self.task.options.limits
        return TextSettings(
            **model_inputs.common_settings(
                self.fv, self.tokenizer, vocabulary_name(self.vocabulary)
            ),
            overflow=limits.overflow,
            doc_stride=limits.doc_stride,
            pooling=limits.pooling,
            max_qa_length=limits.max_qa_length,
            threshold=self.task.options.threshold,
            entity_format=relations.entity_format(self.fv),
        )

    def prepare_folder(self, folder: str) -> None:
        """Writes labels, config, settings and vocabulary of a training."""
        if not self.fv.do_train:
            return
        if not files.exists(files.join(folder, "checkpoint")):
            files.remove(files.join(folder, LABEL_FILE))
        self.task.save_labels(folder)
        model.write_config(folder, self.model)
        self.settings().save(folder, vocabulary=self.vocabulary)
        relations.save_markers(self.tokenizer, folder)

    def write_reports(
        self, folder: str, predicted: Mapping[str, Any], *, step: int
    ) -> None:
        """Writes classification_report.txt and confusion.png."""
        classification_reports.write_reports(
            folder,
            predicted,
            step=step,
            model_name=model_name(self),
        )

    @property
    def appended_rows(self) -> int:
        """Pieces that the checkpoint's vocabulary does not have."""
        return relations.appended_rows(self.tokenizer)

    def facts(self) -> dict[str, object]:
        """Returns the labels, and what each score means."""
        corpus, names = self.task.corpus, self.task.labels.names
        return {
            "labels": list(names),
            "definitions": dict(text_scores.definitions(corpus, names)),
            "rows_seen": rows_seen(
                {name: _texts(split) for name, split in self.splits.items()}
            ),
        }

    def loss_options(self) -> dict[str, Any]:
        """Returns what decides the loss."""
        options = self.task.options
        return {
            "class_weights": self.fv.class_weights,
            "head_dropout": options.head_dropout,
            "pooling": options.limits.pooling,
        }

    def input_options(self) -> dict[str, Any]:
        """Returns what decides how text becomes input."""
        limits = self.task.options.limits
        return {
            **super().input_options(),
            "overflow": limits.overflow,
            "doc_stride": limits.doc_stride,
            "entity_format": relations.entity_format(self.fv),
        }


def read(
    fv: flags.FlagValues, *, label_folder: str, script: str
) -> ClassificationInputs:
    """Reads all that the flags name.

    Args:
      fv: parsed flags.
      label_folder: where a trained model's label_map.json would be.
      script: "classifier" or "relation".

    Raises:
      InputError: something cannot be used.
    """
    corpus = classification.read_corpus(fv, script)
    classification.check_data_dir(fv)
    model_flags, pieces = read_model(fv, label_folder)
    classification_rows.check(fv, corpus)
    change = classification_options.text_change(fv)
    train = None
    if fv.do_train:
        train = read_split(corpus, fv.data_dir, "train", change=change)
        labels = labels_of_corpus(corpus, train[0], train[1][0].path)
    else:
        labels = classification_options.labels_of_model(
            fv, label_folder, corpus
        )
        classification_options.check_kind(labels, corpus)
    task = ClassificationTask(
        corpus,
        fv.data_dir,
        tokenizer=pieces,
        labels=labels,
        options=classification_options.read_options(
            fv, labels, train[0] if train else []
        ),
    )
    splits: dict[str, Split] = {}
    if train is not None:
        splits["train"] = task.featurize("train", *train)
        model_inputs.check_length(fv, splits["train"])
    splits |= _scored_splits(fv, task)
    _warn_of_overlap(splits)
    if "entity_format" in fv:
        relations.warn_of_markers(fv, splits, pieces)
    if fv.log_examples:
        _log_examples(splits, pieces)
    return ClassificationInputs(fv, model_flags, pieces, task, splits)


def _scored_splits(
    fv: flags.FlagValues, task: ClassificationTask
) -> dict[str, Split]:
    """Returns dev and test, as far as they are asked for."""
    _leave_empty_dev_out(fv, task.corpus)
    splits = {}
    if fv.do_eval or (fv.do_train and dev_chooses(fv)):
        splits["dev"] = task.read("dev")
    if fv.do_predict:
        splits["test"] = task.read("test")
    return splits


def _leave_empty_dev_out(fv: flags.FlagValues, corpus: TextCorpus) -> None:
    """Turns --do_eval off where the file is empty, as GAD's and EU-ADR's are.

    BioBERT's command lines ask for it all the same. Where dev has to choose
    the checkpoint, or nothing else is asked for, reading it is the error.
    """
    needs_dev = dev_chooses(fv) or not (fv.do_train or fv.do_predict)
    if not fv.do_eval or needs_dev:
        return
    path, _ = find_file(corpus, fv.data_dir, "dev")
    if not files.is_directory(path) and not files.size_of(path):
        logging.warning("%s is empty: dev is not scored.", path)
        fv.do_eval = False


def read_model(
    fv: flags.FlagValues, label_folder: str
) -> tuple[model.ModelFlags, Tokenizer]:
    """Reads config and vocabulary, and checks the flags about training."""
    return model_inputs.read_model(
        fv,
        label_folder,
        settings=TextSettings,
        values_of=functools.partial(classification_rows.values_of_model, fv),
        set_defaults=classification_rows.set_length,
        change=functools.partial(
            relations.with_markers, fv, label_folder=label_folder
        ),
    )


def _texts(split: Split) -> list[tuple[str | None, ...]]:
    return [each.example.texts for each in split.examples]


def _warn_of_overlap(splits: Mapping[str, Split]) -> None:
    """Warns where dev or test has texts of the training data."""
    for name in ("dev", "test"):
        if "train" in splits and name in splits:
            warning = overlap_warning(
                _texts(splits["train"]),
                _texts(splits[name]),
                name=name,
                what="rows",
            )
            if warning:
                logging.warning("%s", warning)


def _log_examples(splits: Mapping[str, Split], pieces: Tokenizer) -> None:
    """Logs the first examples of each split, as the originals did."""
    for split in splits.values():
        for number, each in enumerate(split.examples[:_NUM_LOGGED]):
            ids = each.rows[0].input_ids.tolist()
            logging.info(
                "*** Example %d of %s ***\n  guid: %s\n  tokens: %s\n"
                "  input_ids: %s\n  label: %s",
                number,
                split.name,
                each.example.example_id,
                " ".join(pieces.pieces(ids)),
                " ".join(map(str, ids)),
                each.example.label,
            )

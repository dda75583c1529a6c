"""What run_ner.py works on: model files, tokenizer, corpus, labels.

Everything that can be wrong with flags and files is found here, before
TensorFlow is imported.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from absl import flags

from cli import (
    model,
    model_inputs,
    ner_labels,
    ner_reports,
    ner_splits,
    tagging,
    task,
)
from cli.once import model_name
from cli.run_inputs import RunInputs, dev_chooses
from foundation import files
from preprocessing.tokenization import Tokenizer
from tasks.class_weights import class_weights
from tasks.corpus import read_split
from tasks.idx2tag import write_idx2tag
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.labels import LabelMap, labels_from_train
from tasks.model_settings import vocabulary_name
from tasks.readers import TaggedSentence
from tasks.splits import rows_seen
from tasks.tag_schemes import normalize_tags
from tasks.tagger_settings import TaggerSettings
from tasks.tagging import TaggingOptions, TaggingTask
from tasks.windows import check_stride

if TYPE_CHECKING:
    from tasks.tagging_predictions import TaggingPredictions


@dataclasses.dataclass(frozen=True)
class NerInputs(RunInputs):
    """Inputs of a tagger's run."""

    task: TaggingTask

    def settings(self) -> TaggerSettings:
        """Returns what the trained tagger needs to read text."""
        limits = self.task.options.limits
        stride = limits.doc_stride
        if self.task.options.refuses_long:
            # No sentence was long in training; a text's may be.
            stride = check_stride(None, max_seq_length=limits.max_seq_length)
        return TaggerSettings(
            **model_inputs.common_settings(
                self.fv, self.tokenizer, vocabulary_name(self.vocabulary)
            ),
            doc_stride=stride,
            repairs_tags=self.task.options.repairs_tags,
            uses_crf=self.task.options.uses_crf,
        )

    def prepare_folder(self, folder: str) -> None:
        """Writes labels, config, settings and vocabulary of a training."""
        if not self.fv.do_train:
            return
        if not files.exists(files.join(folder, "checkpoint")):
            files.remove(files.join(folder, LABEL_FILE))
        self.task.save_labels(folder)
        write_idx2tag(self.task.label_map, folder)
        model.write_config(folder, self.model)
        self.settings().save(folder, vocabulary=self.vocabulary)

    def write_reports(
        self,
        folder: str,
        predicted: Mapping[str, TaggingPredictions],
        *,
        step: int,
    ) -> None:
        """Writes tables and pictures of the raw tags."""
        ner_reports.write_reports(
            folder, predicted, step=step, model_name=model_name(self)
        )

    def facts(self) -> dict[str, object]:
        """Returns the label scheme, the head, and what was seen before."""
        return {
            "label_scheme": self.task.label_map.scheme,
            "use_crf": self.task.uses_crf,
            "rows_seen": rows_seen(
                {
                    name: [example.words for example in split.examples]
                    for name, split in self.splits.items()
                }
            ),
        }

    def loss_options(self) -> dict[str, Any]:
        """Returns the labels' weights and the windows: rows of training."""
        return {
            "class_weights": self.fv.class_weights,
            "doc_stride": self.task.options.limits.doc_stride,
        }

    def input_options(self) -> dict[str, Any]:
        """Returns what decides how text becomes input."""
        return {
            "label_scheme": self.task.label_map.scheme,
            **super().input_options(),
            "use_crf": self.task.uses_crf,
        }


def read(fv: flags.FlagValues, *, label_folder: str) -> NerInputs:
    """Reads all that the flags name.

    Args:
      fv: parsed flags.
      label_folder: where a trained model's label_map.json would be.

    Raises:
      InputError: something cannot be used.
    """
    corpus = task.read_tagging(fv)
    model_flags, pieces = read_model(fv, label_folder)
    train_split = ner_splits.train_split(fv, corpus)
    train = None
    if fv.do_train:
        train = read_split(corpus, fv.data_dir, train_split)
        labels = labels_from_train(train[0], scheme=fv.label_scheme)
    else:
        labels = ner_labels.labels_of_model(
            fv, model_inputs.model_folders(fv, label_folder)
        )
    tagger = TaggingTask(
        corpus,
        fv.data_dir,
        tokenizer=pieces,
        label_map=labels,
        options=read_options(fv, labels, train[0] if train else []),
    )
    splits = {}
    if train is not None:
        splits["train"] = tagger.featurize(train_split, *train)
        model_inputs.check_length(fv, splits["train"])
    if fv.do_eval or (fv.do_train and dev_chooses(fv)):
        splits["dev"] = tagger.read("dev")
    if fv.do_predict:
        splits["test"] = tagger.read("test")
    ner_splits.warn_of_overlap(splits)
    if fv.log_examples:
        for split in splits.values():
            ner_splits.log_examples(split, pieces, labels)
    return NerInputs(fv, model_flags, pieces, tagger, splits)


def read_model(
    fv: flags.FlagValues, label_folder: str
) -> tuple[model.ModelFlags, Tokenizer]:
    """Reads config and vocabulary, and checks the flags about training."""
    return model_inputs.read_model(
        fv,
        label_folder,
        settings=TaggerSettings,
        values_of=functools.partial(tagging.values_of_model, fv),
    )


def read_options(
    fv: flags.FlagValues,
    labels: LabelMap,
    train: Sequence[TaggedSentence],
) -> TaggingOptions:
    """Returns how sentences are treated; `train` gives balanced weights."""
    options = tagging.read(fv, scheme=labels.scheme)
    if fv.class_weights == "none" or not train:
        return options
    counts = dict.fromkeys(labels.labels, 0)
    for sentence in train:
        for tag in normalize_tags(sentence.tags, labels.scheme):
            counts[tag] += 1
    weights = class_weights(
        fv.class_weights, labels.labels, list(counts.values())
    )
    return dataclasses.replace(options, class_weights=weights)

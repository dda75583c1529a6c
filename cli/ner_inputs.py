"""What run_ner.py works on: model files, tokenizer, corpus, labels.

Everything that can be wrong with flags and files is found here, before
TensorFlow is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from absl import flags, logging

from cli import (
    model,
    ner_labels,
    ner_reports,
    ner_splits,
    optimization,
    run,
    small_sets,
    tagging,
    task,
    tokenizer,
    tpu,
)
from cli.once import model_name
from cli.run_inputs import RunInputs, dev_chooses
from foundation import files
from foundation.errors import InputError
from preprocessing.tokenization import Tokenizer
from tasks import tagger_settings
from tasks.class_weights import class_weights
from tasks.corpus import read_split
from tasks.idx2tag import write_idx2tag
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.labels import LabelMap, labels_from_train
from tasks.readers import TaggedSentence
from tasks.tag_schemes import normalize_tags
from tasks.tagger_settings import TaggerSettings, vocabulary_name
from tasks.tagging import TaggingOptions, TaggingTask
from tasks.task import Split
from tasks.windows import check_stride
from training.options import num_updates

if TYPE_CHECKING:
    from tasks.tagging_predictions import TaggingPredictions


@dataclasses.dataclass(frozen=True)
class NerInputs(RunInputs):
    """Inputs of a tagger's run."""

    task: TaggingTask

    @property
    def vocabulary(self) -> str:
        """Returns the path of the vocabulary or SentencePiece model."""
        return tokenizer.vocabulary_path(
            tokenizer.read(self.fv), family=self.model.config.family
        )

    def settings(self) -> TaggerSettings:
        """Returns what the trained tagger needs to read text."""
        options = tokenizer.read(self.fv)
        limits = self.task.options.limits
        stride = limits.doc_stride
        if self.task.options.refuses_long:
            # No sentence was long in training; a text's may be.
            stride = check_stride(None, max_seq_length=limits.max_seq_length)
        return TaggerSettings(
            vocabulary=vocabulary_name(self.vocabulary),
            lower_case=self.tokenizer.lower_case,
            strip_accents=options.strip_accents,
            control_characters=options.control_characters,
            max_seq_length=limits.max_seq_length,
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
        """Returns the label scheme, and whether there is a CRF."""
        return {
            "label_scheme": self.task.label_map.scheme,
            "use_crf": self.task.uses_crf,
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
        labels = ner_labels.labels_of_model(fv, model_folders(fv, label_folder))
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
        check_length(fv, splits["train"])
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
    """Reads config and vocabulary, and checks the flags about training.

    Flags that are not set are what a trained model was trained with.
    """
    run.check(fv)
    optimization.check(fv)
    tpu.refuse_tpu(fv)
    run.prepare_output_dir(fv.output_dir, overwrite=False)  # not yet
    if not fv.do_train:
        _take_from_model(fv, model_folders(fv, label_folder))
    model_flags = model.read(fv)
    small_sets.check(fv, model_flags.config)
    return model_flags, _tokenizer(fv, model_flags)


def model_folders(fv: flags.FlagValues, label_folder: str) -> list[str]:
    """Lists the folders that may hold a trained model, the likeliest first."""
    folders = [label_folder]
    if fv.init_checkpoint:
        folders.append(model.folder_of_checkpoint(fv.init_checkpoint))
    return folders


def _take_from_model(fv: flags.FlagValues, folders: Sequence[str]) -> None:
    found = [f for f in folders if tagger_settings.has_settings(f)]
    if not found:
        return
    settings = tagger_settings.load_settings(found[0])
    tagging.take_from_model(fv, settings)
    if not fv.vocab_file and not fv.spm_model_file:
        fv.vocab_file = files.join(found[0], settings.vocabulary)
        logging.info("Vocabulary: %s", fv.vocab_file)


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


def check_length(fv: flags.FlagValues, train: Split) -> None:
    """Raises InputError where there is not one update to make."""
    num_updates(
        train.table.num_groups,
        optimization.read_batches(fv, pad_to_max=False),
        optimization.read_schedule(fv),
    )


def _tokenizer(
    fv: flags.FlagValues, model_flags: model.ModelFlags
) -> Tokenizer:
    config = model_flags.config
    if fv.max_seq_length > config.max_position_embeddings:
        raise InputError(
            "--max_seq_length is beyond the model's positions",
            got=fv.max_seq_length,
            expected=f"at most {config.max_position_embeddings}, "
            "max_position_embeddings of the config",
            next_step=f"set --max_seq_length={config.max_position_embeddings} "
            "or less",
        )
    if not fv.vocab_file and not fv.spm_model_file and fv.init_checkpoint:
        fv.vocab_file = model.vocabulary_beside(fv.init_checkpoint)
    pieces = tokenizer.load_tokenizer(tokenizer.read(fv), family=config.family)
    if pieces.vocab_size != config.vocab_size:
        raise InputError(
            "vocabulary and config do not belong together",
            got=f"{pieces.vocab_size} pieces in the vocabulary",
            expected=f"{config.vocab_size}, vocab_size of the config",
            next_step="look at --vocab_file (or --spm_model_file) and "
            "--bert_config_file",
        )
    return pieces

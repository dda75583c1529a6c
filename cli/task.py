"""Which corpus, and how its files are read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import flags, logging

from foundation.errors import InputError
from tasks.catalog import corpus_names, find_corpus
from tasks.corpus import TaggingCorpus
from tasks.corpus_views import only_types
from tasks.folds import check_cross_val_sz
from tasks.tag_schemes import LABEL_SCHEMES


def define(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    flags.DEFINE_string(
        "task_name",
        defaults.get("task_name"),
        f"The corpus: {', '.join(corpus_names())}. ner takes any files of "
        "words and tags. The originals' ncbi and clefe are known too.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "data_dir",
        None,
        "Folder of the corpus: train.tsv or train_dev.tsv, devel.tsv or "
        "dev.tsv, test.tsv.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "max_seq_length",
        128,
        "Pieces of the longest row, [CLS] and [SEP] included.",
        lower_bound=3,
        flag_values=fv,
    )


def define_tagging(fv: flags.FlagValues) -> None:
    """Declares the flags of tagging corpora."""
    flags.DEFINE_enum(
        "label_scheme",
        "word",
        list(LABEL_SCHEMES),
        "word: first pieces carry the label, mean loss. biobert: the "
        "published script's classes for pieces, [CLS], [SEP] and padding, "
        "summed loss.",
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "train_split",
        "auto",
        ["auto", "train", "train_dev"],
        "Train on train alone, or on train and dev, as the BioBERT paper. "
        "auto: train_dev.tsv where there is one and dev does not choose the "
        "checkpoint.",
        flag_values=fv,
    )
    _define_folds(fv)
    _define_types(fv)
    _define_columns(fv)
    flags.DEFINE_boolean(
        "do_prepare",
        False,
        "Does nothing: BlueBERT's README passes it, and its script never had "
        "it.",
        flag_values=fv,
    )


def _define_folds(fv: flags.FlagValues) -> None:
    flags.DEFINE_integer(
        "cross_val_sz",
        0,
        "Cut train and dev into so many parts less one, add test, and train "
        "and score a model for each part, as clinicalBERT (10) does; 0 = no.",
        lower_bound=0,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "fold",
        None,
        "Train and score this fold of --cross_val_sz alone; clinicalBERT's "
        "paper has fold 9 of 10, which is tested on the official test data.",
        lower_bound=0,
        flag_values=fv,
    )


def _define_types(fv: flags.FlagValues) -> None:
    # A string, not a list of absl's: run.flags holds it as it was given.
    flags.DEFINE_string(
        "entity_types",
        None,
        "Types to learn and score, with commas between; the others become "
        "O. Not given: all that the corpus keeps.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "one_tagger_per_type",
        False,
        "Train and score one tagger for each entity type, as BioBERTpt, in "
        "folders of their own.",
        flag_values=fv,
    )


def _define_columns(fv: flags.FlagValues) -> None:
    flags.DEFINE_enum(
        "separator",
        "auto",
        ["auto", "tab", "space", "comma"],
        "Between the columns of the data files.",
        flag_values=fv,
    )
    for name, text in (
        ("word_column", "the word"),
        ("tag_column", "the tag"),
    ):
        flags.DEFINE_integer(
            name,
            None,
            f"Index of the column of {text}, from 0; negative from the end. "
            "Not given: the corpus's own.",
            flag_values=fv,
        )


def read_tagging(fv: flags.FlagValues) -> TaggingCorpus:
    """Returns the corpus that the flags name.

    Raises:
      InputError: an unknown task or entity type, no data folder, or flags
        that do not go together.
    """
    corpus = find_corpus(fv.task_name)
    if not fv.data_dir:
        raise InputError(
            "no data folder",
            got="no --data_dir",
            expected="the folder of the corpus files",
            next_step="add --data_dir=...",
        )
    if fv.do_prepare:
        logging.warning(
            "--do_prepare does nothing: the files in --data_dir are read as "
            "they are."
        )
    _check_folds(fv)
    changes: dict[str, Any] = {}
    if fv.separator != "auto":
        changes["separator"] = fv.separator
    for name in ("word_column", "tag_column"):
        if fv[name].value is not None:
            changes[name] = fv[name].value
    corpus = dataclasses.replace(corpus, **changes)
    if fv.entity_types is None:
        return corpus
    return only_types(
        corpus, [kind.strip() for kind in fv.entity_types.split(",")]
    )


def _check_folds(fv: flags.FlagValues) -> None:
    if fv.fold is not None and fv.fold >= fv.cross_val_sz:
        raise InputError(
            "--fold names none of the folds",
            got=f"--fold={fv.fold} with --cross_val_sz={fv.cross_val_sz}",
            expected="a number below --cross_val_sz",
            next_step="use --cross_val_sz=10 --fold=9 for clinicalBERT's, or "
            "leave --fold out",
        )
    if not fv.cross_val_sz:
        return
    check_cross_val_sz(fv.cross_val_sz)
    if fv["train_split"].present and fv.train_split == "train":
        raise InputError(
            "cross-validation trains on dev too",
            got=f"--train_split=train with --cross_val_sz={fv.cross_val_sz}",
            expected="one of the two",
            next_step="leave --train_split out, or --cross_val_sz",
        )

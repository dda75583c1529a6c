"""Which corpus, and how its files are read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import flags

from foundation.errors import InputError
from tasks.catalog import corpus_names, find_corpus
from tasks.corpus import TaggingCorpus
from tasks.tag_schemes import LABEL_SCHEMES


def define(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    flags.DEFINE_string(
        "task_name",
        defaults.get("task_name"),
        f"The corpus: {', '.join(corpus_names())}. ner takes any files of "
        "words and tags.",
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
      InputError: an unknown task, or no data folder.
    """
    corpus = find_corpus(fv.task_name)
    if not fv.data_dir:
        raise InputError(
            "no data folder",
            got="no --data_dir",
            expected="the folder of the corpus files",
            next_step="add --data_dir=...",
        )
    changes: dict[str, Any] = {}
    if fv.separator != "auto":
        changes["separator"] = fv.separator
    for name in ("word_column", "tag_column"):
        if fv[name].value is not None:
            changes[name] = fv[name].value
    return dataclasses.replace(corpus, **changes)

"""Which corpus of labelled texts, and how its texts become rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import flags

from foundation.errors import InputError
from tasks import text_scores
from tasks.catalog import corpus_names, find_text_corpus
from tasks.tables import column_of
from tasks.text_corpus import KINDS, Layout, TextCorpus
from tasks.text_readers import RACE_LEVELS

_COLUMNS = {
    "text_col": ("text_a", "the text"),
    "text_b_col": ("text_b", "the second text"),
    "label_col": ("label", "the label or score"),
    "id_col": ("example_id", "the row's id"),
}


def define(
    fv: flags.FlagValues, *, defaults: Mapping[str, Any], script: str
) -> None:
    """Declares the flags.

    Args:
      fv: receives the flags.
      defaults: the script's, by flag name.
      script: "classifier" or "relation".
    """
    generic = "text" if script == "classifier" else "relation"
    flags.DEFINE_string(
        "task_name",
        defaults.get("task_name"),
        f"The corpus: {', '.join(corpus_names(script))}. {generic} takes any "
        "files; its columns are recognised or named.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "data_dir",
        None,
        "Folder of the corpus's files, under the names that the originals "
        "gave them, or train.tsv, dev.tsv, test.tsv (.csv, .jsonl).",
        flag_values=fv,
    )
    _define_columns(fv)
    for level in RACE_LEVELS:
        flags.DEFINE_boolean(
            f"{level}_only",
            False,
            f"RACE: {level} school's texts alone.",
            flag_values=fv,
        )
    flags.DEFINE_string(
        "predict_file",
        None,
        "Texts to predict with a trained model: .txt (one a line; a pair with "
        "a tab between), .tsv, .csv or .jsonl. Needs no labels and no "
        "--data_dir; turns training off.",
        flag_values=fv,
    )


def _define_columns(fv: flags.FlagValues) -> None:
    for name, (_, text) in _COLUMNS.items():
        flags.DEFINE_string(
            name,
            None,
            f"Column of {text}: its name, or its index from 0, negative from "
            "the end. Not given: the corpus's own.",
            flag_values=fv,
        )
    flags.DEFINE_enum(
        "header",
        "auto",
        ["auto", "yes", "no"],
        "Whether the first line of each table names the columns. auto: as the "
        "corpus's files have it, or where it has usual names.",
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "label_kind",
        None,
        [kind for kind in KINDS if kind != "choice"],
        "classes: one label a row. labels: any number of them, with commas "
        "between. score: a number. Not given: the corpus's own.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "labels",
        None,
        "The labels in the order of their ids, with commas between. Not "
        "given: the corpus's own, or those of the training data, sorted.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "metric",
        None,
        "The score that chooses the best checkpoint: accuracy, micro_f1, "
        "macro_f1, f1, matthews, pearson, spearman, example_f1, ... Not given: "
        "the corpus's own.",
        flag_values=fv,
    )


def read_corpus(fv: flags.FlagValues, script: str) -> TextCorpus:
    """Returns the corpus that the flags name, with what they change.

    Raises:
      InputError: an unknown task, or flags that do not go together.
    """
    if not fv.task_name:
        raise InputError(
            "no corpus",
            got="no --task_name",
            expected=f"one of {', '.join(corpus_names(script))}",
            next_step="add --task_name=...",
        )
    corpus = find_text_corpus(fv.task_name, script)
    corpus = _with_level(fv, _with_labels(fv, _with_columns(fv, corpus)))
    epochs = fv["num_train_epochs"]  # run.flags has the default too
    if fv.train_step is not None and epochs.value != epochs.default:
        raise InputError(
            "two ways of saying how long to train",
            got=f"--train_step={fv.train_step} and --num_train_epochs="
            f"{fv.num_train_epochs}",
            expected="one of them",
            next_step="leave one out",
        )
    return corpus


def check_data_dir(fv: flags.FlagValues) -> None:
    """Raises InputError where the corpus has no folder."""
    if not fv.data_dir:
        raise InputError(
            "no data folder",
            got="no --data_dir",
            expected="the folder of the corpus files",
            next_step="add --data_dir=...",
        )


def _with_columns(fv: flags.FlagValues, corpus: TextCorpus) -> TextCorpus:
    changes: dict[str, Any] = {
        attribute: (column_of(fv[name].value),)
        for name, (attribute, _) in _COLUMNS.items()
        if fv[name].value is not None
    }
    if "text_b" in changes:
        changes["may_be_single"] = False
    if fv.header != "auto":
        changes["has_header"] = fv.header == "yes"
    return _with_layouts(corpus, **changes) if changes else corpus


def _with_layouts(corpus: TextCorpus, **changes: Any) -> TextCorpus:
    """Returns the corpus with every layout changed."""

    def changed(layouts: tuple[Layout, ...]) -> tuple[Layout, ...]:
        return tuple(
            dataclasses.replace(layout, **changes) for layout in layouts
        )

    return dataclasses.replace(
        corpus,
        train=changed(corpus.train),
        dev=changed(corpus.dev),
        test=changed(corpus.test),
    )


def _with_level(fv: flags.FlagValues, corpus: TextCorpus) -> TextCorpus:
    """Returns the corpus with one of RACE's two levels, if that is asked."""
    asked = [level for level in RACE_LEVELS if fv[f"{level}_only"].value]
    if not asked:
        return corpus
    if corpus.name != "race" or len(asked) > 1:
        raise InputError(
            "--high_only and --middle_only are for RACE, one of them",
            got=" ".join(f"--{level}_only" for level in asked)
            + f" with --task_name={corpus.name}",
            expected="--task_name=race and one level",
            next_step="leave them out",
        )
    return _with_layouts(corpus, reader=f"race:{asked[0]}")


def _with_labels(fv: flags.FlagValues, corpus: TextCorpus) -> TextCorpus:
    changes: dict[str, Any] = {}
    kind = fv.label_kind or corpus.kind
    if kind != corpus.kind:
        if corpus.kind == "choice":
            raise InputError(
                "a choice of texts has labels of its own kind",
                got=f"--label_kind={kind} with --task_name={corpus.name}",
                expected="the corpus's own kind",
                next_step="leave --label_kind out",
            )
        changes = {"kind": kind, "headline": _HEADLINES[kind]}
    if fv.labels:
        names = [name.strip() for name in fv.labels.split(",")]
        changes |= {"labels": tuple(names), "spellings": {}}
        if corpus.positive not in names:
            changes["positive"] = None
    if fv.metric:
        changes["headline"] = fv.metric
    corpus = dataclasses.replace(corpus, **changes)
    if corpus.headline not in text_scores.headlines(corpus):
        raise InputError(
            "--metric is no score of this corpus",
            got=f"--metric={corpus.headline}",
            expected=f"one of {', '.join(text_scores.headlines(corpus))}",
            next_step="correct --metric, or leave it out",
        )
    return corpus


_HEADLINES = {"classes": "accuracy", "labels": "micro_f1", "score": "pearson"}

"""Layouts that many corpora share, and corpora made of them.

Relation corpora of BioBERT and BlueBERT, similarity corpora of BlueBERT, and
GLUE's tables: a corpus file says what is its own, the rest is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tasks.text_corpus import Layout, TextCorpus

# BioBERT: "sentence, label" without header, test with "index, sentence,
# label"; BlueBERT: the latter in all files. So the last two columns, or, of a
# file without labels, the only one.
SENTENCES = Layout(
    files=(),
    text_a=("sentence", "text", -2, 0),
    label=("label", -1),
    example_id=("index", "id"),
)
PAIRS = Layout(
    files=(),
    text_a=("sentence1", -3),
    text_b=("sentence2", -2),
    label=("score", "similarity", "label", -1),
    example_id=("index", "id", 0),
    has_header=True,
)
_DEV = ("dev.tsv", "devel.tsv")


def any_files(rows: Layout, *stems: str) -> tuple[Layout, ...]:
    """Returns the layouts of a split in TSV, CSV or JSON lines.

    Args:
      rows: their columns.
      stems: names of the split's files, without ending.
    """
    tables = [f"{stem}.{ending}" for ending in ("tsv", "csv") for stem in stems]
    lines = tuple(f"{stem}.jsonl" for stem in stems)
    return rows.at(*tables), replace(rows, files=lines, reader="jsonl")


def relation_corpus(
    name: str,
    description: str,
    *,
    labels: tuple[str, ...],
    headline: str = "micro_f1",
    negative: str | None = None,
    positive: str | None = None,
    spellings: Mapping[str, str] | None = None,
) -> TextCorpus:
    """Returns a corpus of sentences in which two entities are marked.

    Args:
      name: as of TextCorpus, like all the others.
      description: one line.
      labels: in the order of their ids.
      headline: the metric that papers report.
      negative: the label of no relation.
      positive: of two labels, the one that is scored.
      spellings: other spellings of labels.
    """
    return TextCorpus(
        name=name,
        description=description,
        script="relation",
        train=(SENTENCES.at("train.tsv"),),
        dev=(SENTENCES.at(*_DEV),),
        test=(SENTENCES.at("test.tsv"),),
        labels=labels,
        headline=headline,
        negative=negative,
        positive=positive,
        spellings=spellings or {},
    )


def binary_relation_corpus(name: str, description: str) -> TextCorpus:
    """Returns a corpus with labels 0 and 1, scored by the F1 of 1."""
    return relation_corpus(
        name, description, labels=("0", "1"), positive="1", headline="f1"
    )


def similarity_corpus(
    name: str, description: str, *, score_range: tuple[float, float]
) -> TextCorpus:
    """Returns pairs of sentences with a score, as run_bluebert_sts.py."""
    return TextCorpus(
        name=name,
        description=description,
        kind="score",
        train=(PAIRS.at("train.tsv"),),
        dev=(PAIRS.at(*_DEV),),
        test=(PAIRS.at("test.tsv"),),
        score_range=score_range,
        headline="pearson",
    )


def glue_corpus(
    folder: str,
    description: str,
    *,
    rows: Layout,
    test_rows: Layout | None = None,
    labels: tuple[str, ...] = ("0", "1"),
    positive: str | None = None,
) -> TextCorpus:
    """Returns one of GLUE's corpora: train.tsv, dev.tsv, test.tsv.

    Args:
      folder: GLUE's name of it, a folder that may be in --data_dir; in lower
        case, with "_" for "-", the corpus's name.
      description: one line.
      rows: of train and dev.
      test_rows: of test; None = as `rows`, with a header and no labels.
      labels: in the order of their ids.
      positive: the label that F1 is of.
    """
    test_rows = test_rows or replace(rows, label=())
    return TextCorpus(
        name=folder.lower().replace("-", "_"),
        description=description,
        folder=folder,
        train=(rows.at("train.tsv"),),
        dev=(rows.at("dev.tsv"),),
        test=(test_rows.at("test.tsv"),),
        labels=labels,
        positive=positive,
    )

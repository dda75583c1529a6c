"""What a corpus of labelled texts is: files, columns and labels, as data.

A corpus file in `tasks/corpora/` is one `TASK = TextCorpus(...)`: texts, or
pairs of texts, with a class, several classes, or a score. Projects lay the
same corpus out differently (originals.md 9.5, H3), so a split has several
layouts, and a column several names; the first that is there is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from foundation import files
from foundation.errors import InputError
from tasks.data_folder import listed, names_in
from tasks.tables import Column

SPLITS = ("train", "dev", "test")
KINDS = ("classes", "labels", "score", "choice")


@dataclass(frozen=True)
class Layout:
    """How one kind of file holds a split.

    Attributes:
      files: names it may have, in order.
      text_a: candidates of the first text's column: names, for files with a
        header (or keys of JSON), and an index, for others and for headers
        that have none of the names.
      text_b: of the second text; none = texts are single.
      may_be_single: texts are single where a file has none of `text_b`.
      label: of the label; none = the split has none.
      example_id: of the row's id; none = rows are counted from 0.
      has_header: None recognises it.
      only: rows are taken where a column has a value: XNLI's language.
      skips_short: rows that are too short are counted and left out (QQP).
      choices: columns of the texts to choose from, for "choice".
      reader: of `tasks.text_readers`: "table", "jsonl", or one for files of
        a form of their own.
    """

    files: tuple[str, ...]
    text_a: tuple[Column, ...] = ()
    text_b: tuple[Column, ...] = ()
    may_be_single: bool = False
    label: tuple[Column, ...] = ()
    example_id: tuple[Column, ...] = ()
    has_header: bool | None = None
    only: tuple[Column, str] | None = None
    skips_short: bool = False
    choices: tuple[Column, ...] = ()
    reader: str = "table"

    def at(self, *names: str) -> Layout:
        """Returns the same layout of other files."""
        return replace(self, files=names)


@dataclass(frozen=True)
class TextCorpus:
    """A corpus of texts with labels or scores.

    Attributes:
      name: as in --task_name, lower case; the name of its file.
      description: one line for --help and logs.
      train: layouts, in order; the same for the other splits.
      dev: development data.
      test: test data; its labels may be missing.
      script: "classifier" or "relation": which script it is for.
      kind: "classes" (one of the labels), "labels" (any number of them),
        "score" (a number), "choice" (one of several texts).
      labels: in the order of their ids; None takes those of train, sorted.
      spellings: other spellings of labels, in lower case.
      skipped: labels of rows without a decision (SNLI's "-"): counted, left
        out.
      negative: the label of no relation: not a class of micro and macro F1.
      positive: the label that binary precision, recall and F1 are of.
      headline: the metric that papers report for it.
      score_range: lowest and highest score, for "score".
      folder: where the files may be in --data_dir (GLUE's folders).
      document_separator: what ends the document's id in a row's id; rows of a
        document are scored together too (HoC).
      joins_documents: whether the rows of a document are one text.
    """

    name: str
    description: str
    train: tuple[Layout, ...]
    dev: tuple[Layout, ...]
    test: tuple[Layout, ...]
    script: str = "classifier"
    kind: str = "classes"
    labels: tuple[str, ...] | None = None
    spellings: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    negative: str | None = None
    positive: str | None = None
    headline: str = "accuracy"
    score_range: tuple[float, float] | None = None
    folder: str | None = None
    document_separator: str | None = None
    joins_documents: bool = False

    def layouts(self, split: str) -> tuple[Layout, ...]:
        """Returns the layouts of a split, in order."""
        if split not in SPLITS:
            raise ValueError(f"split: got {split!r}, expected one of {SPLITS}")
        found: tuple[Layout, ...] = getattr(self, split)
        return found


def find_file(
    corpus: TextCorpus, data_dir: str, split: str
) -> tuple[str, Layout]:
    """Returns the path of a split's file, and what it holds.

    Raises:
      InputError: no such folder, or none of the names in it.
    """
    folders = [data_dir]
    if corpus.folder:
        folders.append(files.join(data_dir, corpus.folder))
    present = names_in(data_dir)
    for folder in folders:
        for layout in corpus.layouts(split):
            for name in layout.files:
                path = files.join(folder, name)
                if files.exists(path):
                    return path, layout
    wanted = [name for lay in corpus.layouts(split) for name in lay.files]
    flag = {"dev": "--do_eval=false", "test": "--do_predict=false"}.get(split)
    raise InputError(
        f"no {split} file for task {corpus.name}",
        got=f"a folder with {listed(present)}" if present else "no files",
        expected=f"one of {listed(list(dict.fromkeys(wanted)))}",
        next_step="check --data_dir, rename the file"
        + (f", or pass {flag}" if flag else ""),
        path=data_dir,
    )

"""What a tagging corpus is: file names, columns and types, as data.

A corpus file in `tasks/corpora/` is one `TASK = TaggingCorpus(...)`. People's
folders name the same split differently (originals.md 9.4, N9), so each split
has candidates; the first that is there is taken.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from foundation import files
from foundation.errors import InputError
from tasks.data_folder import listed, names_in
from tasks.entity_types import (
    UNTYPED,
    check_asked_types,
    check_types,
    keep_types,
)
from tasks.readers import TaggedSentence, read_tagged_sentences
from tasks.tag_schemes import check_tags, summarize_scheme, types_of

SPLITS = ("train", "train_dev", "dev", "test")
_ENDINGS = ("tsv", "conll", "txt", "iob2", "iob", "bio", "csv")

_log = logging.getLogger(__name__)


def file_names(*stems: str) -> tuple[str, ...]:
    """Returns the candidates made of stems and the usual endings."""
    return tuple(f"{stem}.{ending}" for ending in _ENDINGS for stem in stems)


@dataclass(frozen=True)
class TaggingCorpus:
    """A named-entity corpus.

    Attributes:
      name: as in --task_name, lower case; the name of its file.
      description: one line for --help and logs.
      train_files: candidates, in order; the same for the other splits.
      train_dev_files: train and development data in one file.
      dev_files: development data.
      test_files: test data.
      word_column: index of the word.
      tag_column: index of the tag.
      separator: "tab", "space", "comma"; None recognises it.
      expected_types: what typed tags may name; None takes what is there. Tags
        without type are accepted, with a line in the log.
      takes_other_types: those not expected are read too, with a line in the
        log: for a corpus whose files everybody makes for themselves.
      keep_types: types that stay; others become O. None keeps all.
      asked_types: of those, the ones that --entity_types names; the training
        data must have them. None asks for all.
      headline: the metric that papers report for it.
    """

    name: str
    description: str
    train_files: tuple[str, ...] = file_names("train")
    train_dev_files: tuple[str, ...] = file_names("train_dev", "train_devel")
    dev_files: tuple[str, ...] = file_names(
        "devel", "dev", "valid", "validation", "val"
    )
    test_files: tuple[str, ...] = file_names("test")
    word_column: int = 0
    tag_column: int = -1
    separator: str | None = None
    expected_types: tuple[str, ...] | None = None
    takes_other_types: bool = False
    keep_types: tuple[str, ...] | None = None
    asked_types: tuple[str, ...] | None = None
    headline: str = "entity_f1"

    script: ClassVar[str] = "tagging"

    def candidates(self, split: str) -> tuple[str, ...]:
        """Returns the file names of a split, in order."""
        if split not in SPLITS:
            raise ValueError(f"split: got {split!r}, expected one of {SPLITS}")
        names: tuple[str, ...] = getattr(self, f"{split}_files")
        return names

    @property
    def kept_types(self) -> tuple[str, ...] | None:
        """The types that are not made O; None: all."""
        return self.asked_types or self.keep_types


@dataclass(frozen=True)
class SplitFile:
    """A file that was read, for the log and the result file."""

    path: str
    sha256: str
    num_sentences: int
    num_words: int
    num_entities: int


def find_split(corpus: TaggingCorpus, data_dir: str, split: str) -> str:
    """Returns the path of a split's file.

    Raises:
      InputError: no such folder, or none of the names in it.
    """
    present = names_in(data_dir)
    wanted = corpus.candidates(split)
    found = [name for name in wanted if name in present]
    if len(found) > 1:
        _log.warning(
            "%s holds %s; %s is read", data_dir, " and ".join(found), found[0]
        )
    if found:
        return files.join(data_dir, found[0])
    raise InputError(
        f"no {split} file for task {corpus.name}",
        got=f"a folder with {listed(present)}" if present else "no files",
        expected=f"one of {listed(wanted)}",
        next_step="check --data_dir, rename the file" + _instead(split),
        path=data_dir,
    )


def _instead(split: str) -> str:
    """Says which part of a run does without the split."""
    flag = {"dev": "--do_eval=false", "test": "--do_predict=false"}.get(split)
    return f", or pass {flag}" if flag else ""


def has_split(corpus: TaggingCorpus, data_dir: str, split: str) -> bool:
    """Returns whether a split's file, or the parts of train_dev, are there."""
    present = names_in(data_dir)
    if any(name in present for name in corpus.candidates(split)):
        return True
    return split == "train_dev" and all(
        any(name in present for name in corpus.candidates(part))
        for part in ("train", "dev")
    )


def read_split(
    corpus: TaggingCorpus, data_dir: str, split: str
) -> tuple[list[TaggedSentence], list[SplitFile]]:
    """Reads a split; train_dev without a file is train, then dev.

    Returns:
      The sentences, with tags as in the file (types that are not kept made
      O), and the files they came from.

    Raises:
      InputError: a file is missing or unusable, or has types of another
        corpus, or lacks those that are asked for.
    """
    parts = [split]
    if split == "train_dev" and not any(
        name in names_in(data_dir) for name in corpus.train_dev_files
    ):
        _log.info("%s: no train_dev file; train and dev are joined", data_dir)
        parts = ["train", "dev"]
    sentences: list[TaggedSentence] = []
    used: list[SplitFile] = []
    types: set[str] = set()
    for part in parts:
        path = find_split(corpus, data_dir, part)
        of_file, found = _read_file(corpus, path)
        sentences += of_file
        types.update(found)
        used.append(_describe(of_file, path))
    if corpus.asked_types:
        check_asked_types(
            corpus.asked_types, sorted(types), data_dir=data_dir, split=split
        )
    return sentences, used


def _read_file(
    corpus: TaggingCorpus, path: str
) -> tuple[list[TaggedSentence], list[str]]:
    """Reads one file; returns its sentences and all the types it has."""
    sentences = read_tagged_sentences(
        path,
        separator=corpus.separator,
        word_column=corpus.word_column,
        tag_column=corpus.tag_column,
    )
    check_tags(sentences, path)
    types = types_of(tag for s in sentences for tag in s.tags)
    if types == [UNTYPED]:
        _say_untyped(corpus, path)
        return sentences, types
    if corpus.expected_types and corpus.takes_other_types:
        _say_others(corpus, types, path=path)
    elif corpus.expected_types:
        check_types(sentences, corpus.expected_types, path=path)
    if corpus.kept_types:
        sentences = keep_types(sentences, corpus.kept_types)
    return sentences, types


def _say_untyped(corpus: TaggingCorpus, path: str) -> None:
    if not corpus.expected_types:
        return
    several = len(corpus.keep_types or corpus.expected_types) > 1
    _log.log(
        logging.WARNING if several else logging.INFO,
        "%s: tags without type, where the corpus has %s%s",
        path,
        ", ".join(corpus.expected_types),
        ": scores are not comparable with typed ones" if several else "",
    )


def _say_others(
    corpus: TaggingCorpus, types: Sequence[str], *, path: str
) -> None:
    others = sorted(set(types) - set(corpus.expected_types or ()))
    if others:
        _log.warning(
            "%s: types that %s is not known for: %s",
            path,
            corpus.name,
            listed(others),
        )


def _describe(sentences: Sequence[TaggedSentence], path: str) -> SplitFile:
    summary = summarize_scheme(sentence.tags for sentence in sentences)
    described = SplitFile(
        path=path,
        sha256=files.sha256_of(path),
        num_sentences=len(sentences),
        num_words=sum(len(sentence.words) for sentence in sentences),
        num_entities=summary.num_entities,
    )
    _log.info(
        "%s: %d sentences, %d words, %d entities (%s, %s)",
        path,
        described.num_sentences,
        described.num_words,
        described.num_entities,
        summary.scheme,
        "typed" if summary.typed else "without types",
    )
    if summary.num_repaired:
        _log.warning(
            "%s: %d of %d entities do not start with a B; they are read as "
            "conlleval reads them",
            path,
            summary.num_repaired,
            summary.num_entities,
        )
    return described

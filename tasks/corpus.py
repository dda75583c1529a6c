"""What a tagging corpus is: file names, columns and types, as data.

A corpus file in `tasks/corpora/` is one `TASK = TaggingCorpus(...)`. People's
folders name the same split differently (originals.md 9.4, N9), so each split
has candidates; the first that is there is taken.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from foundation import files
from foundation.errors import InputError
from tasks.readers import TaggedSentence, is_tag_shaped, read_tagged_sentences
from tasks.tag_schemes import (
    OUTSIDE,
    check_tags,
    split_tag,
    summarize_scheme,
    types_of,
)

SPLITS = ("train", "train_dev", "dev", "test")
_ENDINGS = ("tsv", "conll", "txt", "iob2", "iob", "bio", "csv")
_SHOWN = 12  # names in a message

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
      keep_types: types that stay; others become O. None keeps all.
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
    keep_types: tuple[str, ...] | None = None
    headline: str = "entity_f1"

    def candidates(self, split: str) -> tuple[str, ...]:
        """Returns the file names of a split, in order."""
        if split not in SPLITS:
            raise ValueError(f"split: got {split!r}, expected one of {SPLITS}")
        names: tuple[str, ...] = getattr(self, f"{split}_files")
        return names


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
    present = _names_in(data_dir)
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
        got=f"a folder with {_listed(present)}" if present else "no files",
        expected=f"one of {_listed(wanted)}",
        next_step="check --data_dir, rename the file" + _instead(split),
        path=data_dir,
    )


def _instead(split: str) -> str:
    """Says which part of a run does without the split."""
    flag = {"dev": "--do_eval=false", "test": "--do_predict=false"}.get(split)
    return f", or pass {flag}" if flag else ""


def _names_in(data_dir: str) -> list[str]:
    if files.is_directory(data_dir):
        return files.list_directory(data_dir)
    is_file = files.exists(data_dir)
    raise InputError(
        "the data folder is a file"
        if is_file
        else "the data folder is missing",
        got="a file" if is_file else "no such folder",
        expected="a folder with the corpus files",
        next_step="check --data_dir",
        path=data_dir,
    )


def _listed(names: Sequence[str]) -> str:
    text = ", ".join(names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{text} and {more} more" if more > 0 else text


def has_split(corpus: TaggingCorpus, data_dir: str, split: str) -> bool:
    """Returns whether a split's file, or the parts of train_dev, are there."""
    present = _names_in(data_dir)
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
      The sentences, with tags as in the file (`keep_types` applied), and the
      files they came from.

    Raises:
      InputError: a file is missing or unusable, or has types of another
        corpus.
    """
    parts = [split]
    if split == "train_dev" and not any(
        name in _names_in(data_dir) for name in corpus.train_dev_files
    ):
        _log.info("%s: no train_dev file; train and dev are joined", data_dir)
        parts = ["train", "dev"]
    sentences: list[TaggedSentence] = []
    used: list[SplitFile] = []
    for part in parts:
        path = find_split(corpus, data_dir, part)
        of_file = read_corpus_file(corpus, path)
        sentences += of_file
        used.append(_describe(of_file, path))
    return sentences, used


def read_corpus_file(corpus: TaggingCorpus, path: str) -> list[TaggedSentence]:
    """Reads one file of a corpus, its tags checked."""
    sentences = read_tagged_sentences(
        path,
        separator=corpus.separator,
        word_column=corpus.word_column,
        tag_column=corpus.tag_column,
    )
    check_tags(sentences, path)
    types = types_of(tag for s in sentences for tag in s.tags)
    if corpus.expected_types and types == [""]:
        several = len(corpus.keep_types or corpus.expected_types) > 1
        _log.log(
            logging.WARNING if several else logging.INFO,
            "%s: tags without type, where the corpus has %s%s",
            path,
            ", ".join(corpus.expected_types),
            ": scores are not comparable with typed ones" if several else "",
        )
        return sentences
    if corpus.expected_types:
        _check_types(sentences, corpus.expected_types, path=path)
    if corpus.keep_types and types != [""]:
        return [_only(sentence, corpus.keep_types) for sentence in sentences]
    return sentences


def _check_types(
    sentences: Iterable[TaggedSentence],
    expected: Sequence[str],
    *,
    path: str,
) -> None:
    for sentence in sentences:
        for offset, tag in enumerate(sentence.tags):
            prefix, kind = split_tag(tag)
            if prefix == OUTSIDE or kind in expected:
                continue
            raise InputError(
                "an entity type of another corpus",
                got=tag if is_tag_shaped(tag) else "no tag",
                expected=f"the types {', '.join(expected)}, or tags without "
                "type throughout",
                next_step="check --data_dir, or use --task_name=ner, which "
                "takes any types",
                path=path,
                line=sentence.line + offset,
            )


def _only(sentence: TaggedSentence, kept: Sequence[str]) -> TaggedSentence:
    tags = tuple(
        tag if split_tag(tag)[1] in kept else OUTSIDE for tag in sentence.tags
    )
    return replace(sentence, tags=tags)


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

"""A folder as a relation corpus is handed out -> the files of each split."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from foundation import files
from foundation.errors import InputError
from preprocessing.relations.brat import read_brat_documents
from preprocessing.relations.chemprot import ChemProtFiles, read_chemprot
from preprocessing.relations.ddi import read_ddi
from preprocessing.relations.document import RelationDocument

CORPORA = ("chemprot", "ddi", "brat")
_BYTES = 8  # of a hash, to draw a number from
# In the name of a file or folder: "chemprot_training", "Test", "devel".
_SPLIT = re.compile(
    r"(?<![a-z])(train|dev|test|sample)(?:ing|elopment|el|set|data)*(?![a-z])"
)
_ABSTRACTS = re.compile(r"(?:(.*)_)?abstra(?:c|ct)s?(_\w+)?\.tsv")  # DrugProt's


@dataclass(frozen=True)
class SplitFiles:
    """What a split is read from.

    Attributes:
      corpus: one of CORPORA.
      found: ChemProtFiles, or paths of XML files, or (id, path without
        ".txt") of brat's.
    """

    corpus: str
    found: Any

    def documents(
        self, *, labels: str, dev_share: float = 0.0, is_dev: bool = False
    ) -> Iterator[RelationDocument]:
        """Yields the documents, one after the other.

        Args:
          labels: ChemProt's, one of `chemprot.LABEL_KINDS`.
          dev_share: the share of the sources that are held out. Which ones is
            a function of their names alone.
          is_dev: whether those are asked for, or the others.
        """
        for document in self._all(labels):
            digest = hashlib.sha256(document.source.encode()).digest()
            drawn = int.from_bytes(digest[:_BYTES], "big") / 256**_BYTES
            if (drawn < dev_share) == is_dev:
                yield document

    def _all(self, labels: str) -> Iterator[RelationDocument]:
        if self.corpus == "chemprot":
            return read_chemprot(self.found, labels=labels)
        if self.corpus == "ddi":
            return read_ddi(self.found)
        return read_brat_documents(self.found)


def find_splits(
    corpus: str, folder: str, *, split: str | None
) -> dict[str, SplitFiles]:
    """Returns what is there of "train", "dev", "test", by name.

    A split is recognised by the names of its files (ChemProt), or by that of
    the outermost folder that tells one (DDI, brat).

    Args:
      corpus: one of CORPORA.
      folder: where the corpus was unpacked.
      split: the only one wanted; None = all. Where no name tells splits, all
        that is there is this one.

    Raises:
      InputError: nothing is there, or nothing says which split it is.
    """
    if not files.exists(folder) or not files.is_directory(folder):
        raise InputError(
            "--input is no folder",
            got="a file" if files.exists(folder) else "nothing there",
            expected="the folder of the corpus's original files",
            next_step="unpack the corpus and give its folder",
            path=folder,
        )
    names = list(_names_in(folder))
    if corpus == "chemprot":
        parts = _chemprot_parts(folder, names)
    else:
        parts = _parts_by_folder(corpus, folder, names)
    return _asked(parts, split, folder=folder)


def _asked(
    parts: dict[str, SplitFiles], split: str | None, *, folder: str
) -> dict[str, SplitFiles]:
    """Returns the splits that are asked for; "" is one without a name."""
    if split in parts:
        return {split: parts[split]}
    if split and len(parts) == 1 and "" in parts:
        return {split: parts[""]}
    if parts and not split and "" not in parts:
        return parts
    has = ", ".join(name or "files of no split" for name in parts)
    raise InputError(
        "the splits are not recognised" if parts else "no corpus is there",
        got=has or "no file of this corpus",
        expected=split or "train, dev, test in the names of files or folders",
        next_step="check --corpus and --input, or name the split of all "
        "files with --split=train",
        path=folder,
    )


def _names_in(folder: str, below: str = "") -> Iterator[str]:
    """Yields the files in a folder and in its folders, with "/" between."""
    here = files.join(folder, *below.split("/")) if below else folder
    for name in files.list_directory(here):
        name = name.rstrip("/")
        path = f"{below}/{name}" if below else name
        if files.is_directory(files.join(folder, *path.split("/"))):
            yield from _names_in(folder, path)
        else:
            yield path


def _split_in(name: str) -> str:
    """Returns the split that a name tells, the last one if several."""
    found = _SPLIT.findall(name.lower())
    return str(found[-1]) if found else ""


def _chemprot_parts(folder: str, names: list[str]) -> dict[str, SplitFiles]:
    parts: dict[str, SplitFiles] = {}
    for name in names:
        place, _, base = name.rpartition("/")
        match = _ABSTRACTS.fullmatch(base)
        if match is None:
            continue
        prefix = f"{match[1]}_" if match[1] else ""
        beside = [n for n in names if n.rpartition("/")[0] == place]
        entities = _one_of(beside, f"{prefix}entities")
        if entities is None:
            raise InputError(
                "abstracts without entities",
                got=f"no {prefix}entities*.tsv beside them",
                expected="three files for each split",
                next_step="unpack the whole corpus",
                path=files.join(folder, *name.split("/")),
            )
        relations = _one_of(beside, f"{prefix}gold_standard")
        full = _one_of(beside, f"{prefix}relations")
        paths = [
            files.join(folder, *found.split("/")) if found else None
            for found in (name, entities, full or relations)
        ]
        split = _split_in(base) or _split_in(place)
        if split in parts:
            raise InputError(
                "one split is there twice",
                got=f"{parts[split].found.abstracts} and {paths[0]}",
                expected="one",
                next_step="give the folder of one of them as --input",
                path=folder,
            )
        source = ChemProtFiles(str(paths[0]), str(paths[1]), paths[2])
        parts[split] = SplitFiles("chemprot", source)
    return parts


def _one_of(names: list[str], prefix: str) -> str | None:
    """Returns the .tsv whose name begins so: test_entities_gs.tsv, too."""
    found = [
        name
        for name in names
        if name.rpartition("/")[2].startswith(prefix) and name.endswith(".tsv")
    ]
    return found[0] if found else None


def _parts_by_folder(
    corpus: str, folder: str, names: list[str]
) -> dict[str, SplitFiles]:
    end = ".xml" if corpus == "ddi" else ".txt"
    wanted = [name for name in names if name.lower().endswith(end)]
    if corpus == "brat":
        _check_pairs(folder, names)
    by_split: dict[str, list[Any]] = {}
    for name in wanted:
        split, rest = _cut_at_split(name)
        path = files.join(folder, *name.split("/"))
        source: Any = path
        if corpus == "brat":
            source = tuple(os.path.splitext(p)[0] for p in (rest, path))
        by_split.setdefault(split, []).append(source)
    return {
        split: SplitFiles(corpus, found) for split, found in by_split.items()
    }


def _cut_at_split(name: str) -> tuple[str, str]:
    """Returns the split that a file's folders tell, and its name in there."""
    *folders, base = name.split("/")
    for n, folder in enumerate(folders, 1):
        if split := _split_in(folder):
            return split, "/".join([*folders[n:], base])
    return "", name


def _check_pairs(folder: str, names: list[str]) -> None:
    """Raises InputError for a text without annotations, or the reverse."""
    stems = {
        end: {name.removesuffix(end) for name in names if name.endswith(end)}
        for end in (".txt", ".ann")
    }
    lonely = sorted(stems[".txt"] ^ stems[".ann"])
    if lonely:
        has_text = lonely[0] in stems[".txt"]
        raise InputError(
            "texts and annotations do not belong together",
            got=f"{len(lonely)} files alone, the first without "
            + (".ann" if has_text else ".txt"),
            expected="a .txt and an .ann of each name",
            next_step="add the missing files (an .ann may be empty)",
            path=files.join(folder, *lonely[0].split("/")),
        )

"""A file or folder of a corpus -> its documents' files, in order of names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from foundation import files
from foundation.errors import InputError

# i2b2 puts texts and concepts of one set in folders beside each other.
_KIND_FOLDERS = frozenset(
    {"txt", "text", "con", "concept", "concepts", "ann", "xml", "extent"}
)


@dataclass(frozen=True)
class Source:
    """One file of annotations.

    Attributes:
      id: its path in the corpus without ending; the document's name where a
        file is one document.
      path: of the file.
      text_path: of the text that it annotates; "" where it holds the text.
    """

    id: str
    path: str
    text_path: str = ""


def find_sources(
    path: str, *, endings: Sequence[str], text_endings: Sequence[str] = ()
) -> list[Source]:
    """Returns what is there, sorted by id.

    Args:
      path: a file, or a folder that is searched with its folders.
      endings: of files of annotations; the longest that fits is cut off.
      text_endings: the same of texts; none = the annotations hold the text.

    Raises:
      InputError: nothing is there, or texts and annotations do not pair.
    """
    if not files.exists(path):
        raise _nothing(path, "nothing there", endings)
    if not files.is_directory(path):
        folder, name = os.path.split(path)
        stem = _stem(name, endings)
        if stem is None:
            # A name of its own is fine where no text belongs to it.
            stem = None if text_endings else os.path.splitext(name)[0]
        if stem is None:
            raise _nothing(path, "a file with another ending", endings)
        beside = files.list_directory(folder or ".") if text_endings else []
        texts = {n: s for n in beside if (s := _stem(n, text_endings)) == stem}
        if text_endings and not texts:
            raise _lonely(path, 1, of_text=False)
        text = files.join(folder, min(texts)) if texts else ""
        return [Source(stem, path, text)]
    names = list(_names_in(path))
    found = {n: s for n in names if (s := _stem(n, endings)) is not None}
    if not found:
        raise _nothing(path, "no such file in the folder", endings)
    if not text_endings:
        sources = [Source(s, _join(path, n)) for n, s in found.items()]
    else:
        texts = {
            n: s
            for n in names
            if n not in found and (s := _stem(n, text_endings)) is not None
        }
        sources = _paired(path, found, texts)
    sources.sort(key=lambda source: source.id)
    return sources


def _paired(
    folder: str, found: dict[str, str], texts: dict[str, str]
) -> list[Source]:
    """Pairs by path without the folders of a kind, else by name alone."""
    by_key: dict[str, list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for name, stem in texts.items():
        by_key.setdefault(_key(stem), []).append(name)
        by_name.setdefault(_base(stem), []).append(name)
    sources, used = [], set()
    for name, stem in found.items():
        near = by_key.get(_key(stem)) or by_name.get(_base(stem)) or []
        if len(near) != 1 or near[0] in used:
            raise _lonely(_join(folder, name), len(near), of_text=False)
        used.add(near[0])
        text = _join(folder, near[0])
        sources.append(Source(_key(stem), _join(folder, name), text))
    for name in sorted(texts):
        if name not in used:
            raise _lonely(_join(folder, name), 0, of_text=True)
    return sources


def _names_in(folder: str, below: str = "") -> list[str]:
    here = _join(folder, below) if below else folder
    found = []
    for name in files.list_directory(here):
        name = name.rstrip("/")
        if name.startswith("."):
            continue
        path = f"{below}/{name}" if below else name
        if files.is_directory(_join(folder, path)):
            found += _names_in(folder, path)
        else:
            found.append(path)
    return found


def _join(folder: str, name: str) -> str:
    return files.join(folder, *name.split("/"))


def _stem(name: str, endings: Sequence[str]) -> str | None:
    for ending in sorted(endings, key=len, reverse=True):
        if name.endswith(ending) and len(_base(name)) > len(ending):
            return name.removesuffix(ending)
    return None


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _key(stem: str) -> str:
    *folders, base = stem.split("/")
    return "/".join([f for f in folders if f not in _KIND_FOLDERS] + [base])


def _nothing(path: str, got: str, endings: Sequence[str]) -> InputError:
    return InputError(
        "there are no annotations",
        got=got,
        expected=f"a file *{' or *'.join(endings)}, or a folder of them",
        next_step="check --input and --from_format",
        path=path,
    )


def _lonely(path: str, num_near: int, *, of_text: bool) -> InputError:
    other = "annotations" if of_text else "text"
    return InputError(
        "texts and annotations do not belong together",
        got=f"{num_near or 'no'} files of {other} for this one",
        expected="one",
        next_step="give a folder in which each text has its annotations (a "
        "file of annotations may be empty), and nothing else",
        path=path,
    )

"""An experiment's name to the folder with its files, below one root.

People keep the corpora of a paper under one folder (BioBERT's `datasets/`,
BLUE's `data/`), in orders of their own: the last parts of a path are compared
with the names that the experiment knows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from foundation import files
from foundation.errors import InputError
from reporting.experiments import Experiment
from reporting.ledger import LedgerRow
from tasks import catalog
from tasks.corpus import has_split
from tasks.data_folder import listed
from tasks.text_corpus import find_file

_DEPTH = 5  # folders below the root
_SCRIPTS = {
    "run_ner.py": catalog.TAGGING,
    "run_classifier.py": catalog.CLASSIFIER,
    "run_re.py": catalog.RELATION,
}


def find_folder(
    experiment: Experiment, root: str, given: Mapping[str, str]
) -> str:
    """Returns the experiment's data folder.

    Args:
      experiment: with the names of its folder.
      root: below which it is, or itself.
      given: experiment name -> folder, from --corpus_dir.

    Raises:
      InputError: there is none, or there are several.
    """
    if experiment.name in given:
        return given[experiment.name]
    _check_root(experiment, root)
    found: list[str] = []
    for name in experiment.folders:  # the usual one first
        found += [f for f in _folders(root) if _ends_with(f, name)]
        # Links to a folder are no second one.
        places = {
            files.real_path(folder): folder
            for folder in reversed(found)
            if _is_usable(experiment, folder)
        }
        usable = sorted(places.values())
        if usable:
            break
    if len(usable) == 1:
        return usable[0]
    raise InputError(
        f"the data of {experiment.name} is not found"
        if not usable
        else f"several folders could be {experiment.name}",
        got=listed(usable or found) or "no folder of these names",
        expected=f"a folder {' or '.join(experiment.folders)} with its files",
        next_step=f"say which: --corpus_dir={experiment.name}=PATH"
        + (f". Access: {experiment.access}" if experiment.access else ""),
        path=root,
    )


def _check_root(experiment: Experiment, root: str) -> None:
    got = None
    if files.is_remote(root):
        got = "a remote folder, which is not searched"
    elif not files.is_directory(root):
        got = "a file" if files.exists(root) else "no such folder"
    if got is not None:
        raise InputError(
            f"the data of {experiment.name} is not found",
            got=got,
            expected="a folder of this machine with those of the corpora",
            next_step="check --data_dir, or say where this one is: "
            f"--corpus_dir={experiment.name}=PATH",
            path=root,
        )


def _folders(root: str) -> Iterator[str]:
    """Yields the root and the folders below it, in order of their names."""
    yield root
    for parent, names, _ in os.walk(root, followlinks=True):
        depth = os.path.relpath(parent, root).count(os.sep) + 1
        names[:] = sorted(n for n in names if not n.startswith("."))
        yield from (files.join(parent, name) for name in names)
        if depth >= _DEPTH:
            names.clear()


def _ends_with(folder: str, name: str) -> bool:
    """Whether the last parts of a path are those of the name."""
    wanted = [_plain(part) for part in name.split("/")]
    parts = [_plain(part) for part in os.path.abspath(folder).split(os.sep)]
    return parts[-len(wanted) :] == wanted


def _plain(name: str) -> str:
    return re.sub(r"[-_ .]", "", name.lower())


def _is_usable(experiment: Experiment, folder: str) -> bool:
    """Whether there is something to train on."""
    if experiment.program == "run_qa.py":
        return bool(files.glob(files.join(files.escaped(folder), "*.json")))
    if experiment.folds:
        return files.is_directory(files.join(folder, "1"))
    splits = splits_in(experiment, folder)
    return "train" in splits


def splits_in(experiment: Experiment, folder: str) -> Sequence[str]:
    """Returns which of train, dev and test have examples in a folder."""
    name = experiment.flags["task_name"]
    script = _SCRIPTS[experiment.program]
    if script == catalog.TAGGING:
        tagging = catalog.find_corpus(name)
        return [
            split
            for split in ("train", "dev", "test")
            if has_split(tagging, folder, split)
        ]
    corpus = catalog.find_text_corpus(name, script)
    present = []
    for split in ("train", "dev", "test"):
        try:
            path, _ = find_file(corpus, folder, split)
        except InputError:
            continue
        if files.is_directory(path) or files.size_of(path):
            present.append(split)
    return present


def folds_in(folder: str) -> list[int]:
    """Returns the numbers of a corpus's cross-validation folders."""
    numbers = [
        int(name)
        for name in files.list_directory(folder)
        if name.isdecimal() and files.is_directory(files.join(folder, name))
    ]
    return sorted(numbers)


def files_now(row: LedgerRow, data: Mapping[str, str]) -> dict[str, str]:
    """Returns path -> the sha256 of then, of a line's files in other folders.

    Args:
      row: of the ledger.
      data: flags of the data, of a run to be done.
    """
    then = {
        name: value
        for word in row.command
        for name, _, value in [word.removeprefix("--").partition("=")]
        if name in data and value
    }
    found = {}
    for file in (f for of_split in row.files.values() for f in of_split):
        for name, before in then.items():
            # --data_dir is a folder, --train_file a file; golden.json is
            # beside --predict_file.
            place = before if name == "data_dir" else os.path.dirname(before)
            now = data[name]
            now = now if name == "data_dir" else os.path.dirname(now)
            inside = os.path.relpath(str(file["path"]), place)
            path = files.join(now, inside)
            if not inside.startswith(os.pardir) and files.exists(path):
                found[path] = str(file["sha256"])
    return found

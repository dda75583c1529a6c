"""Any spelling of a checkpoint's path -> its prefix. No TensorFlow here.

People name model.ckpt-1000000, one of its three files, the folder, or the
`checkpoint` file in it; a path that is wrong must be said at once.
"""

from __future__ import annotations

import re

from foundation import files
from foundation.errors import InputError
from foundation.temporary_names import MARK
from modeling.weights import hub, huggingface

_DATA_SUFFIX = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")
_STEP_SUFFIX = re.compile(r"-(\d+)$")


def check_checkpoint(path: str) -> str | None:
    """Finds the checkpoint that a path means; opens nothing.

    Args:
      path: a prefix, `.index`, `.data-...`, a folder, or a `checkpoint` file;
        hf://owner/name is downloaded.

    Returns:
      The prefix of a TF1 checkpoint; None for a Hugging Face folder.

    Raises:
      InputError: nothing there, or an index without its data file.
    """
    path = hub.local_checkpoint(path)
    prefix = resolve_prefix(path)
    if prefix is not None:
        if not files.glob(f"{files.escaped(prefix)}.data-*"):
            raise InputError(
                "the checkpoint lacks its data file",
                got=f"{prefix.rpartition('/')[2]}.index alone",
                expected="a file .data-00000-of-00001 beside it",
                next_step="download or copy all files of the checkpoint",
                path=prefix,
            )
        return prefix
    if huggingface.is_huggingface_folder(path):
        return None
    raise InputError(
        "no checkpoint there",
        got=_description(path),
        expected="a model.ckpt prefix, a folder with one, or a Hugging Face "
        "folder",
        next_step="look at --init_checkpoint",
        path=path,
    )


def _description(path: str) -> str:
    if not files.exists(path):
        return "no file of that name, nor one with .index added"
    if not files.is_directory(path):
        return "a file that is no checkpoint"
    names = files.list_directory(path)
    return "a folder with " + (", ".join(names[:6]) or "nothing in it")


def resolve_prefix(path: str) -> str | None:
    """Returns the checkpoint prefix that any spelling of a path means.

    Args:
      path: a prefix, one of its `.index`, `.data-...` or `.meta` files, a
        folder, or a `checkpoint` pointer file; hf://owner/name is downloaded.

    Returns:
      The prefix; None when there is no checkpoint there.
    """
    path = hub.local_checkpoint(path)
    path = path.rstrip("/") if len(path) > 1 else path
    prefix = _DATA_SUFFIX.sub("", path)
    if files.exists(f"{prefix}.index"):
        return prefix
    if files.exists(path) and files.is_directory(path):
        return _prefix_in_folder(path)
    if path.rpartition("/")[2] == "checkpoint" and files.exists(path):
        return _prefix_in_pointer(path)
    return None


def _prefix_in_folder(folder: str) -> str | None:
    pointer = files.join(folder, "checkpoint")
    if files.exists(pointer):
        prefix = _prefix_in_pointer(pointer)
        if prefix is not None:
            return prefix
    found = [
        name.removesuffix(".index")
        for name in files.list_directory(folder)
        if name.endswith(".index")
        and not name.startswith(".")
        and MARK not in name  # of a writer that was killed
    ]
    if not found:
        return None
    if len(found) == 1:
        return files.join(folder, found[0])
    steps = {name: _STEP_SUFFIX.search(name) for name in found}
    if not all(steps.values()):
        raise InputError(
            "the folder holds several checkpoints",
            got=", ".join(found[:5]),
            expected="one checkpoint, or a `checkpoint` pointer file",
            next_step="name one of them, without .index",
            path=folder,
        )
    newest = max(found, key=step_of)
    return files.join(folder, newest)


def _prefix_in_pointer(pointer: str) -> str | None:
    text = files.read_text(
        pointer,
        what="the checkpoint pointer",
        next_step="name the checkpoint's prefix instead",
    )
    match = re.search(r'^model_checkpoint_path:\s*"(.*)"', text, re.MULTILINE)
    if match is None:
        return None
    folder = pointer.rpartition("/")[0] or "."
    named = match.group(1)
    # Pointers of downloaded models name a path on their author's machine.
    for prefix in (named, files.join(folder, named.rpartition("/")[2])):
        candidate = (
            prefix
            if prefix.startswith("/") or files.is_remote(prefix)
            else files.join(folder, prefix)
        )
        if files.exists(f"{candidate}.index"):
            return candidate
    return None


def step_of(prefix: str) -> int:
    """Returns the step in a name such as model.ckpt-1000; 0 without one."""
    match = _STEP_SUFFIX.search(prefix)
    return int(match.group(1)) if match else 0

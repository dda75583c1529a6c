"""TF1 checkpoints (`model.ckpt-<step>.{index,data-...}`): reading, writing.

The bundle format is TensorFlow's own; names are the originals'. Written with
the plain SaveV2 op: such a file is what `tf.compat.v1.train.Saver` writes,
less the .meta graph, and the original Estimators resume from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from foundation import files
from foundation.errors import InputError

_DATA_SUFFIX = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")
_STEP_SUFFIX = re.compile(r"-(\d+)$")
_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"  # marks a TF2 checkpoint


class Tf1Bundle:
    """An open TF1 checkpoint; a `WeightSource`.

    Args:
      prefix: path without `.index`, as `resolve_prefix` returns it.

    Raises:
      InputError: damaged, or not a name-based checkpoint.
    """

    def __init__(self, prefix: str) -> None:
        self.path = prefix
        try:
            self._reader = tf.train.load_checkpoint(prefix)
            self.shapes: Mapping[str, tuple[int, ...]] = {
                name: tuple(shape)
                for name, shape in (
                    self._reader.get_variable_to_shape_map().items()
                )
            }
        except (tf.errors.OpError, ValueError) as error:
            raise _damaged(prefix, type(error).__name__) from error
        if _OBJECT_GRAPH in self.shapes:
            raise InputError(
                "this is a TF2 object-based checkpoint",
                got=f"{len(self.shapes)} entries named by object",
                expected="variables under the original names, such as "
                "bert/embeddings/word_embeddings",
                next_step="export it under TF1 names or as a Hugging Face "
                "folder and pass that as --init_checkpoint",
                path=prefix,
            )

    def read(self, name: str) -> np.ndarray:
        """Returns one variable's values.

        Raises:
          InputError: the data file is missing, short, or fails its checksum.
        """
        try:
            return np.asarray(self._reader.get_tensor(name))
        except (tf.errors.OpError, ValueError) as error:
            raise _damaged(
                self.path, f"{type(error).__name__} at variable {name}"
            ) from error


def _damaged(prefix: str, what: str) -> InputError:
    return InputError(
        "the checkpoint is damaged or not a checkpoint",
        got=what,
        expected="a pair .index and .data-00000-of-00001 of one save",
        next_step="download it again, or pass another checkpoint",
        path=prefix,
    )


def resolve_prefix(path: str) -> str | None:
    """Returns the checkpoint prefix that any spelling of a path means.

    Args:
      path: a prefix, one of its `.index`, `.data-...` or `.meta` files, a
        folder, or a `checkpoint` pointer file.

    Returns:
      The prefix; None when there is no checkpoint there.
    """
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
        if name.endswith(".index") and not name.startswith(".")
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


def write_bundle(prefix: str, tensors: Mapping[str, tf.Tensor]) -> None:
    """Writes one name-based checkpoint at `prefix`, not atomically.

    `training.checkpoints` gives it its final name once it is complete.

    Args:
      prefix: path without `.index`.
      tensors: name -> values; written in name order.

    Raises:
      InputError: the disk is full or the folder cannot be written to.
    """
    names = sorted(tensors)
    try:
        tf.raw_ops.SaveV2(
            prefix=prefix,
            tensor_names=names,
            shape_and_slices=[""] * len(names),
            tensors=[tensors[name] for name in names],
        )
    except (
        tf.errors.ResourceExhaustedError,
        tf.errors.PermissionDeniedError,
        tf.errors.FailedPreconditionError,
        tf.errors.NotFoundError,
        tf.errors.UnknownError,
        tf.errors.InternalError,
        tf.errors.DataLossError,
    ) as error:
        raise InputError(
            "the checkpoint cannot be written",
            got=type(error).__name__,
            expected="a folder with space that can be written to",
            next_step="free space or choose another --output_dir; the last "
            "complete checkpoint is untouched",
            path=prefix,
        ) from error

"""TF1 checkpoints (`model.ckpt-<step>.{index,data-...}`): reading, writing.

The bundle format is TensorFlow's own; names are the originals'. Written with
the plain SaveV2 op: such a file is what `tf.compat.v1.train.Saver` writes,
less the .meta graph, and the original Estimators resume from it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from foundation.errors import InputError

# A short data file is an IndexError: the reader's binding maps OUT_OF_RANGE.
_READ_ERRORS = (tf.errors.OpError, ValueError, IndexError)
_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"  # marks a TF2 checkpoint


class Tf1Bundle:
    """An open TF1 checkpoint; a `WeightSource`.

    Args:
      prefix: path without `.index`, as `resolve_prefix` of checkpoint_paths
        returns it.

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
        except _READ_ERRORS as error:
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
        except _READ_ERRORS as error:
            raise _damaged(
                self.path, f"{type(error).__name__} at variable {name}"
            ) from error

    def check(self) -> None:
        """Raises InputError unless every value reads back with its checksum."""
        for name in self.shapes:
            self.read(name)


def _damaged(prefix: str, what: str) -> InputError:
    return InputError(
        "the checkpoint is damaged or not a checkpoint",
        got=what,
        expected="a pair .index and .data-00000-of-00001 of one save",
        next_step="download it again, or pass another checkpoint",
        path=prefix,
    )


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
        tf.errors.OutOfRangeError,  # a file-size limit (EFBIG)
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

"""model.ckpt-best: the checkpoint with the best score, as ALBERT keeps it."""

from __future__ import annotations

import shutil

from foundation import files

BEST_NAME = "model.ckpt-best"
_DATA, _INDEX = ".data-00000-of-00001", ".index"


def restore_best(folder: str, step: int) -> None:
    """Copies a step's checkpoint where a kill came before the copy.

    An index holds the checksums of all tensors and is written last.
    """
    best = files.join(folder, BEST_NAME + _INDEX)
    source = files.join(folder, f"model.ckpt-{step}{_INDEX}")
    if not files.exists(source):
        return
    is_there = files.exists(best)
    if not is_there or files.read_bytes(best) != files.read_bytes(source):
        copy_best(folder, step)


def copy_best(folder: str, step: int) -> None:
    """Copies a step's checkpoint to model.ckpt-best.

    Without an index it is no checkpoint: that goes first and comes last. The
    step's own checkpoint stays beside it, whatever happens here.
    """
    source = files.join(folder, f"model.ckpt-{step}")
    best = files.join(folder, BEST_NAME)
    files.remove(best + _INDEX)
    for suffix in (_DATA, _INDEX):
        with (
            files.open_file(source + suffix, "rb") as old,
            files.write_atomically(best + suffix, "wb") as new,
        ):
            shutil.copyfileobj(old, new)

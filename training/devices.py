"""The device a run is on, and the precision it computes in."""

from __future__ import annotations

import tensorflow as tf
from absl import logging

INITIAL_LOSS_SCALE = 2.0**15  # of float16; halves at each overflow


def prepare(*, deterministic: bool) -> str:
    """Sets up the device once, before the first op; returns its name."""
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        # Else the first process takes all of the GPU's memory.
        tf.config.experimental.set_memory_growth(gpu, True)
    if deterministic:
        tf.config.experimental.enable_op_determinism()
        logging.info("Only ops that repeat bit for bit are used (slower).")
    name = gpus[0].name if gpus else "CPU"
    logging.info(
        "Device: %s%s",
        name,
        f" (1 of {len(gpus)}; the others are idle)" if len(gpus) > 1 else "",
    )
    return name


def initial_loss_scale(precision: str) -> float:
    """Returns the loss scale that a fresh run starts with."""
    return INITIAL_LOSS_SCALE if precision == "float16" else 1.0

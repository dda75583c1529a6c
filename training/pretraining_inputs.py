"""Opens the records of a phase, or of an evaluation, as batches."""

from __future__ import annotations

from preprocessing.pretraining_batches import PretrainingBatches
from training.pretraining_options import DeviceOptions, InputOptions

_MOST_MASKED = 0.25  # of a row's pieces: above that, room is left unused


def open_batches(
    inputs: InputOptions, *, seed: int, vocab_size: int
) -> PretrainingBatches:
    """Returns the micro-batches of some records.

    Args:
      inputs: the records and how they become batches.
      seed: of their order, and of masks that they lack.
      vocab_size: ids must be below it.
    """
    batches = PretrainingBatches(
        inputs.records,
        max_seq_length=inputs.max_seq_length,
        max_predictions_per_seq=inputs.max_predictions_per_seq,
        batch_size=inputs.batch_size,
        seed=seed,
        shuffle=inputs.shuffle,
        masker=inputs.masker,
    )
    batches.limit_ids(vocab_size)
    return batches


def needs_static_shapes(inputs: InputOptions, devices: DeviceOptions) -> bool:
    """Returns whether batches keep their unused room for predictions.

    They do where a compiler or a TPU wants one shape, and where there is
    little of it.
    """
    most = _MOST_MASKED * inputs.max_seq_length
    return (
        devices.use_xla
        or devices.strategy == "tpu"
        or inputs.max_predictions_per_seq <= most
    )

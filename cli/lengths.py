"""How long rows are, against what a known model was pretrained on."""

from __future__ import annotations

import functools

from absl import flags, logging

from modeling.weights import known_models


def check(fv: flags.FlagValues) -> None:
    """Warns of training at a length that the model's positions never saw.

    Bio_ClinicalBERT has 512 positions; its last pretraining saw 128 of them
    (EmilyAlsentzer/clinicalBERT#38).
    """
    if "do_train" in fv and fv.do_train and fv.init_checkpoint:
        _warn(fv.init_checkpoint, fv.max_seq_length)


@functools.cache  # once, however many folds or seeds a run has
def _warn(checkpoint: str, max_seq_length: int) -> None:
    known = known_models.known_model(checkpoint)
    length = known.pretrained_length if known else None
    if known is None or length is None or max_seq_length <= length:
        return
    logging.warning(
        "--max_seq_length=%d, but %s was pretrained at %d: what it learned "
        "of the places from %d on is older or nothing.",
        max_seq_length,
        known.name,
        length,
        length,
    )

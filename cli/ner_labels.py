"""The labels of a tagger: from its training data, or from its folder."""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags, logging

from foundation import files
from foundation.errors import InputError
from tasks import idx2tag
from tasks.labels import BIOBERT_LABELS, LabelMap
from tasks.labels import FILE_NAME as LABEL_FILE


def labels_of_model(fv: flags.FlagValues, folders: Sequence[str]) -> LabelMap:
    """Returns the labels of a trained model.

    Args:
      fv: parsed flags.
      folders: where they may be, in order.

    Raises:
      InputError: they are in none of them.
    """
    for candidate in folders:
        if files.exists(files.join(candidate, LABEL_FILE)):
            labels = LabelMap.load(candidate)
            _check_scheme(fv, labels, candidate)
            return labels
        path = files.join(candidate, idx2tag.FILE_NAME)
        if files.exists(path):
            logging.info("Labels: %s", path)
            return idx2tag.read_idx2tag(path)
    if fv.label_scheme == "biobert":
        # The original keeps its labels in a pickle, which is not read; they
        # are always these.
        logging.info("No %s: the labels of BioBERT's script.", LABEL_FILE)
        return BIOBERT_LABELS
    raise InputError(
        "the labels of the model are not known",
        got=f"no {LABEL_FILE} in {' or '.join(folders)}",
        expected="the file that training leaves beside its checkpoints",
        next_step="add --do_train, or name the --output_dir of a trained model",
    )


def _check_scheme(fv: flags.FlagValues, labels: LabelMap, folder: str) -> None:
    if fv["label_scheme"].present and fv.label_scheme != labels.scheme:
        raise InputError(
            "--label_scheme is not that of the trained model",
            got=f"--label_scheme={fv.label_scheme}",
            expected=labels.scheme,
            next_step="leave --label_scheme out",
            path=folder,
        )

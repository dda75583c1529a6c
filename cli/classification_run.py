"""A run of run_classifier.py or run_re.py: seeds, folds, or texts alone."""

from __future__ import annotations

from absl import flags

from cli import (
    classification_inputs,
    classification_text,
    original_flags,
    relation_folds,
    run,
)
from cli.seeds import run_seeds


def run_all(fv: flags.FlagValues, *, script: str) -> int:
    """Runs what the flags ask for; returns the exit code.

    Args:
      fv: parsed flags.
      script: "classifier" or "relation".
    """
    original_flags.apply(fv)
    if fv.predict_file:
        return classification_text.run_text(fv, script=script)
    if "folds" in fv and fv.folds:
        return relation_folds.run_folds(fv, script=script)
    run.check(fv)
    return run_seeds(
        fv,
        lambda folder: classification_inputs.read(
            fv, label_folder=folder, script=script
        ),
    )

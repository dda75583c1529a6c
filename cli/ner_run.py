"""A run of run_ner.py: one tagger, or one for each seed, fold or type."""

from __future__ import annotations

from absl import flags

from cli import ner_folds, ner_inputs, ner_text, ner_types, run
from cli.seeds import run_seeds
from foundation.errors import InputError


def run_all(fv: flags.FlagValues) -> int:
    """Runs what the flags ask for; returns the exit code."""
    if fv.predict_file:
        return ner_text.run_text(fv)
    run.check(fv)
    _check_one_way_of_many(fv)
    if fv.cross_val_sz:
        return ner_folds.run_folds(fv)
    if fv.one_tagger_per_type:
        return ner_types.run_types(fv)
    return run_seeds(
        fv, lambda folder: ner_inputs.read(fv, label_folder=folder)
    )


def _check_one_way_of_many(fv: flags.FlagValues) -> None:
    asked = {
        f"--num_seeds={fv.num_seeds}": fv.num_seeds > 1,
        f"--cross_val_sz={fv.cross_val_sz}": fv.cross_val_sz > 0,
        "--one_tagger_per_type": fv.one_tagger_per_type,
    }
    given = [flag for flag, is_given in asked.items() if is_given]
    if len(given) > 1:
        raise InputError(
            "several reasons to train more than one tagger",
            got=" and ".join(given),
            expected="one of them",
            next_step="run once for each seed or type: --seed, --entity_types",
        )

"""A run of run_qa.py: one model, or one for each seed."""

from __future__ import annotations

from absl import flags

from cli import qa_flags, qa_inputs, qa_originals, run
from cli.seeds import run_seeds


def run_all(fv: flags.FlagValues) -> int:
    """Runs what the flags ask for; returns the exit code."""
    qa_originals.check(fv)
    qa_flags.use_eval_file(fv)
    run.check(fv)
    return run_seeds(fv, lambda folder: qa_inputs.read(fv, label_folder=folder))

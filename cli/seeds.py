"""A run of one model, or of one for each of --num_seeds seeds."""

from __future__ import annotations

from collections.abc import Callable

from absl import flags

from cli import entry, run
from cli.once import run_once
from cli.run_inputs import RunInputs
from foundation import files
from reporting import learning_curves, results


def run_seeds(fv: flags.FlagValues, read: Callable[[str], RunInputs]) -> int:
    """Runs what the flags ask for; returns the exit code.

    Args:
      fv: parsed flags.
      read: returns the inputs; takes the folder of a trained model's labels.
    """
    first = run.find_seed(fv)
    folders = {first: fv.output_dir}
    if fv.num_seeds > 1:
        folders = {
            seed: files.join(fv.output_dir, f"seed_{seed}")
            for seed in range(first, first + fv.num_seeds)
        }
    inputs = read(folders[first])
    run.open_folders(fv, [fv.output_dir, *folders.values()], seed=first)
    for seed, folder in folders.items():
        scores = run_once(inputs, folder, seed=seed)
        if scores is None and fv.num_seeds == 1:
            return entry.EXIT_NOTHING_DONE
    if fv.do_train:
        run.write_flags(fv, fv.output_dir, seed=first)
    if fv.num_seeds > 1:
        _write_seeds(inputs, folders)
    return 0


def _write_seeds(inputs: RunInputs, folders: dict[int, str]) -> None:
    fv = inputs.fv
    by_seed = {
        str(seed): results.read_headlines(folder)
        for seed, folder in folders.items()
    }
    print(results.write_runs(fv.output_dir, by_seed, name="seeds"), end="")
    if fv.do_train:
        learning_curves.write_learning_curves(
            fv.output_dir,
            headline=inputs.task.headline,
            runs={f"seed {s}": f for s, f in folders.items()},
            sums_loss=inputs.task.sums_loss,
        )

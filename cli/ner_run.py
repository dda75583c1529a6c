"""A run of run_ner.py: one tagger, or one for each seed, fold or type."""

from __future__ import annotations

from absl import flags

from cli import entry, ner_folds, ner_inputs, ner_text, ner_types, run
from cli.ner_once import run_once
from foundation import files
from foundation.errors import InputError
from reporting import learning_curves, results


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
    return _run_seeds(fv)


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


def _run_seeds(fv: flags.FlagValues) -> int:
    first = run.find_seed(fv)
    folders = {first: fv.output_dir}
    if fv.num_seeds > 1:
        folders = {
            seed: files.join(fv.output_dir, f"seed_{seed}")
            for seed in range(first, first + fv.num_seeds)
        }
    inputs = ner_inputs.read(fv, label_folder=folders[first])
    run.open_folders(fv, [fv.output_dir, *folders.values()], seed=first)
    for seed, folder in folders.items():
        scores = run_once(inputs, folder, seed=seed)
        if scores is None and fv.num_seeds == 1:
            return entry.EXIT_NOTHING_DONE
    if fv.do_train:
        run.write_flags(fv, fv.output_dir, seed=first)
    if fv.num_seeds > 1:
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
    return 0

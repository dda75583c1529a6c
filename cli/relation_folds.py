"""run_re.py --folds: a model for each numbered folder of a corpus.

BioBERT's GAD and EU-ADR come as folders 1 to 10, which were run and averaged
by hand (originals.md 9.5, R6).
"""

from __future__ import annotations

from absl import flags, logging

from cli import classification_inputs, entry, run
from cli.once import run_once
from foundation import files
from foundation.errors import InputError
from reporting import results


def run_folds(fv: flags.FlagValues, *, script: str) -> int:
    """Runs each fold in a folder of its own; returns the exit code."""
    _check(fv)
    changed = ("data_dir", "output_dir", "folds", "do_eval")
    asked = {name: fv[name].value for name in changed}
    data_dir, output_dir = fv.data_dir, fv.output_dir
    numbers = _numbers(fv)
    folders = {n: files.join(output_dir, f"fold_{n}") for n in numbers}
    seed = run.find_seed(fv)
    run.prepare_output_dir(output_dir, overwrite=False)
    nothing_left = True
    try:
        for number, folder in folders.items():
            logging.info("***** Fold %s *****", number)
            fv.data_dir = files.join(data_dir, number)
            fv.output_dir = folder
            fv.do_eval = asked["do_eval"]  # off after a fold without dev
            fv.folds = None  # its run.flags repeats this one
            inputs = classification_inputs.read(
                fv, label_folder=folder, script=script
            )
            run.open_folders(fv, [folder], seed=seed)
            scores = run_once(inputs, folder, seed=seed)
            nothing_left &= scores is None
            if fv.do_train:
                run.write_flags(fv, folder, seed=seed)
    finally:
        for name, value in asked.items():
            fv[name].value = value
    if fv.do_train:
        run.write_flags(fv, output_dir, seed=seed)
    if nothing_left:
        return entry.EXIT_NOTHING_DONE
    by_fold = {n: results.read_headlines(f) for n, f in folders.items()}
    print(results.write_runs(output_dir, by_fold, name="folds"), end="")
    return 0


def _check(fv: flags.FlagValues) -> None:
    run.check(fv)
    if fv.num_seeds > 1:
        raise InputError(
            "several reasons to train more than one model",
            got=f"--folds={fv.folds} and --num_seeds={fv.num_seeds}",
            expected="one of them",
            next_step="run once for each seed: --seed",
        )


def _numbers(fv: flags.FlagValues) -> list[str]:
    """Returns the names of the folders that are asked for."""
    present = []
    if fv.data_dir and files.is_directory(fv.data_dir):
        present = [
            name
            for name in files.list_directory(fv.data_dir)
            if name.isdecimal()
            and files.is_directory(files.join(fv.data_dir, name))
        ]
    present.sort(key=int)
    asked = present
    if fv.folds != "all":
        asked = [name.strip() for name in fv.folds.split(",")]
    if not asked or not set(asked) <= set(present):
        raise InputError(
            "no such folds",
            got=f"--folds={fv.folds} with --data_dir={fv.data_dir}",
            expected=f"all, or some of {', '.join(present)}"
            if present
            else "a folder with folders 1, 2, ... in it",
            next_step="correct --folds or --data_dir",
        )
    return list(dict.fromkeys(asked))

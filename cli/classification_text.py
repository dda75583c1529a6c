"""--predict_file: a trained classifier on texts without labels."""

from __future__ import annotations

from absl import flags, logging

from cli import (
    classification,
    classification_inputs,
    classification_options,
    classification_rows,
    once,
    run,
)
from cli.classification_inputs import ClassificationInputs
from foundation import files
from foundation.errors import InputError
from reporting import results
from tasks.classification import ClassificationTask
from tasks.text_outputs import FILE_NAMES
from tasks.text_reading import read_raw

_OF_TEST = "of_test"  # folder of the files of a scored test set


def run_text(fv: flags.FlagValues, *, script: str) -> int:
    """Predicts the texts that --predict_file names; returns the exit code."""
    _check(fv)
    fv.do_train = fv.do_eval = False
    fv.do_predict = True
    corpus = classification.read_corpus(fv, script)
    model_flags, pieces = classification_inputs.read_model(fv, fv.output_dir)
    classification_rows.check(fv, corpus)
    change = classification_options.text_change(fv)
    labels = classification_options.labels_of_model(fv, fv.output_dir, corpus)
    task = ClassificationTask(
        corpus,
        "",
        tokenizer=pieces,
        labels=labels,
        options=classification_options.read_options(fv, labels, []),
    )
    examples = read_raw(corpus, fv.predict_file, change=change)
    split = task.featurize("text", examples, [])
    inputs = ClassificationInputs(
        fv, model_flags, pieces, task, {"test": split}
    )
    tuning = once.start(inputs, fv.output_dir, seed=run.find_seed(fv))
    step = tuning.load_best()
    _keep_test_files(fv.output_dir)
    predictions = tuning.predict(split)
    paths = task.write_predictions(predictions, fv.output_dir)
    print(f"{len(examples)} rows predicted (checkpoint of step {step}):")
    for path in paths:
        print(f"  {path}")
    return 0


def _keep_test_files(folder: str) -> None:
    """Moves the files of a scored test set aside: their scores stay, too."""
    kept = files.join(folder, _OF_TEST)
    present = [n for n in FILE_NAMES if files.exists(files.join(folder, n))]
    scored = results.read_headlines(folder)
    is_scored = any(name.startswith("test_") for name in scored)
    if not present or not is_scored or files.exists(kept):
        return
    files.make_directory(kept)
    for name in present:
        files.rename(files.join(folder, name), files.join(kept, name))
    logging.info("The predictions of the test set are in %s.", kept)


def _check(fv: flags.FlagValues) -> None:
    asked = {
        "do_train": fv.do_train,
        "do_eval": fv.do_eval,
        "num_seeds": fv.num_seeds > 1,
        "folds": "folds" in fv and bool(fv.folds),
    }
    for name, is_asked in asked.items():
        if is_asked and fv[name].present:
            raise InputError(
                "--predict_file is for a model that is trained already",
                got=f"--predict_file with --{name}={fv[name].value}",
                expected="one of the two",
                next_step="run without --predict_file first; then name the "
                "folder of the model to use and leave these flags out",
            )

"""Cross-validation as clinicalBERT's run_ner.py cut it, a folder a fold.

The original trained all folds in one folder, so that every fold after the
first found the first one's weights there and had seen its own test data
(originals.md 9.4, N13).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

from absl import flags, logging

from cli import model_inputs, ner_inputs, run, task
from cli.ner_inputs import NerInputs
from cli.once import run_once
from cli.run_inputs import dev_chooses
from foundation import files
from foundation.errors import InputError
from reporting import results
from tasks.corpus import SplitFile, read_split
from tasks.folds import Fold, cut_folds, leaks
from tasks.labels import labels_from_train
from tasks.readers import TaggedSentence
from tasks.tagging import TaggingTask
from tasks.task import Split


def run_folds(fv: flags.FlagValues) -> int:
    """Trains and scores a tagger for each fold; returns the exit code."""
    if not fv.do_train:
        raise InputError(
            "cross-validation trains",
            got=f"--cross_val_sz={fv.cross_val_sz} without --do_train",
            expected="both",
            next_step="score one fold's model: --output_dir=<folder>/fold_9 "
            "without --cross_val_sz",
        )
    seed = run.find_seed(fv)
    numbers = range(fv.cross_val_sz) if fv.fold is None else [fv.fold]
    folders = {number: _folder(fv, number) for number in numbers}
    folds = _read_folds(fv)
    first = next(folds)  # all that was given is sound now
    run.open_folders(fv, [fv.output_dir, *folders.values()], seed=seed)
    for number, inputs in itertools.chain([first], folds):
        logging.info("***** Fold %d of %d *****", number, fv.cross_val_sz)
        run_once(inputs, folders[number], seed=seed)
    run.write_flags(fv, fv.output_dir, seed=seed)
    # Folds that an earlier run trained, too: they may be run one by one.
    by_fold = {
        str(number): results.read_headlines(_folder(fv, number))
        for number in range(fv.cross_val_sz)
    }
    print(results.write_runs(fv.output_dir, by_fold, name="folds"), end="")
    last = fv.cross_val_sz - 1
    if fv.do_predict and last in folders:
        print(
            f"Fold {last} is scored on the official test data; clinicalBERT's "
            "paper has that one alone."
        )
    return 0


def _folder(fv: flags.FlagValues, number: int) -> str:
    return files.join(fv.output_dir, f"fold_{number}")


def _read_folds(fv: flags.FlagValues) -> Iterator[tuple[int, NerInputs]]:
    """Yields the number and the inputs of each fold that is asked for."""
    corpus = task.read_tagging(fv)
    model_flags, pieces = ner_inputs.read_model(fv, fv.output_dir)
    pool, pool_files = read_split(corpus, fv.data_dir, "train_dev")
    test, test_files = read_split(corpus, fv.data_dir, "test")
    # A rare type may be in one fold only; the original listed them by hand.
    labels = labels_from_train([*pool, *test], scheme=fv.label_scheme)
    used = [*pool_files, *test_files]
    for fold in cut_folds(pool, test, fv.cross_val_sz):
        if fv.fold not in (None, fold.number):
            continue
        for warning in leaks(fold):
            logging.warning("%s", warning)
        tagger = TaggingTask(
            corpus,
            fv.data_dir,
            tokenizer=pieces,
            label_map=labels,
            options=ner_inputs.read_options(fv, labels, fold.train),
        )
        splits = _splits(fv, tagger, fold, used=used)
        model_inputs.check_length(fv, splits["train"])
        yield fold.number, NerInputs(fv, model_flags, pieces, tagger, splits)


def _splits(
    fv: flags.FlagValues,
    tagger: TaggingTask,
    fold: Fold,
    *,
    used: Sequence[SplitFile],
) -> dict[str, Split]:
    """Featurizes what a fold's run needs; `used` are its files, all of them."""
    parts: dict[str, Sequence[TaggedSentence]] = {"train": fold.train}
    if fv.do_eval or dev_chooses(fv):
        parts["dev"] = fold.dev
    if fv.do_predict:
        parts["test"] = fold.test
    return {
        name: dataclasses.replace(
            tagger.featurize(name, sentences, []),
            files=[
                {**dataclasses.asdict(file), "fold": fold.number}
                for file in used
            ],
        )
        for name, sentences in parts.items()
    }

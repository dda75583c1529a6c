"""A run of run_ner.py: train, evaluate, predict, once or for several seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from absl import flags, logging

from cli import entry, ner_inputs, optimization, run
from cli.ner_inputs import NerInputs
from foundation import files
from reporting import results
from training.options import FineTuningOptions, ModelOptions

if TYPE_CHECKING:
    from training.finetuning import FineTuning

_RESULT_FILES = {"dev": "eval_results.txt", "test": "test_results.txt"}
Scores = dict[str, float]


def run_all(fv: flags.FlagValues) -> int:
    """Runs once, or once for each of --num_seeds; returns the exit code."""
    run.check(fv)
    first = run.find_seed(fv)
    folders = {first: fv.output_dir}
    if fv.num_seeds > 1:
        folders = {
            seed: files.join(fv.output_dir, f"seed_{seed}")
            for seed in range(first, first + fv.num_seeds)
        }
    inputs = ner_inputs.read(fv, label_folder=folders[first])
    # Nothing is removed before all that was given is known to be sound.
    for folder in {fv.output_dir, *folders.values()}:
        run.prepare_output_dir(folder, overwrite=fv.overwrite_output_dir)
    # A run that is going on keeps its own until it has accepted these.
    kept = files.exists(files.join(fv.output_dir, run.RUN_FLAGS))
    if fv.do_train and not kept:
        run.write_flags(fv, fv.output_dir, seed=first)
    by_seed: dict[int, Scores] = {}
    for seed, folder in folders.items():
        scores = _run_once(inputs, folder, seed=seed)
        if scores is None and fv.num_seeds == 1:
            return entry.EXIT_NOTHING_DONE
        by_seed[seed] = scores or {}
    if fv.do_train:
        run.write_flags(fv, fv.output_dir, seed=first)
    if fv.num_seeds > 1:
        print(results.write_seeds(fv.output_dir, by_seed), end="")
    return 0


def _run_once(inputs: NerInputs, folder: str, *, seed: int) -> Scores | None:
    """Trains, evaluates and predicts in one folder.

    Returns:
      The headline scores by name; None when there was nothing left to do.
    """
    fv, splits = inputs.fv, inputs.splits
    ner_inputs.prepare_folder(inputs, folder)
    logging.info("Files are in order; starting TensorFlow.")
    from training import devices
    from training.finetuning import FineTuning

    devices.prepare(deterministic=fv.deterministic)
    tuning = FineTuning(inputs.task, _options(inputs, folder, seed))
    if fv.do_train:
        nothing_left = tuning.already_trained(splits["train"])
        tuning.train(
            splits["train"], splits["dev"] if inputs.dev_chooses else None
        )
        if nothing_left and not (fv.do_eval or fv.do_predict):
            return None
    return _score(inputs, tuning, folder)


def _score(inputs: NerInputs, tuning: FineTuning, folder: str) -> Scores:
    """Scores dev and test with the best checkpoint; returns the headlines."""
    task = inputs.task
    asked = {"dev": inputs.fv.do_eval, "test": inputs.fv.do_predict}
    names = [name for name, is_asked in asked.items() if is_asked]
    step = tuning.load_best() if names else tuning.step
    scored: dict[str, Any] = {}
    for name in names:
        predictions = tuning.predict(inputs.splits[name])
        scores = task.score(predictions)
        results.write_key_values(
            files.join(folder, _RESULT_FILES[name]),
            {**scores, "global_step": step},
        )
        print(f"***** {name} results, checkpoint of step {step} *****")
        print(task.report(predictions), end="", flush=True)
        if name == "test":
            task.write_predictions(predictions, folder)
        scored[name] = scores
    results.write_json(
        files.join(folder, "results.json"),
        scores=scored,
        facts={
            "task": inputs.fv.task_name.lower(),
            "label_scheme": task.label_map.scheme,
            "headline": task.headline,
            "seed": tuning.seed,
            "global_step": step,
            "best_on_dev": tuning.best_on_dev(),
            "init_checkpoint": inputs.model.init_checkpoint,
            "gelu": inputs.model.gelu_form,
            "precision": inputs.model.precision,
            "files": {k: list(s.files) for k, s in inputs.splits.items()},
        },
    )
    return {f"{n}_{task.headline}": scored[n][task.headline] for n in names}


def _options(inputs: NerInputs, folder: str, seed: int) -> FineTuningOptions:
    fv = inputs.fv
    return FineTuningOptions(
        output_dir=folder,
        seed=seed,
        model=ModelOptions(
            config=inputs.model.config,
            gelu_form=inputs.model.gelu_form,
            init_checkpoint=inputs.model.init_checkpoint,
            precision=inputs.model.precision,
        ),
        # The published loss counts padding: rows must have all of it.
        batches=optimization.read_batches(fv, pad_to_max=inputs.task.sums_loss),
        schedule=optimization.read_schedule(fv),
        saving=run.read_saving(fv),
        optimizer=optimization.read_optimizer(fv),
        input_options={
            "label_scheme": inputs.task.label_map.scheme,
            "vocabulary": inputs.tokenizer.vocab_sha256,
            "do_lower_case": inputs.tokenizer.lower_case,
            "strip_accents": fv.strip_accents,
            "control_characters": fv.control_characters,
            "gelu": inputs.model.gelu_form,
        },
    )

"""One model: train, score, predict and report in one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from absl import logging

from cli import devices, optimization, run, small_sets
from cli.run_inputs import RunInputs
from foundation import files
from modeling.weights import hub
from reporting import learning_curves, results
from training.options import FineTuningOptions, ModelOptions

if TYPE_CHECKING:
    from training.finetuning import FineTuning

_RESULT_FILES = {"dev": "eval_results.txt", "test": "test_results.txt"}
Scores = dict[str, float]


def run_once(inputs: RunInputs, folder: str, *, seed: int) -> Scores | None:
    """Trains, evaluates and predicts in one folder.

    Returns:
      The headline scores by name; None when there was nothing left to do.
    """
    fv, splits = inputs.fv, inputs.splits
    inputs.prepare_folder(folder)
    tuning = start(inputs, folder, seed=seed)
    if fv.do_train:
        nothing_left = tuning.already_trained(splits["train"])
        tuning.train(
            splits["train"], splits["dev"] if inputs.dev_chooses else None
        )
        learning_curves.write_learning_curves(
            folder,
            headline=inputs.task.headline,
            sums_loss=inputs.task.sums_loss,
        )
        if nothing_left and not (fv.do_eval or fv.do_predict):
            return None
    return _score(inputs, tuning, folder)


def start(inputs: RunInputs, folder: str, *, seed: int) -> FineTuning:
    """Imports TensorFlow and builds the model of a run."""
    logging.info("Files are in order; starting TensorFlow.")
    from training.devices import open_replicas
    from training.finetuning import FineTuning
    from training.replicas import Replicas

    fv = inputs.fv
    replicas = open_replicas(devices.read_fine_tuning(fv))
    divides = fv.train_batch_size % replicas.count == 0
    if fv.do_train and fv.distribution_strategy == "auto" and not divides:
        logging.warning(
            "--train_batch_size=%d cannot be divided among %d devices: one is "
            "used.",
            fv.train_batch_size,
            replicas.count,
        )
        replicas = Replicas()
    return FineTuning(inputs.task, _options(inputs, folder, seed), replicas)


def _score(inputs: RunInputs, tuning: FineTuning, folder: str) -> Scores:
    """Scores dev and test with the best checkpoint; returns the headlines."""
    task = inputs.task
    asked = {"dev": inputs.fv.do_eval, "test": inputs.fv.do_predict}
    names = [name for name, is_asked in asked.items() if is_asked]
    step = tuning.load_best() if names else tuning.step
    scored: dict[str, Any] = {}
    predicted: dict[str, Any] = {}
    for name in names:
        predictions = tuning.predict(inputs.splits[name])
        scores = task.score(predictions)
        if scores:
            results.write_key_values(
                files.join(folder, _RESULT_FILES[name]),
                {**scores, "global_step": step},
            )
            scored[name] = scores
        print(f"***** {name} results, checkpoint of step {step} *****")
        print(task.report(predictions), end="", flush=True)
        if name == "test":
            task.write_predictions(predictions, folder)
        predicted[name] = predictions
    path = files.join(folder, results.RESULTS_FILE)
    if scored or not files.exists(path):  # else keep an earlier scoring
        results.write_json(
            path, scores=scored, facts=_facts(inputs, tuning, step)
        )
    if predicted:
        inputs.write_reports(folder, predicted, step=step)
    return {f"{n}_{task.headline}": s[task.headline] for n, s in scored.items()}


def _facts(
    inputs: RunInputs, tuning: FineTuning, step: int
) -> dict[str, object]:
    """Returns what a reader of the scores must know of the run."""
    return {
        "task": inputs.fv.task_name.lower(),
        "headline": inputs.task.headline,
        **inputs.facts(),
        "seed": tuning.seed,
        "global_step": step,
        "best_on_dev": tuning.best_on_dev(),
        "init_checkpoint": inputs.fv.init_checkpoint or None,
        "gelu": inputs.model.gelu_form,
        "precision": inputs.model.precision,
        "files": {k: list(s.files) for k, s in inputs.splits.items()},
    }


def model_name(inputs: RunInputs) -> str:
    """Returns what the model is called in tables: its folder's name."""
    checkpoint: str = inputs.fv.init_checkpoint or inputs.fv.output_dir
    if hub.is_hub_path(checkpoint):
        checkpoint, _, _ = checkpoint.partition("@")
    parts = [part for part in checkpoint.split("/") if part]
    if len(parts) > 1 and ".ckpt" in parts[-1]:
        return parts[-2]
    return parts[-1]


def _options(inputs: RunInputs, folder: str, seed: int) -> FineTuningOptions:
    fv = inputs.fv
    return FineTuningOptions(
        output_dir=folder,
        seed=seed,
        model=ModelOptions(
            config=inputs.model.config,
            gelu_form=inputs.model.gelu_form,
            init_checkpoint=inputs.model.init_checkpoint,
            precision=inputs.model.precision,
            appended_rows=inputs.appended_rows,
        ),
        # A summed loss counts padding: rows must have all of it.
        batches=optimization.read_batches(fv, pad_to_max=inputs.task.sums_loss),
        schedule=optimization.read_schedule(fv),
        saving=run.read_saving(fv),
        optimizer=optimization.read_optimizer(fv),
        transfer=small_sets.read(fv),
        loss_options=inputs.loss_options(),
        input_options=inputs.input_options(),
    )

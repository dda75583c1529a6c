"""One tagger: train, score, predict and report in one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from absl import logging

from cli import ner_inputs, optimization, run, small_sets
from cli.ner_inputs import NerInputs
from evaluation.entities import score_entities
from foundation import files
from reporting import (
    classification_report,
    confusion,
    learning_curves,
    per_entity,
    results,
)
from training.options import FineTuningOptions, ModelOptions

if TYPE_CHECKING:
    from tasks.tagging_predictions import TaggingPredictions
    from training.finetuning import FineTuning

_RESULT_FILES = {"dev": "eval_results.txt", "test": "test_results.txt"}
Scores = dict[str, float]


def run_once(inputs: NerInputs, folder: str, *, seed: int) -> Scores | None:
    """Trains, evaluates and predicts in one folder.

    Returns:
      The headline scores by name; None when there was nothing left to do.
    """
    fv, splits = inputs.fv, inputs.splits
    ner_inputs.prepare_folder(inputs, folder)
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


def start(inputs: NerInputs, folder: str, *, seed: int) -> FineTuning:
    """Imports TensorFlow and builds the model of a run."""
    logging.info("Files are in order; starting TensorFlow.")
    from training import devices
    from training.finetuning import FineTuning

    devices.prepare(deterministic=inputs.fv.deterministic)
    return FineTuning(inputs.task, _options(inputs, folder, seed))


def _score(inputs: NerInputs, tuning: FineTuning, folder: str) -> Scores:
    """Scores dev and test with the best checkpoint; returns the headlines."""
    task = inputs.task
    asked = {"dev": inputs.fv.do_eval, "test": inputs.fv.do_predict}
    names = [name for name, is_asked in asked.items() if is_asked]
    step = tuning.load_best() if names else tuning.step
    scored: dict[str, Any] = {}
    predicted: dict[str, TaggingPredictions] = {}
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
        scored[name], predicted[name] = scores, predictions
    path = files.join(folder, results.RESULTS_FILE)
    if scored or not files.exists(path):  # else keep an earlier scoring
        results.write_json(
            path, scores=scored, facts=_facts(inputs, tuning, step)
        )
    if predicted:
        _write_reports(inputs, predicted, folder, step=step)
    return {f"{n}_{task.headline}": scored[n][task.headline] for n in names}


def _facts(
    inputs: NerInputs, tuning: FineTuning, step: int
) -> dict[str, object]:
    """Returns what a reader of the scores must know of the run."""
    return {
        "task": inputs.fv.task_name.lower(),
        "label_scheme": inputs.task.label_map.scheme,
        "headline": inputs.task.headline,
        "use_crf": inputs.task.uses_crf,
        "seed": tuning.seed,
        "global_step": step,
        "best_on_dev": tuning.best_on_dev(),
        "init_checkpoint": inputs.model.init_checkpoint,
        "gelu": inputs.model.gelu_form,
        "precision": inputs.model.precision,
        "files": {k: list(s.files) for k, s in inputs.splits.items()},
    }


def _write_reports(
    inputs: NerInputs,
    predicted: dict[str, TaggingPredictions],
    folder: str,
    *,
    step: int,
) -> None:
    """Writes the tables and pictures of the raw tags, as the scores are."""
    tags = {
        name: (
            [s.gold for s in predictions.sentences],
            [s.raw for s in predictions.sentences],
        )
        for name, predictions in predicted.items()
    }
    classification_report.write_classification_report(folder, tags, step=step)
    gold, raw = tags[list(tags)[-1]]  # test where there is one
    confusion.write_confusion(
        gold, raw, files.join(folder, confusion.FILE_NAME)
    )
    scores = score_entities(gold, raw).per_type
    per_entity.write_per_entity(folder, {model_name(inputs): scores})


def model_name(inputs: NerInputs) -> str:
    """Returns what the model is called in tables: its folder's name."""
    checkpoint = inputs.model.init_checkpoint or inputs.fv.output_dir
    parts = [part for part in checkpoint.split("/") if part]
    if len(parts) > 1 and ".ckpt" in parts[-1]:
        return parts[-2]
    return parts[-1]


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
        transfer=small_sets.read(fv),
        loss_options={
            "class_weights": fv.class_weights,
            # Windows are the rows of training.
            "doc_stride": inputs.task.options.limits.doc_stride,
        },
        input_options={
            "label_scheme": inputs.task.label_map.scheme,
            "vocabulary": inputs.tokenizer.vocab_sha256,
            "do_lower_case": inputs.tokenizer.lower_case,
            "strip_accents": fv.strip_accents,
            "control_characters": fv.control_characters,
            "gelu": inputs.model.gelu_form,
            "use_crf": inputs.task.uses_crf,
        },
    )

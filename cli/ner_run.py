"""A run of run_ner.py: flags to options, then train, evaluate, predict.

Everything that can be wrong with flags and files is found before TensorFlow
is imported.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from absl import flags, logging

from cli import entry, model, optimization, run, task, tokenizer, tpu
from foundation import files
from foundation.errors import InputError
from preprocessing.tokenization import Tokenizer
from reporting import results
from tasks.corpus import TaggingCorpus, has_split, read_split
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.labels import LabelMap, labels_from_train
from tasks.splits import overlap_warning
from tasks.tagging import TaggingTask

if TYPE_CHECKING:
    from tasks.task import Split
    from training.finetuning import FineTuning
    from training.options import FineTuningOptions


@dataclasses.dataclass(frozen=True)
class NerRun:
    """What the flags and the files say.

    Attributes:
      corpus: files and columns.
      model: config, first weights, precision.
      tokenizer: of the model.
      train_split: "train" or "train_dev".
      fv: the flags, for what needs no checking.
    """

    corpus: TaggingCorpus
    model: model.ModelFlags
    tokenizer: Tokenizer
    train_split: str
    fv: flags.FlagValues


def run_all(fv: flags.FlagValues) -> int:
    """Runs once, or once for each of --num_seeds; returns the exit code."""
    ner = _read(fv)
    if fv.num_seeds == 1:
        scores = _run_once(ner, fv.output_dir, seed=fv.seed)
        return entry.EXIT_NOTHING_DONE if scores is None else 0
    first = run.draw_seed(fv.seed)
    by_seed = {}
    for seed in range(first, first + fv.num_seeds):
        folder = files.join(fv.output_dir, f"seed_{seed}")
        by_seed[seed] = _run_once(ner, folder, seed=seed) or {}
    text = results.write_seeds(fv.output_dir, by_seed)
    print(text, end="")
    return 0


def _read(fv: flags.FlagValues) -> NerRun:
    run.check(fv)
    optimization.check(fv)
    tpu.refuse_tpu(fv)
    run.prepare_output_dir(fv.output_dir, overwrite=fv.overwrite_output_dir)
    corpus = task.read_tagging(fv)
    model_flags = model.read(fv)
    config = model_flags.config
    if fv.max_seq_length > config.max_position_embeddings:
        raise InputError(
            "--max_seq_length is beyond the model's positions",
            got=fv.max_seq_length,
            expected=f"at most {config.max_position_embeddings}, "
            "max_position_embeddings of the config",
            next_step=f"set --max_seq_length={config.max_position_embeddings} "
            "or less",
        )
    pieces = tokenizer.load_tokenizer(tokenizer.read(fv), family=config.family)
    if pieces.vocab_size != config.vocab_size:
        raise InputError(
            "vocabulary and config do not belong together",
            got=f"{pieces.vocab_size} pieces in the vocabulary",
            expected=f"{config.vocab_size}, vocab_size of the config",
            next_step="look at --vocab_file (or --spm_model_file) and "
            "--bert_config_file",
        )
    return NerRun(corpus, model_flags, pieces, _train_split(fv, corpus), fv)


def _train_split(fv: flags.FlagValues, corpus: TaggingCorpus) -> str:
    """Returns which data to train on.

    The published script trains on train + dev. That is kept where the data
    folder has such a file, unless dev has to choose the checkpoint.
    """
    if fv.train_split != "auto" or not fv.do_train:
        return "train" if fv.train_split == "auto" else fv.train_split
    chooses = bool(fv.eval_every_steps or fv.eval_every_epochs)
    present = (
        files.list_directory(fv.data_dir) if files.exists(fv.data_dir) else []
    )
    joined = [n for n in corpus.train_dev_files if n in present]
    has_train = any(n in present for n in corpus.train_files)
    if joined and not (chooses and has_train):
        logging.info("Training on %s (train and dev together).", joined[0])
        return "train_dev"
    if not joined:
        logging.info(
            "Training on train alone; --train_split=train_dev adds dev, as "
            "the BioBERT paper does."
        )
    return "train"


def _run_once(
    ner: NerRun, output_dir: str, *, seed: int | None
) -> dict[str, float] | None:
    """Trains, evaluates and predicts in one folder.

    Returns:
      The headline scores by name; None when there was nothing left to do.
    """
    fv = ner.fv
    files.make_directory(output_dir)
    tagging = _task(ner, output_dir)
    splits = _splits(ner, tagging)
    seed = run.draw_seed(seed)
    logging.info("Files are in order; starting TensorFlow.")
    from training import devices
    from training.finetuning import FineTuning

    devices.prepare(deterministic=fv.deterministic)
    tuning = FineTuning(tagging, _options(ner, output_dir, seed))
    run.write_flags(fv, output_dir, seed=tuning.seed)
    if fv.do_train:
        nothing_left = tuning.already_trained(splits["train"])
        dev = splits.get("dev") if _chooses(fv) else None
        tuning.train(splits["train"], dev)
        if nothing_left and not (fv.do_eval or fv.do_predict):
            return None
    return _score(ner, tuning, splits, output_dir)


def _chooses(fv: flags.FlagValues) -> bool:
    return bool(fv.eval_every_steps or fv.eval_every_epochs)


def _task(ner: NerRun, output_dir: str) -> TaggingTask:
    return TaggingTask(
        ner.corpus,
        ner.fv.data_dir,
        tokenizer=ner.tokenizer,
        label_map=_label_map(ner, output_dir),
        max_seq_length=ner.fv.max_seq_length,
    )


def _label_map(ner: NerRun, output_dir: str) -> LabelMap:
    """Returns the labels: of the training data, or of the trained model."""
    fv = ner.fv
    if fv.do_train:
        sentences, _ = read_split(ner.corpus, fv.data_dir, ner.train_split)
        labels = labels_from_train(sentences, scheme=fv.label_scheme)
        if files.exists(files.join(output_dir, "checkpoint")):
            labels.save(output_dir)  # checks the one that is there
        else:
            files.remove(files.join(output_dir, LABEL_FILE))
        return labels
    folders = [output_dir]
    if fv.init_checkpoint:
        folders.append(model.folder_of_checkpoint(fv.init_checkpoint))
    for folder in folders:
        if files.exists(files.join(folder, LABEL_FILE)):
            return LabelMap.load(folder)
    raise InputError(
        "the labels of the model are not known",
        got=f"no {LABEL_FILE} in {' or '.join(folders)}",
        expected="the file that training leaves beside its checkpoints",
        next_step="add --do_train, or name the --output_dir of a trained model",
    )


def _splits(ner: NerRun, tagging: TaggingTask) -> dict[str, Split]:
    """Reads all data that the run needs; warns where test was trained on."""
    fv = ner.fv
    splits = {}
    if fv.do_train:
        splits["train"] = tagging.read(ner.train_split)
    if fv.do_eval or (fv.do_train and _chooses(fv)):
        splits["dev"] = tagging.read("dev")
    if fv.do_predict:
        splits["test"] = tagging.read("test")
    for name in ("dev", "test"):
        if name in splits and "train" in splits:
            warning = overlap_warning(
                splits["train"].examples, splits[name].examples, name=name
            )
            if warning:
                logging.warning("%s", warning)
    return splits


def _score(
    ner: NerRun,
    tuning: FineTuning,
    splits: dict[str, Split],
    output_dir: str,
) -> dict[str, float]:
    fv = ner.fv
    tagging = tuning.task
    headline: dict[str, float] = {}
    wanted = {"dev": fv.do_eval, "test": fv.do_predict}
    scored: dict[str, Any] = {}
    step = tuning.load_best() if any(wanted.values()) else tuning.step
    for name, is_wanted in wanted.items():
        if not is_wanted:
            continue
        predictions = tuning.predict(splits[name])
        scores = tagging.score(predictions)
        file_name = "eval_results.txt" if name == "dev" else "test_results.txt"
        results.write_key_values(
            files.join(output_dir, file_name), {**scores, "global_step": step}
        )
        print(f"***** {name} results, checkpoint of step {step} *****")
        print(tagging.report(predictions), end="")
        if name == "test":
            tagging.write_predictions(predictions, output_dir)
        scored[name] = scores
        headline[f"{name}_{tagging.headline}"] = scores[tagging.headline]
    results.write_json(
        files.join(output_dir, "results.json"),
        scores=scored,
        facts={
            "task": ner.corpus.name,
            "label_scheme": tagging.label_map.scheme,
            "headline": tagging.headline,
            "seed": tuning.seed,
            "global_step": step,
            "best_on_dev": tuning.best_on_dev(),
            "files": {name: split.files for name, split in splits.items()},
        },
    )
    return headline


def _options(ner: NerRun, output_dir: str, seed: int) -> FineTuningOptions:
    from training import options
    from training.optimizers import OptimizerOptions

    fv = ner.fv
    biobert = fv.label_scheme == "biobert"
    return options.FineTuningOptions(
        output_dir=output_dir,
        model=options.ModelOptions(
            config=ner.model.config,
            gelu_form=ner.model.gelu_form,
            init_checkpoint=ner.model.init_checkpoint,
            precision=ner.model.precision,
        ),
        batches=options.BatchOptions(
            train_batch_size=fv.train_batch_size,
            gradient_accumulation_steps=fv.gradient_accumulation_steps,
            group_by_length=fv.group_by_length,
            # The published loss counts padding: rows must have all of it.
            pad_to_max=fv.pad_to_max or biobert,
            max_seq_length=fv.max_seq_length,
            predict_batch_size=fv.predict_batch_size or fv.eval_batch_size,
        ),
        schedule=options.ScheduleOptions(
            learning_rate=fv.learning_rate,
            num_train_epochs=fv.num_train_epochs,
            warmup_proportion=fv.warmup_proportion,
        ),
        saving=options.SavingOptions(
            save_checkpoints_steps=fv.save_checkpoints_steps,
            keep_checkpoint_max=fv.keep_checkpoint_max,
            eval_every_steps=fv.eval_every_steps,
            eval_every_epochs=fv.eval_every_epochs,
            patience=fv.patience,
            log_every_steps=fv.log_every_steps,
        ),
        optimizer=OptimizerOptions(
            weight_decay=fv.weight_decay,
            epsilon=fv.adam_epsilon,
            bias_correction=fv.adam_bias_correction,
            clip_norm=fv.clip_norm,
            clip_by=fv.clip_by,
        ),
        random=options.RandomOptions(seed=seed, deterministic=fv.deterministic),
        must_not_change={
            "label_scheme": fv.label_scheme,
            "vocabulary": ner.tokenizer.vocab_sha256,
            "do_lower_case": ner.tokenizer.lower_case,
        },
    )

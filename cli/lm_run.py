"""A run of run_pretraining.py: what it does and keeps, from flags to files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from absl import flags, logging

from cli import (
    devices,
    lm_checks,
    lm_defaults,
    lm_evaluation,
    lm_inputs,
    lm_schedule,
    model,
    optimization,
    run,
    tpu,
)
from cli.devices import Cluster
from cli.lm_inputs import PretrainingInputs
from cli.model import ModelFlags
from cli.own_files import RUN_FLAGS
from foundation import files
from foundation.errors import InputError
from reporting import results
from reporting.pretraining_curves import write_pretraining_curves
from training.options import ModelOptions
from training.pretraining_options import PretrainingOptions

if TYPE_CHECKING:
    from training.pretraining import Pretraining

RESULT_FILE = "eval_results.txt"
_PARTS = {
    "train": "Train the model.",
    "eval": "Score the newest checkpoint; writes eval_results.txt.",
}


def define(fv: flags.FlagValues, *, defaults: Mapping[str, Any]) -> None:
    """Declares the flags; `defaults` are the script's, by flag name."""
    run.define_shared(fv, parts=_PARTS, defaults=defaults)
    flags.DEFINE_boolean(
        "new_phase",
        False,
        "The run in --output_dir goes on with other records, lengths, batches "
        "or rates than before.",
        flag_values=fv,
    )


def run_all(fv: flags.FlagValues) -> int:
    """Runs what the flags ask for; returns the exit code."""
    _check_flags(fv)
    cluster = devices.read_cluster(fv)
    found = model.read(fv)
    lm_defaults.take(fv, family=found.config.family)
    run.check_shared(fv, parts=_PARTS)
    optimization.check(fv)
    tpu.check_batches(fv)
    lm_checks.check_model(fv, found.config)
    run.prepare_output_dir(fv.output_dir, overwrite=False)  # not yet
    inputs = lm_inputs.read(fv, found.config)
    seed = _seed(fv, cluster)
    options = _options(fv, found, inputs, seed=seed)
    if cluster.is_chief:
        _prepare_folder(fv, found, inputs, seed=seed)
    pretraining = _start(options)
    if fv.do_train:
        trained = _train(pretraining, options)
        if cluster.is_chief:
            _write_training(fv, seed=pretraining.seed, trained=trained)
    if fv.do_eval:
        _score(fv, pretraining, cluster)
    return 0


def _check_flags(fv: flags.FlagValues) -> None:
    """Looks at the flags alone, so that a wrong one is told at once."""
    devices.check(fv)
    lm_inputs.check(fv)
    lm_schedule.check(fv)
    lm_evaluation.check(fv)
    if not fv.output_dir:
        run.check_shared(fv, parts=_PARTS)
    if not fv.overwrite_output_dir:
        return
    if fv.new_phase:
        raise InputError(
            "a run cannot go on and start again",
            got="--new_phase and --overwrite_output_dir",
            expected="one of them",
            next_step="leave one out",
        )
    if _starts_from(fv, fv.output_dir):
        raise InputError(
            "--overwrite_output_dir would remove the weights to start from",
            got=f"--init_checkpoint={fv.init_checkpoint} in --output_dir",
            expected="two folders",
            next_step="choose another --output_dir",
        )
    if devices.read_cluster(fv).num_workers > 1:
        raise InputError(
            "one worker would remove what another one reads",
            got="--overwrite_output_dir with several workers",
            expected="an empty folder, or a run to go on with",
            next_step="remove the folder by hand, or choose another "
            "--output_dir",
        )


def _starts_from(fv: flags.FlagValues, folder: str) -> bool:
    """Returns whether --init_checkpoint lies in a folder."""
    if not fv.init_checkpoint:
        return False
    of_weights = model.folder_of_checkpoint(fv.init_checkpoint)
    return bool(files.real_path(of_weights) == files.real_path(folder))


def _seed(fv: flags.FlagValues, cluster: Cluster) -> int:
    """Returns the seed; workers cannot each draw one of their own."""
    kept = files.exists(files.join(fv.output_dir, RUN_FLAGS))
    if cluster.num_workers > 1 and fv.seed is None and not kept:
        raise InputError(
            "the workers of a run need one seed",
            got=f"no --seed and {cluster.num_workers} workers",
            expected="the same --seed for each of them",
            next_step="add --seed=12345 to all of their command lines",
        )
    return run.find_seed(fv)


def _prepare_folder(
    fv: flags.FlagValues,
    found: ModelFlags,
    inputs: PretrainingInputs,
    *,
    seed: int,
) -> None:
    """Puts beside the checkpoints what the next script needs."""
    run.open_folders(fv, [fv.output_dir], seed=seed)
    # BlueBERT's README trains in the folder of the model, whose own files
    # stay as they are.
    if not fv.do_train or _starts_from(fv, fv.output_dir):
        return
    model.write_config(fv.output_dir, found)
    if inputs.vocabulary is not None:
        inputs.vocabulary.copy_to(fv.output_dir)


def _options(
    fv: flags.FlagValues,
    found: ModelFlags,
    inputs: PretrainingInputs,
    *,
    seed: int,
) -> PretrainingOptions:
    family = found.config.family
    return PretrainingOptions(
        output_dir=fv.output_dir,
        model=ModelOptions(
            config=found.config,
            gelu_form=found.gelu_form,
            init_checkpoint=found.init_checkpoint,
            precision=found.precision,
        ),
        objective=inputs.objective,
        phases=lm_schedule.read_phases(fv, inputs.train, inputs.phase2),
        optimizer=lm_schedule.read_optimizer(fv),
        saving=lm_evaluation.read_saving(fv, family=family),
        evaluation=lm_evaluation.read(fv, inputs.evaluation),
        devices=devices.read(fv),
        seed=seed,
        keep_best=lm_evaluation.keeps_best(fv, family=family),
        init_from_group0=fv.init_from_group0,
        new_phase=fv.new_phase,
        input_options={**inputs.settings, "gelu": found.gelu_form},
    )


def _start(options: PretrainingOptions) -> Pretraining:
    """Imports TensorFlow and builds the model."""
    logging.info("Files are in order; starting TensorFlow.")
    from training.pretraining import Pretraining

    return Pretraining(options)


def _train(pretraining: Pretraining, options: PretrainingOptions) -> bool:
    """Returns False where the run was complete before."""
    if pretraining.train():
        return True
    print(
        f"Nothing is left to train: the run in {options.output_dir} has made "
        f"its {options.num_train_steps} updates. For more, raise "
        "--num_train_steps; to start again, add --overwrite_output_dir."
    )
    return False


def _write_training(fv: flags.FlagValues, *, seed: int, trained: bool) -> None:
    """Writes the flags that the run has accepted, and its curves."""
    run.write_flags(fv, fv.output_dir, seed=seed)
    if trained:
        write_pretraining_curves(fv.output_dir)


def _score(
    fv: flags.FlagValues, pretraining: Pretraining, cluster: Cluster
) -> None:
    """Scores the newest checkpoint, as the originals' files have it."""
    scores = pretraining.evaluate()
    if not cluster.is_chief:
        return
    path = files.join(fv.output_dir, RESULT_FILE)
    results.write_key_values(path, scores)
    print("***** Eval results *****")
    for name in sorted(scores):
        print(f"  {name} = {scores[name]}")

"""TPU flags of the original scripts; without --use_tpu they do nothing."""

from __future__ import annotations

from typing import Any

from absl import flags

from foundation import files
from foundation.errors import InputError

# Every flag that names a file or a folder; a script has some of them.
PATH_FLAGS = (
    "bert_config_file",
    "eval_input_file",
    "init_checkpoint",
    "input_file",
    "output_dir",
    "phase2_input_file",
    "spm_model_file",
    "vocab_file",
)
_COUNTED = {"num_tpu_cores": "cores", "iterations_per_loop": "updates"}
# Records that the cores share.
_BATCH_FLAGS = ("train_batch_size", "phase2_train_batch_size")


def define(fv: flags.FlagValues) -> None:
    """Declares the flags, with the originals' defaults."""
    flags.DEFINE_boolean("use_tpu", False, "Run on a TPU.", flag_values=fv)
    texts = {
        "tpu_name": "Name or address of the TPU.",
        "tpu_zone": "Cloud zone of the TPU.",
        "gcp_project": "Cloud project of the TPU.",
        "master": "Address of a TensorFlow master.",
    }
    for name, text in texts.items():
        flags.DEFINE_string(
            name,
            None,
            f"{text} Without effect unless --use_tpu.",
            flag_values=fv,
        )
    flags.DEFINE_integer(
        "num_tpu_cores",
        8,
        "Cores of the TPU. Without effect unless --use_tpu.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "iterations_per_loop",
        1000,
        "Steps between two visits of the host. Without effect unless "
        "--use_tpu.",
        flag_values=fv,
    )


def refuse_tpu(fv: flags.FlagValues) -> None:
    """Raises InputError for --use_tpu in a script that cannot use one."""
    if fv.use_tpu:
        raise InputError(
            "this script does not run on a TPU",
            got="--use_tpu",
            expected="a CPU or a GPU",
            next_step="leave --use_tpu out; the other TPU flags may stay",
        )


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for what a run with --use_tpu cannot have.

    A TPU is another machine: it writes checkpoints itself and sees no local
    disk. All local paths are named at once.
    """
    _check_remote(fv)
    if fv.precision == "float16":
        raise InputError(
            "a TPU does not compute in float16",
            got="--precision=float16 with --use_tpu",
            expected="bfloat16 or float32",
            next_step="set --precision=bfloat16",
        )
    if fv.tpu_name and fv.master and fv.tpu_name != fv.master:
        raise InputError(
            "two TPUs are named",
            got=f"--tpu_name={fv.tpu_name} and --master={fv.master}",
            expected="one of them",
            next_step="leave --master out",
        )
    for name in ("num_tpu_cores", "iterations_per_loop"):
        if fv[name].value < 1:
            raise InputError(
                f"--{name} is not a number of {_COUNTED[name]}",
                got=fv[name].value,
                expected="1 or more",
                next_step=f"correct --{name}",
            )


def check_batches(fv: flags.FlagValues) -> None:
    """Raises InputError where the cores of a TPU would not get as much."""
    if not fv.use_tpu:
        return
    for name in _BATCH_FLAGS:
        size = fv[name].value
        if size is not None and size % fv.num_tpu_cores:
            raise InputError(
                f"--{name} is not for this many cores",
                got=f"{size} records for --num_tpu_cores={fv.num_tpu_cores}",
                expected=f"a multiple of {fv.num_tpu_cores}: all cores get as "
                "many",
                next_step=f"change --{name} or --num_tpu_cores",
            )


def _check_remote(fv: flags.FlagValues) -> None:
    local = [
        f"--{name}={path}"
        for name in PATH_FLAGS
        if name in fv
        for path in (fv[name].value or "").split(",")
        if path.strip() and not files.is_remote(path.strip())
    ]
    if local:
        raise InputError(
            "a TPU cannot reach this machine's disk",
            got=", ".join(local),
            expected="remote paths, as gs://bucket/folder",
            next_step="copy these files there (`gsutil cp -r`), and give the "
            "gs:// paths",
        )


def read(fv: flags.FlagValues) -> dict[str, Any]:
    """Returns which TPU, as `DeviceOptions` has it; without one, none."""
    if not fv.use_tpu:
        return {}
    return {
        "tpu_name": fv.tpu_name or fv.master,
        "tpu_zone": fv.tpu_zone,
        "gcp_project": fv.gcp_project,
        "iterations_per_loop": fv.iterations_per_loop,
    }

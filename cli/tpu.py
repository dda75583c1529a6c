"""TPU flags of the original scripts: accepted, so that old lines run."""

from __future__ import annotations

from absl import flags

from foundation.errors import InputError


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

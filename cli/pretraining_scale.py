"""How the work is done: processes, memory, files, what is shown."""

from __future__ import annotations

import shlex

from absl import flags

from foundation.errors import InputError
from preprocessing import beam_engine


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_integer(
        "num_workers",
        None,
        "Processes. When it is given, the text is cut between documents into "
        "units of --unit_megabytes, and each has record files of its own "
        "(name-00003-of-00012.tfrecord), as if the original had been called "
        "for it alone with --random_seed plus the unit's index. They do not "
        "depend on the number of processes; the same command goes on after a "
        "stop. Not given: one process, and the original's records of the text "
        "as a whole.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "unit_megabytes",
        10.0,  # five passes make record files of 110 MB
        "With --num_workers or --runner: least size of a unit, in millions "
        "of bytes of text.",
        lower_bound=0.001,
        flag_values=fv,
    )
    _define_beam(fv)
    _define_files(fv)


def _define_beam(fv: flags.FlagValues) -> None:
    flags.DEFINE_string(
        "runner",
        None,
        "Has the units made by Apache Beam (`make beam`): DirectRunner, "
        "FlinkRunner, SparkRunner, DataflowRunner. The same files as with "
        "--num_workers, which DirectRunner takes as well.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "pipeline_options",
        None,
        'What Beam is told: --pipeline_options="--project=x --region=y".',
        flag_values=fv,
    )


def _define_files(fv: flags.FlagValues) -> None:
    flags.DEFINE_float(
        "memory_budget",
        2.0,
        "Megabytes of text and of instances, each, that a process keeps in "
        "memory; more goes to temporary files beside the records, which takes "
        "no longer as long as the system has memory for them.",
        lower_bound=1.0,
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "gzip", False, "Compress the record files.", flag_values=fv
    )
    flags.DEFINE_boolean(
        "check_only",
        False,
        "Say what is wrong with the text, and write nothing.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "overwrite_output",
        False,
        "Replace record files that are there.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "log_examples",
        False,
        "Log the first 20 records, text included. Not for clinical notes.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the stack trace of an error.", flag_values=fv
    )


def check(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that would be ignored.

    --runner alone means --num_workers=1, which is set.
    """
    if fv.runner is not None:
        _check_beam(fv)
    elif fv.pipeline_options is not None:
        raise InputError(
            "--pipeline_options needs Apache Beam",
            got="no --runner",
            expected="--runner beside it",
            next_step="add --runner=DirectRunner, or leave --pipeline_options "
            "out",
        )
    if fv["unit_megabytes"].present and fv.num_workers is None:
        raise InputError(
            "--unit_megabytes needs units",
            got="neither --num_workers nor --runner",
            expected="--num_workers or --runner beside it",
            next_step="add --num_workers=1, or leave --unit_megabytes out",
        )


def _check_beam(fv: flags.FlagValues) -> None:
    if fv.num_workers is None:
        fv["num_workers"].value = 1
    elif not beam_engine.is_direct(fv.runner):
        raise InputError(
            "--num_workers is not for workers of a cluster",
            got=f"--num_workers with --runner={fv.runner}",
            expected="their number in --pipeline_options",
            next_step="leave --num_workers out; --pipeline_options takes "
            "--parallelism (Flink) or --num_workers (Dataflow)",
        )
    try:
        words = shlex.split(fv.pipeline_options or "")
    except ValueError as error:
        raise InputError(
            "--pipeline_options cannot be read",
            got="a quotation mark without its other half",
            expected="options as on a command line",
            next_step="correct --pipeline_options",
        ) from error
    ours = ["--runner"]
    if fv["num_workers"].present:
        ours += ["--direct_num_workers", "--direct_running_mode"]
    twice = [word for word in words if word.partition("=")[0] in ours]
    if twice:
        raise InputError(
            "two flags decide the same",
            got=f"{twice[0]} in --pipeline_options",
            expected="--runner and --num_workers outside, or nothing of them",
            next_step="leave it out of --pipeline_options",
        )

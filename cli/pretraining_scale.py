"""How the work is done: processes, memory, files, what is shown."""

from __future__ import annotations

from absl import flags

from foundation.errors import InputError


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
        20.0,
        "With --num_workers: least size of a unit, in millions of bytes of "
        "text.",
        lower_bound=0.001,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "memory_budget",
        64.0,
        "Megabytes of text and of instances, each, that a process keeps in "
        "memory; more goes to temporary files beside the records.",
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
    """Raises InputError for flags that would be ignored."""
    if fv["unit_megabytes"].present and fv.num_workers is None:
        raise InputError(
            "--unit_megabytes needs units",
            got="no --num_workers",
            expected="--num_workers beside it",
            next_step="add --num_workers=1, or leave --unit_megabytes out",
        )

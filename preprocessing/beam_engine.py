"""Units of a corpus -> record files, by the workers of Apache Beam.

Units go to the workers, and nothing comes back: a worker writes a unit's
record files and their receipts, and who began the run reads the receipts when
it is over. So any runner will do, if all machines see the same files. A unit
that is tried twice, even at the same time, gives the same files.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import shlex
import threading
import traceback
from collections.abc import Generator, Sequence
from typing import Any

from foundation.errors import InputError
from preprocessing import record_making
from preprocessing.corpus_units import Unit
from preprocessing.unit_records import UnitJob, UnitResult, find_entry, run_unit

_DIRECT = ("direct", "directrunner")
_OPTIONS_OF_DIRECT = (
    # Else it downloads a program in Go first (Prism) and runs that, or goes on
    # in Python where it could not. Prism does not take what has this option,
    # which is about triggers, of which there are none here.
    "--allow_unsafe_triggers",
    # Pages for each error, which is told here in a line.
    '--sdk_harness_log_level_overrides={"apache_beam": "CRITICAL"}',
    "--default_sdk_harness_log_level=WARNING",
)
_SHARED = (
    "name places that all workers and this machine see under the same "
    "names: gs://..., s3://..., or a disk that all have"
)
_SAID = re.compile(r"\bInputError: (.*?)(?: \[while running|$)", re.MULTILINE)
# Runners have several threads in a process: what cuts text into pieces is one a
# process, remembers words, and is no good for two; nor is memory for two units.
_ONE_AT_A_TIME = threading.Lock()
_LONGEST = 300  # characters of a foreign error that are shown


def is_direct(runner: str) -> bool:
    """Returns whether a runner is Beam's own on this machine."""
    return runner.lower() in _DIRECT


def run_units(
    units: Sequence[Unit],
    job: UnitJob,
    *,
    runner: str,
    pipeline_options: str = "",
    num_workers: int = 1,
) -> Generator[UnitResult, None, None]:
    """Makes the records of all units; yields what became of each at the end.

    Args:
      units: of the corpus.
      job: how. `was_there` in the results says what was there before, sound
        or not: a worker that finds damage logs it.
      runner: by Beam's name.
      pipeline_options: what Beam is told, as on a command line.
      num_workers: processes of the direct runner; others know their own.

    Raises:
      InputError: that of a unit, Beam is missing, is told nonsense or fails,
        or records are not where this machine looks for them.
    """
    beam = _beam()
    words = shlex.split(pipeline_options)
    if is_direct(runner):  # what is given comes later, and counts
        words = [*_options_of_direct(num_workers), *words]
        logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    options = _options(words)
    there = {unit.index for unit in units if _counts(unit, job) is not None}
    try:
        pipeline = beam.Pipeline(runner=runner, options=options)
        # Any: else Beam makes rows of its own kind of the units.
        waiting = beam.Create(units, reshuffle=False).with_output_types(Any)
        made = pipeline | waiting | beam.Reshuffle()
        _ = made | "records" >> beam.Map(make_on_worker, job)
        pipeline.run().wait_until_finish()
    except Exception as error:
        # Each runner has errors of its own: gRPC's, Google's, Java's.
        raise _failure(error, runner) from error
    for unit in units:
        counts = _counts(unit, job)
        if counts is None:
            raise _not_here(job.outputs_of(unit.index).train[0])
        yield UnitResult(
            unit.index,
            unit.num_bytes,
            *counts,
            was_there=unit.index in there,
        )


def make_on_worker(unit: Unit, job: UnitJob) -> None:
    """Makes the records of a unit, wherever Beam has it done.

    Raises:
      InputError: as `run_unit`, or this machine has other files.
      RuntimeError: a defect of ours: its kind and place. Beam sends messages
        around and logs them, and one of Python's may hold text of the data.
    """
    try:
        with _ONE_AT_A_TIME:
            _check_vocabulary(job)
            result = run_unit(unit, job)
    except InputError:
        raise
    except OSError as error:
        raise InputError(
            "a worker cannot read or write a file",
            got=error.strerror or type(error).__name__,
            expected="the same files on all machines",
            next_step=_SHARED,
            path=error.filename,
        ) from error
    except Exception as error:  # noqa: BLE001 - see "Raises"
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise RuntimeError(
            f"{type(error).__name__} at {place.filename}:{place.lineno}"
        ) from None
    if result.damaged:
        logging.warning(
            "%s was damaged, or made of other text; made anew.",
            result.damaged,
        )


def _check_vocabulary(job: UnitJob) -> None:
    """Raises InputError where a worker has another file under that name."""
    wanted = job.records.manifest.vocab_sha256
    found = record_making.encoder_of(job.records.tokenizer).tokenizer
    if found.vocab_sha256 != wanted:
        raise InputError(
            "a worker has another vocabulary under this name",
            got=f"sha256 {found.vocab_sha256[:12]}",
            expected=f"sha256 {wanted[:12]}",
            next_step=_SHARED,
            path=job.records.tokenizer.path,
        )


def _counts(unit: Unit, job: UnitJob) -> tuple[int, int] | None:
    """Returns how many records a unit has, to train on and held out.

    By the receipts; reads no record. None where a file has none, or one of
    other settings.
    """
    outputs = job.outputs_of(unit.index)
    counts = []
    for paths in (outputs.train, outputs.held_out):
        count = 0
        for path in paths:
            entry = find_entry(path, job.records.manifest, overwrite=True)
            if entry is None:
                return None
            count += entry.num_records
        counts.append(count)
    return counts[0], counts[1]


def _beam() -> Any:
    # Beam says at once which libraries of Google's it has not found.
    logging.disable(logging.WARNING)
    try:
        import apache_beam
    except ImportError as error:
        raise InputError(
            "--runner needs Apache Beam",
            got="an environment without it",
            expected="one with it",
            next_step="run `make beam`, then .venv-beam/bin/python "
            "create_pretraining_data.py with the same flags; or leave "
            "--runner out and give --num_workers",
        ) from error
    finally:
        logging.disable(logging.NOTSET)
    return apache_beam


def _options_of_direct(num_workers: int) -> list[str]:
    options = list(_OPTIONS_OF_DIRECT)
    if num_workers > 1:
        options += [
            f"--direct_num_workers={num_workers}",
            "--direct_running_mode=multi_processing",
        ]
    return options


def _options(words: Sequence[str]) -> Any:
    from apache_beam.options.pipeline_options import PipelineOptions

    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):  # pages of usage
            options = PipelineOptions(list(words))
            options.get_all_options()  # only this reads the words
    except SystemExit as error:
        raise InputError(
            "Apache Beam does not take --pipeline_options",
            got=said.getvalue().strip().rpartition("error: ")[2],
            expected="options of Beam and of the runner",
            next_step="correct --pipeline_options",
        ) from error
    return options


def _failure(error: Exception, runner: str) -> InputError:
    """Tells why a run failed, as a worker said it if one did."""
    if isinstance(error, InputError):
        return InputError(str(error).partition(" [while running")[0])
    text = str(error).strip()
    told = _SAID.search(text)
    if told is not None:
        return InputError(told[1])
    last_line = text.rpartition("\n")[2][:_LONGEST]
    return InputError(
        "Apache Beam has not finished the run",
        got=f"{type(error).__name__}: {last_line}",
        expected=f"a runner {runner} that is installed, can be reached and "
        "ends well",
        next_step="see what was logged above; the same command goes on where "
        "this run stopped",
    )


def _not_here(path: str) -> InputError:
    return InputError(
        "a unit's records are not here after the run",
        got="no file with a receipt",
        expected="what a worker has written",
        next_step=_SHARED,
        path=path,
    )

"""Units of a corpus -> record files, by several processes of this machine."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Sequence

from preprocessing import record_making
from preprocessing.corpus_units import Unit
from preprocessing.task_workers import run_tasks
from preprocessing.unit_records import UnitJob, UnitResult, run_unit


def run_units(
    units: Sequence[Unit],
    job: UnitJob,
    *,
    num_workers: int,
    meanwhile: Callable[[], object] = lambda: None,
) -> Generator[UnitResult, None, None]:
    """Makes the records of all units; yields what became of each when it is.

    A unit that is not finished leaves nothing under a final name, and the same
    call goes on.

    Args:
      units: of the corpus.
      job: how.
      num_workers: processes; 1 = this one.
      meanwhile: done here while the others start, before any unit is begun.

    Raises:
      InputError: that of the first unit that fails, or a worker was killed.
    """
    yield from run_tasks(
        functools.partial(run_unit, job=job),
        units,
        num_workers=num_workers,
        get_ready=functools.partial(_get_ready, job),
        meanwhile=meanwhile,
    )


def _get_ready(job: UnitJob) -> None:
    """Loads what a worker needs for its first unit."""
    record_making.encoder_of(job.records.tokenizer)

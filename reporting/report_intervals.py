"""Counts by unit beside the ledger to 95 % intervals of the mean over seeds."""

from __future__ import annotations

import logging

from evaluation.bootstrap import Interval, interval
from foundation import files
from foundation.errors import InputError
from reporting import ledger, units
from reporting.report_data import Group
from reporting.report_markup import many, number

_RESAMPLES = 2000  # ends of an interval are shown with one digit
_NEAR = 1e-6  # percent: counts and ledger give the same score
_log = logging.getLogger(__name__)


def interval_of(group: Group, ledger_path: str) -> Interval | None:
    """Returns the interval over other test sets of the same kind.

    None where a run has no counts (a score that is no sum, a folder that was
    not copied), where the seeds have different test sets, and for folds, which
    are several test sets.
    """
    if any(len(seed.rows) > 1 for seed in group.seeds):
        return None
    paths = [ledger.units_path(ledger_path, row.id) for row in group.rows]
    if not all(files.exists(path) for path in paths):
        return None
    try:
        runs = [units.load(path) for path in paths]
        found = interval(runs, resamples=_RESAMPLES)
    except InputError as error:
        _log.warning("no interval: %s", error)
        return None
    if abs(100 * found.score - group.ours.mean) > _NEAR:
        _log.warning("no interval: the counts of %s are not its own", paths[0])
        return None
    return found


def ends_text(found: Interval) -> str:
    """Returns both ends, in percent."""
    return f"{number(100 * found.low, 1)} to {number(100 * found.high, 1)}"


def interval_text(found: Interval) -> str:
    """Returns the interval and how it was made."""
    return (
        f"{ends_text(found)}: the middle 95 % over "
        f"{many(found.resamples, 'draw')} of the test set's "
        f"{many(found.num_units, found.unit)}; the seeds stay as they are"
    )

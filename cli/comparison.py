"""Two systems of a ledger, each by one run or several."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags

from evaluation import bootstrap
from evaluation.bootstrap import Comparison, Interval
from evaluation.unit_sums import LOWER_IS_BETTER, UnitSums
from foundation import files
from foundation.errors import InputError
from reporting import units
from reporting.ledger import FILE_NAME, LedgerRow, read_ledger, units_path

_SIDES = ("a", "b")
_TOLERANCE = 1e-6  # points


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    for side in _SIDES:
        flags.DEFINE_list(
            side,
            None,
            f"The runs of system {side.upper()}: ids of the ledger, or their "
            "beginnings, with commas between. Of several, one a seed, the "
            "mean counts.",
            flag_values=fv,
        )
    flags.DEFINE_integer(
        "resamples",
        10_000,
        "How many test sets are drawn.",
        lower_bound=100,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "seed", 0, "Of the draws.", lower_bound=0, flag_values=fv
    )
    flags.DEFINE_boolean(
        "json", False, "Print JSON instead of a table.", flag_values=fv
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the stack trace of an error.", flag_values=fv
    )


def compare(fv: flags.FlagValues, words: Sequence[str]) -> str:
    """Returns what is known of the difference, as text or JSON.

    Args:
      fv: parsed flags.
      words: the command line's words without a flag: the ledger.

    Raises:
      InputError: runs that are not in the ledger, or not of the same test.
    """
    ledger = _ledger(words)
    rows = read_ledger(ledger)
    chosen = {side: _chosen(fv, side, rows, ledger=ledger) for side in _SIDES}
    for side in _SIDES:
        _check_one_system(side, chosen[side])
    _check_same_test([row for side in _SIDES for row in chosen[side]])
    counts = {
        side: [_units(row, ledger) for row in chosen[side]] for side in _SIDES
    }
    found = bootstrap.paired(
        counts["a"], counts["b"], resamples=fv.resamples, seed=fv.seed
    )
    if fv.json:
        return json.dumps(_as_json(found, chosen, counts["a"][0]), indent=1)
    return "\n".join(_table(found, chosen, counts["a"][0]))


def _ledger(words: Sequence[str]) -> str:
    if not words:
        raise InputError(
            "no ledger",
            got="no word without a flag",
            expected=f"the path of a {FILE_NAME}",
            next_step="python scripts/compare_runs.py "
            "docs/reproduction/ledger.jsonl --a=... --b=...",
        )
    path = words[0]
    if files.is_directory(path):
        path = files.join(path, FILE_NAME)
    files.check_readable(
        path,
        what="the ledger",
        next_step="name the ledger.jsonl that scripts/reproduce.py wrote",
    )
    return path


def _chosen(
    fv: flags.FlagValues, side: str, rows: Sequence[LedgerRow], *, ledger: str
) -> list[LedgerRow]:
    given = [name.strip() for name in fv[side].value or [] if name.strip()]
    if not given:
        raise InputError(
            "two systems are compared",
            got=f"no --{side}",
            expected="the id of a run, or several with commas between",
            next_step=f"take ids from {ledger}",
        )
    chosen = [_find(name, rows, ledger=ledger) for name in given]
    ids = [row.id for row in chosen]
    if len(set(ids)) < len(ids):
        raise InputError(
            f"--{side} names a run twice",
            got=", ".join(ids),
            expected="each run once",
            next_step="leave one out",
        )
    return chosen


def _find(name: str, rows: Sequence[LedgerRow], *, ledger: str) -> LedgerRow:
    """Returns the line of an id; of reruns, which share it, the last."""
    found = {row.id: row for row in rows if row.id.startswith(name)}
    if len(found) != 1:
        raise InputError(
            "no such run" if not found else "several runs begin like this",
            got=repr(name[:60]),
            expected=" or ".join(found) or "the beginning of a line's id",
            next_step="take more of its id" if found else "look for its id",
            path=ledger,
        )
    ((_, row),) = found.items()
    if row.purpose != "result":
        raise InputError(
            "the run only chose settings: nothing was kept to compare it by",
            got=f"purpose {row.purpose} of {row.id}",
            expected="result",
            next_step="name a run whose purpose is result",
            path=ledger,
        )
    return row


def _check_one_system(side: str, rows: Sequence[LedgerRow]) -> None:
    """Refuses a mean over runs that differ in more than their seed."""
    for row in rows[1:]:
        settings = {**rows[0].settings, **row.settings}
        differ = [
            name
            for name in sorted(settings)
            if rows[0].settings.get(name) != row.settings.get(name)
        ]
        if rows[0].model["files"] != row.model["files"]:
            differ.append("model files")
        if differ:
            raise InputError(
                f"the runs of --{side} are not one system",
                got=f"another {', '.join(differ)} in {row.id}",
                expected=f"those of {rows[0].id}: seeds alone may differ",
                next_step="compare systems one with another: --a, --b",
            )


def _check_same_test(rows: Sequence[LedgerRow]) -> None:
    for row in rows[1:]:
        for what, ours in _test_of(row).items():
            theirs = _test_of(rows[0])[what]
            if ours != theirs:
                raise InputError(
                    f"the runs differ in their {what}",
                    got=f"{ours} in {row.id}",
                    expected=f"{theirs}, as in {rows[0].id}",
                    next_step="compare runs of one experiment, scored on the "
                    "same files by the same score",
                )


def _test_of(row: LedgerRow) -> dict[str, object]:
    scored = [*row.files.get(row.split, ()), *row.files.get("golden", ())]
    digests = [str(file["sha256"]) for file in scored]
    return {
        "experiment": row.experiment,
        "fold": row.fold,
        "split": row.split,
        "metric": row.metric,
        "sha256 of what was scored": ", ".join(digests) or "no file",
    }


def _units(row: LedgerRow, ledger: str) -> UnitSums:
    path = units_path(ledger, row.id)
    found = units.load(path)
    same = found.metric == row.metric
    if not same or abs(100 * found.score() - row.score) > _TOLERANCE:
        raise InputError(
            "the counts by unit are not those of this line of the ledger",
            got=f"{found.metric} {100 * found.score():.4f}",
            expected=f"{row.metric} {row.score:.4f}",
            next_step="put the units folder beside the ledger that it is of",
            path=path,
        )
    return found


def _table(
    found: Comparison,
    chosen: Mapping[str, Sequence[LedgerRow]],
    sums: UnitSums,
) -> list[str]:
    """Returns the lines for people; scores in percent, as in the ledger."""
    first = chosen["a"][0]
    lines = [
        f"{first.table}, {first.experiment}, {first.metric} on {first.split}, "
        "in percent",
        "",
        f"   {'score':>7}  {'95 % interval':16}  {'sd':>5}  runs",
    ]
    for side, of_side in (("a", found.a), ("b", found.b)):
        scores = [row.score for row in chosen[side]]
        spread = (
            f"{statistics.stdev(scores):5.2f}" if len(scores) > 1 else "    -"
        )
        ids = " ".join(row.id for row in chosen[side])
        lines.append(
            f"{side.upper()}  {100 * of_side.score:7.2f}  "
            f"{_ends(of_side):16}  {spread}  {ids}"
        )
    lines += [
        "",
        f"A - B: {100 * found.difference:+.2f} points, 95 % interval "
        f"{_ends(found)}, p = {found.p_value:.4f}",
        _sentence(found, sums.metric),
        "",
        f"Paired bootstrap: {found.a.resamples:,} resamples of "
        f"{found.a.num_units:,} {sums.unit}s, seed {found.a.seed}. sd is that "
        "over the runs, which are not resampled.",
    ]
    return lines


def _ends(found: Interval | Comparison) -> str:
    return f"{100 * found.low:.2f} to {100 * found.high:.2f}"


def _sentence(found: Comparison, metric: str) -> str:
    """Returns what a person may say."""
    which = "the 95 % interval of the difference"
    if not found.is_a_difference:
        return f"No difference can be told: {which} holds 0."
    a_is_better = (found.difference > 0) != (metric in LOWER_IS_BETTER)
    better, worse = ("A", "B") if a_is_better else ("B", "A")
    return f"{better} is better than {worse}: {which} does not hold 0."


def _as_json(
    found: Comparison,
    chosen: Mapping[str, Sequence[LedgerRow]],
    sums: UnitSums,
) -> dict[str, Any]:
    """Returns the same as fractions."""
    first = chosen["a"][0]
    return {
        "table": first.table,
        "experiment": first.experiment,
        "split": first.split,
        "metric": sums.metric,
        "unit": sums.unit,
        **dataclasses.asdict(found),
        "ids": {side: [row.id for row in chosen[side]] for side in _SIDES},
        "is_a_difference": found.is_a_difference,
        "sentence": _sentence(found, sums.metric),
    }

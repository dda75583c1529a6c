"""Settings chosen on dev: each point of a grid is trained once, test unseen."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cli import reproduction_data
from cli.reproduction_plan import Run, in_its_folder, scored_on_dev
from foundation.errors import InputError
from reporting.ledger import LedgerRow

Grid = Mapping[str, Sequence[str]]


def points(run: Run, grid: Grid, *, output_dir: str) -> list[Run]:
    """Returns a run for each point of the grid, scored on dev alone.

    They train on train, whatever the result is trained on. Flags that the
    caller has set are not tuned.

    Args:
      run: that the settings are for.
      grid: flag -> values.
      output_dir: of all runs.

    Raises:
      InputError: there is no dev to choose by, or nothing to choose.
    """
    free = {n: values for n, values in grid.items() if n not in run.changed}
    _check_dev(run)
    if not free:
        raise InputError(
            f"nothing to tune for {run.experiment.name}",
            got="no grid in the table"
            if not grid
            else "every flag of the grid is set",
            expected="a flag with several values",
            next_step="--grid=learning_rate=5e-5,1e-4 gives one",
        )
    forced = scored_on_dev(run)
    return [
        in_its_folder(
            replace(
                run,
                purpose="tuning",
                split="dev",
                changed={
                    **run.changed,
                    **dict(zip(free, values, strict=True)),
                    **forced,
                },
            ),
            output_dir,
        )
        for values in itertools.product(*free.values())
    ]


def _check_dev(run: Run) -> None:
    """Refuses to choose by what is reported."""
    got = None
    if run.split == "dev":
        got = "dev standing for test, which is not there"
    elif "data_dir" not in run.data:
        got = "questions, which have no dev data"
    elif "dev" not in reproduction_data.splits_in(
        run.experiment, run.data["data_dir"]
    ):
        got = f"no dev data in {run.data['data_dir']}"
    if got is not None:
        raise InputError(
            f"{run.experiment.name} cannot be tuned",
            got=got,
            expected="dev to choose by and test to report",
            next_step="leave --tune out, or give settings with --set; "
            "--corpora names the rows that can",
        )


def choose(
    tried: Sequence[tuple[Run, LedgerRow]], grid: Grid
) -> tuple[dict[str, str], list[dict[str, object]]]:
    """Returns the best settings on dev, and all points, that one first.

    Of equal scores the first point is taken.
    """
    all_points = [
        {
            "settings": {n: run.changed[n] for n in grid if n in run.changed},
            "score": row.score,
            "id": row.id,
        }
        for run, row in tried
    ]
    ordered = sorted(all_points, key=lambda point: -float(str(point["score"])))
    best = ordered[0]["settings"]
    assert isinstance(best, dict)
    return dict(best), ordered

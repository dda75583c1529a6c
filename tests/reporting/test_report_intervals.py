"""Intervals from the counts beside a ledger, and when there are none."""

import numpy as np
import pytest

from evaluation.unit_sums import UnitSums
from reporting import ledger, units
from reporting.report_data import collect
from reporting.report_intervals import ends_text, interval_of, interval_text
from tests.reporting import ledgers


def write(folder, rows, rights):
    """Writes the ledger and, for each run, how many of 400 rows are right."""
    path = str(ledgers.write(folder, rows))
    (folder / ledger.UNITS_FOLDER).mkdir()
    for row, right in zip(rows, rights, strict=True):
        counts = np.ones([400, 2])
        counts[right:, 0] = 0
        units.save(
            ledger.units_path(path, row.id),
            UnitSums("accuracy", "row", ("total", "units"), counts),
        )
    (table,) = collect(rows)
    return path, table.groups[0]


def rows_of(*scores, **changes):
    return [
        ledgers.row(seed=seed, score=score, metric="accuracy", **changes)
        for seed, score in enumerate(scores, 1)
    ]


def test_the_interval_is_that_of_a_share(tmp_path):
    path, group = write(tmp_path, rows_of(75), [300])
    found = interval_of(group, path)
    # 1.96 standard errors of a share of 0.75 of 400: 0.0424 to each side.
    assert 100 * found.low == pytest.approx(70.76, abs=0.6)
    assert 100 * found.high == pytest.approx(79.24, abs=0.6)
    assert ends_text(found).startswith("70.")
    assert "400 rows" in interval_text(found)
    assert interval_of(group, path) == found  # the same draws every time


def test_it_is_of_the_mean_over_seeds(tmp_path):
    path, group = write(tmp_path, rows_of(75, 85), [300, 340])
    found = interval_of(group, path)
    assert found.score == pytest.approx(0.80)
    assert found.low < 0.80 < found.high


def test_there_is_none_for_folds(tmp_path):
    rows = [
        ledgers.row(fold=fold, score=75, metric="accuracy") for fold in (1, 2)
    ]
    path, group = write(tmp_path, rows, [300, 300])
    assert interval_of(group, path) is None


def test_there_is_none_without_counts(tmp_path):
    path, group = write(tmp_path, rows_of(75, 80)[:1], [300])
    assert interval_of(group, path) is not None
    (tmp_path / "units" / f"{group.first.id}.npz").unlink()
    assert interval_of(group, path) is None


@pytest.mark.parametrize("rights", [[310], [0]])
def test_counts_of_another_score_are_not_taken(tmp_path, caplog, rights):
    path, group = write(tmp_path, rows_of(75), rights)
    assert interval_of(group, path) is None
    assert "not its own" in caplog.text


def test_damaged_counts_are_said(tmp_path, caplog):
    path, group = write(tmp_path, rows_of(75), [300])
    counts = tmp_path / "units" / f"{group.first.id}.npz"
    counts.write_bytes(counts.read_bytes()[:100])
    assert interval_of(group, path) is None
    assert "damaged" in caplog.text

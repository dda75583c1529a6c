"""docs/reproduction: the ledger that is bundled, its counts, its report."""

from __future__ import annotations

import re

import pytest

from reporting import experiments, units
from reporting.ledger import read_ledger, units_path
from reporting.report_data import collect
from tests import script_entry

# CC BY 4.0; no other corpus's text may be in the repository.
WITH_TEXTS = {"ncbi_disease"}


@pytest.fixture(scope="module")
def folder(root_dir):
    return root_dir / "docs" / "reproduction"


@pytest.fixture(scope="module")
def ledger(folder):
    return str(folder / "ledger.jsonl")


@pytest.fixture(scope="module")
def rows(ledger):
    return read_ledger(ledger)


@pytest.fixture(scope="module")
def groups(rows):
    return [group for report in collect(rows) for group in report.groups]


def test_each_line_is_of_a_table(rows):
    assert rows
    for row in rows:
        experiment = experiments.find_table(row.table).experiment(
            row.experiment
        )
        assert row.metric == experiment.headline
        assert row.recipe["path"].endswith(experiment.recipe)
        assert row.code["clean"], row.id
        assert all(f["sha256"] for of in row.files.values() for f in of)


def test_counts_by_unit_give_the_scores(rows, ledger):
    for row in rows:
        if row.purpose == "result":
            counts = units.load(units_path(ledger, row.id))
            assert 100 * counts.score() == pytest.approx(row.score, abs=1e-6)


def test_the_report_is_of_this_ledger(rows, folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    missing = [r.id for r in rows if r.purpose == "result" and r.id not in page]
    assert not missing
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_the_report_has_no_text_but_of_free_corpora(folder, groups):
    page = (folder / "report.html").read_text(encoding="utf-8")
    browsers = re.findall(r'class="errors" id="([^"]+)"', page)
    assert len(browsers) == len(WITH_TEXTS)
    for name in WITH_TEXTS:
        anchor = name.replace("_", "-")
        assert any(anchor in each for each in browsers)
    assert {group.experiment for group in groups} > WITH_TEXTS


def test_the_page_of_the_docs_has_the_ledgers_figures(folder, groups):
    page = (folder / "index.md").read_text(encoding="utf-8")
    for group in groups:
        ours = group.ours
        shown = f"{ours.mean:.2f}"
        if ours.sd is not None:
            shown += f" (sd {ours.sd:.2f})"
        row = f"| {shown} | {len(group.seeds)} |"
        assert row in page, (group.full_title, row)


def test_the_comparison_in_the_docs_is_what_comes_out(root_dir, capsys):
    ledger = root_dir / "docs" / "reproduction" / "ledger.jsonl"
    words = [str(ledger), "--a=28b2", "--b=4192"]
    assert script_entry.run(["scripts/compare_runs.py", *words]) == 0
    printed = capsys.readouterr().out.strip()
    page = (root_dir / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert printed in page

"""Lines of a ledger to the report: one HTML file that needs nothing else.

The page loads nothing: a content security policy forbids what is not in the
file, and any script but ours (its hash is in the policy).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping, Sequence

from evaluation.bootstrap import Interval
from foundation import files
from reporting.ledger import LedgerRow
from reporting.report_data import TUNING, TableReport, collect
from reporting.report_experiment import Sources, section
from reporting.report_groups import group_bars
from reporting.report_intervals import interval_of
from reporting.report_markup import (
    duration,
    escape,
    facts,
    name,
)
from reporting.report_summary import summary
from reporting.report_table import head, levels, results

TITLE = "Published tables, run again"

_HOW_TO_READ = """<details class="print" open>
<summary>How to read this</summary>
<div class="folded"><ul>
<li>Ours is always a mean over all seeds that were run, with the standard
deviation (n &minus; 1) from two seeds on. No run of ours was chosen by its
score on test, and no seed was left out.</li>
<li><em>Published</em> is what the paper prints, with what kind of number it
is. <em>Honest</em> is a number for the same task that one may expect to get
again: by the same authors or others, under a fixed protocol.</li>
<li>Ours and published are comparable only where model, settings and files are
the same: what differs is said at each table.</li>
<li>The interval is over other test sets of the same kind and size, by
bootstrap; where there is none, the score is no sum over units, there are
folds, or the counts are not beside the ledger. Two systems differ where the
interval of their difference does not hold 0:
<code>python scripts/compare_runs.py LEDGER --a=ID --b=ID</code></li>
</ul></div></details>"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#content">To the results</a>
{body}
<script>{script}</script>
</body>
</html>
"""


def page(rows: Sequence[LedgerRow], sources: Sources) -> str:
    """Returns the report as HTML."""
    reports = collect(rows)
    anchors = _anchors(reports)
    intervals = {
        id(group): interval_of(group, sources.ledger)
        for report in reports
        for group in report.groups
    }
    body = [
        _header(reports, rows),
        _contents(reports, anchors),
        '<main id="content" tabindex="-1">',
        summary(reports, anchors),
        _HOW_TO_READ,
        *(
            _table(report, sources, anchors=anchors, intervals=intervals)
            for report in reports
        ),
        "</main>",
        "<footer><p>Written by <code>python scripts/write_report.py</code> "
        "from the ledger, whose lines hold everything shown here but curves "
        "and errors.</p></footer>",
    ]
    return _fill("\n".join(body))


def _anchors(reports: Sequence[TableReport]) -> dict[int, str]:
    """Returns ids of tables and groups, unique whatever they are called."""
    anchors = {}
    for i, report in enumerate(reports):
        anchors[id(report)] = f"t{i}-{_slug(report.name)}"
        for j, group in enumerate(report.groups):
            anchors[id(group)] = f"t{i}e{j}-{_slug(group.experiment)}"
    return anchors


def _slug(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")[:40]


def _header(reports: Sequence[TableReport], lines: Sequence[LedgerRow]) -> str:
    rows = [r for report in reports for g in report.groups for r in g.rows]
    days = sorted({row.finished[:10] for row in rows})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    tuning = [row for row in lines if row.purpose == TUNING]
    chosen_by = f"{len(tuning):,}, {duration(sum(r.seconds for r in tuning))}"
    about = facts(
        [
            ("Runs", f"{len(rows):,}"),
            (
                "Experiments",
                f"{sum(len(report.groups) for report in reports):,}",
            ),
            ("Time of the runs", duration(sum(row.seconds for row in rows))),
            ("Runs to choose settings", chosen_by if tuning else ""),
            ("Run on", escape(when)),
        ]
    )
    return (
        f'<header class="page"><h1>{TITLE}</h1>\n<p class="lead">Scores of '
        "papers and READMEs beside what their recipes give here: every seed, "
        f"and what makes a number incomparable.</p>\n{about}</header>"
    )


def _contents(
    reports: Sequence[TableReport], anchors: Mapping[int, str]
) -> str:
    items = "".join(
        f'<li><a href="#{anchors[id(report)]}">{name(report.title)}</a> '
        f'<span class="quiet">{len(report.groups)}</span></li>'
        for report in reports
    )
    return (
        '<nav aria-label="Contents"><ul><li><a href="#summary">Summary</a></li>'
        f"{items}</ul></nav>"
    )


def _table(
    report: TableReport,
    sources: Sources,
    *,
    anchors: Mapping[int, str],
    intervals: Mapping[int, Interval | None],
) -> str:
    anchor = anchors[id(report)]
    sections = "\n".join(
        section(
            group,
            sources,
            anchor=anchors[id(group)],
            interval=intervals[id(group)],
        )
        for group in report.groups
    )
    return (
        f'<section class="table" id="{anchor}" aria-labelledby="{anchor}-h">\n'
        f'<h2 id="{anchor}-h">{name(report.title)}</h2>\n{head(report)}\n'
        f"{group_bars(report)}\n{results(report, anchors, intervals)}\n"
        f"{levels(report)}\n"
        f"{sections}\n</section>"
    )


def _fill(body: str) -> str:
    style, script = (_own_file(f"report.{ending}") for ending in ("css", "js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; "
        f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )
    return _PAGE.format(
        policy=policy, title=TITLE, style=style, body=body, script=script
    )


def _own_file(file_name: str) -> str:
    """Returns the page's style or script, which lie beside this file."""
    path = os.path.join(os.path.dirname(__file__), file_name)
    return "\n" + files.read_text(
        path, what="a part of the kit", next_step="install the kit again"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"

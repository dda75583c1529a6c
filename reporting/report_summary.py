"""All experiments of the report, a line each, on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reporting.report_charts import strip
from reporting.report_data import Group, TableReport
from reporting.report_markup import escape, many, metric, name, number, table
from reporting.report_notices import SERIOUS, notices
from reporting.report_table import badges, cells_of, marks_of, mean_text

_HEAD = ("", "metric", "published", "honest", "ours", "seeds", "0 to 100")


def summary(reports: Sequence[TableReport], anchors: Mapping[int, str]) -> str:
    """Returns the section with the table of all experiments.

    Args:
      reports: the tables.
      anchors: ids of tables and groups, by their id().
    """
    rows: list[list[str]] = []
    titles = {}
    for report in reports:
        titles[len(rows)] = (
            f'<a href="#{anchors[id(report)]}">{name(report.title)}</a>'
        )
        rows += [_line(group, anchors[id(group)]) for group in report.groups]
    return (
        '<section id="summary" aria-labelledby="summary-h">'
        '<h2 id="summary-h">Summary</h2>\n'
        + table(
            f"{many(len(rows), 'experiment')}, percent",
            _HEAD,
            rows,
            numbers=(2, 3, 4, 5),
            titles=titles,
            css_class="summary",
        )
        + '<p class="quiet">Published and honest: the highest of what the '
        "tables below print.</p></section>"
    )


def _line(group: Group, anchor: str) -> list[str]:
    serious = [n for n in notices(group) if n.level == SERIOUS]
    return [
        f'<a href="#{anchor}">{name(group.title)}</a>{badges(serious)}',
        metric(group.first.metric),
        _best(group, honest=False),
        _best(group, honest=True),
        mean_text(group.ours),
        str(len(group.seeds)),
        strip(group.ours, marks_of(group), label=group.title, whole=True),
    ]


def _best(group: Group, *, honest: bool) -> str:
    cells = cells_of(group, honest=honest)
    if not cells:
        return number(None)
    best = max(cells, key=lambda cell: cell.score)
    return (
        f'{number(best.score)}<span class="of-table">{escape(best.system)}'
        "</span>"
    )

"""All experiments of the report, a line each, on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reporting.report_charts import strip
from reporting.report_data import Group, TableReport
from reporting.report_markup import escape, many, metric, name, number, table
from reporting.report_notices import SERIOUS, notices
from reporting.report_table import (
    badges,
    cells_of,
    linked,
    marks_of,
    mean_text,
)

_HEAD = (
    "experiment",
    "published",
    "honest",
    "ours",
    "seeds",
    "0 to 100: ours in blue",
)


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
            numbers=(1, 2, 3, 4),
            titles=titles,
            css_class="summary",
        )
        + f'<p class="quiet">Ours: {_models(reports)}, with the settings that '
        "the tables below name. Published and honest: the highest that these "
        "tables print, and of which system.</p></section>"
    )


def _models(reports: Sequence[TableReport]) -> str:
    """Returns the models that were trained."""
    names = dict.fromkeys(
        str(row.model.get("name", "?"))
        for report in reports
        for group in report.groups
        for row in group.rows
    )
    return ", ".join(map(name, names))


def _line(group: Group, anchor: str) -> list[str]:
    serious = [n for n in notices(group) if n.level == SERIOUS]
    return [
        linked(group, anchor)
        + f'<span class="of-table">{_scored(group)}</span>'
        + badges(serious),
        _best(group, honest=False),
        _best(group, honest=True),
        mean_text(group.ours),
        str(len(group.seeds)),
        strip(group.ours, marks_of(group), label=group.full_title, whole=True),
    ]


def _scored(group: Group) -> str:
    """Returns the metric, and of how many folds it is if not of all."""
    text = metric(group.first.metric)
    wanted = group.published.folds if group.published else 0
    had = max(len(seed.rows) for seed in group.seeds)
    return f"{text}, {had} of {wanted} folds" if had < wanted else text


def _best(group: Group, *, honest: bool) -> str:
    cells = cells_of(group, honest=honest)
    if not cells:
        return number(None)
    best = max(cells, key=lambda cell: cell.score)
    return (
        f'{number(best.score)}<span class="of-table">{escape(best.system)}'
        "</span>"
    )

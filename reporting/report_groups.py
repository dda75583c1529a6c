"""Groups of entities, an experiment each, to one bar chart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from reporting.report_charts import Bars, bars
from reporting.report_data import TableReport
from reporting.report_table import marks_of

# Tables whose experiments are the groups of entities of one corpus.
_DRAWN_AS_BARS = ("biobertpt_ner",)


def group_bars(report: TableReport) -> str:
    """Returns a bar chart where the experiments are groups of entities."""
    if report.name not in _DRAWN_AS_BARS:
        return ""
    start = _num_shared([group.title for group in report.groups])
    lines = [
        Bars(g.full_title[start:], g.ours, marks_of(g)) for g in report.groups
    ]
    return f"<h3>By group of entities</h3>\n{bars(lines, label=report.title)}"


def _num_shared(titles: Sequence[str]) -> int:
    """Returns how many characters all titles begin with; 0 for a single one."""
    if len(titles) < 2:
        return 0
    alike = (len(set(letters)) == 1 for letters in zip(*titles, strict=False))
    return sum(1 for _ in itertools.takewhile(bool, alike))

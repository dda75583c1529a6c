"""A published table and the runs of it: head, results, levels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from evaluation.bootstrap import Interval
from reporting.experiments import Cell
from reporting.report_charts import Mark, strip
from reporting.report_data import Group, Spread, TableReport
from reporting.report_intervals import ends_text
from reporting.report_markup import (
    duration,
    escape,
    facts,
    many,
    name,
    number,
    table,
)
from reporting.report_notices import Notice, notices
from reporting.report_origin import code_text, processor_text

_KEY = """<ul class="legend" aria-hidden="true">
<li><span class="key-dot"></span>one of our seeds</li>
<li><span class="key-mean"></span>their mean, one sd to each side</li>
<li><span class="key-tick"></span>published</li>
{honest}<li>Each row has an axis of its own.</li></ul>"""
_HONEST_KEY = '<li><span class="key-diamond"></span>honest published</li>\n'
_NAMED = 3  # experiments that a changed setting names; more are counted
_LEVELS = (
    ("entity_precision", "precision"),
    ("entity_recall", "recall"),
    ("entity_f1", "F1"),
    ("strict_f1", "F1, strict IOB2"),
    ("token_f1", "F1 of words' tags"),
    ("word_type_f1", "F1 of words' types"),
)


def head(report: TableReport) -> str:
    """Returns what was published, and what ours was made with."""
    published = report.published
    rows = [row for group in report.groups for row in group.rows]
    about = []
    paper = ""
    if published:
        paper = f'<p class="paper">{escape(published.paper)}</p>'
        about = [
            ("Metric", escape(published.metric)),
            ("Protocol of the paper", escape(published.protocol)),
            ("Cost there", escape(published.cost)),
        ]
    took = sum(row.seconds for row in rows)
    models = _joined(str(row.model.get("name", "?")) for row in rows)
    about += [
        ("Our model", models),
        ("Settings changed from the recipe", _changed(report.groups)),
        ("Processor", _joined(processor_text(row.processor) for row in rows)),
        ("Code", _joined(code_text(row.code) for row in rows)),
        ("Cost here", f"{many(len(rows), 'run')}, {duration(took)} in all"),
    ]
    return f"{paper}\n{facts(about)}"


def _joined(texts: Iterator[str]) -> str:
    return "<br>".join(name(text) for text in dict.fromkeys(texts))


def _changed(groups: Sequence[Group]) -> str:
    """Returns each changed setting and the experiments it was changed for."""
    titles: dict[tuple[str, str | None, str | None], list[str]] = {}
    for group in groups:
        for setting, (before, after) in group.changed().items():
            key = (setting, before, after)
            titles.setdefault(key, []).append(group.title)
    if not titles:
        return "none"
    items = []
    for (setting, before, after), of_groups in titles.items():
        where = ""
        if len(of_groups) < len(groups):
            of = ", ".join(of_groups)
            if len(of_groups) > _NAMED:
                of = f"{len(of_groups)} of {many(len(groups), 'experiment')}"
            where = f' <span class="quiet">({escape(of)})</span>'
        items.append(
            f"<li><code>{escape(setting)}</code> {_value(before)} "
            f"\N{RIGHTWARDS ARROW} <strong>{_value(after)}</strong>{where}</li>"
        )
    return f'<ul class="changed">{"".join(items)}</ul>'


def _value(value: str | None) -> str:
    if value is None:
        return '<span class="quiet">not set</span>'
    return f"<bdi>{escape(value)}</bdi>"


def results(
    report: TableReport,
    anchors: Mapping[int, str],
    intervals: Mapping[int, Interval | None],
) -> str:
    """Returns the table of published scores and ours.

    Args:
      report: the table.
      anchors: id of each group's section, by the group's id().
      intervals: of each group's mean, likewise.
    """
    honest = any(cells_of(g, honest=True) for g in report.groups)
    majority = any(_baseline(g) for g in report.groups)
    columns = ["", "Published", "Honest", "Ours", "On one axis", "Majority"]
    shown = [True, True, honest, True, True, majority]
    rows = [
        list(itertools.compress(_result(group, anchors, intervals), shown))
        for group in report.groups
    ]
    head_cells = list(itertools.compress(columns, shown))
    return (
        table("Published and ours, percent", head_cells, rows, css_class="main")
        + _KEY.replace("{honest}", _HONEST_KEY if honest else "")
        + _of_folds(report)
    )


def _result(
    group: Group,
    anchors: Mapping[int, str],
    intervals: Mapping[int, Interval | None],
) -> list[str]:
    found = intervals[id(group)]
    ends = ""
    if found is not None:
        ends = f'<span class="quiet">95 %: {ends_text(found)}</span>'
    baseline = _baseline(group)
    return [
        linked(group, anchors[id(group)]) + badges(notices(group)),
        cells_text(cells_of(group, honest=False)),
        cells_text(cells_of(group, honest=True)),
        ours_text(group) + ends,
        strip(group.ours, marks_of(group), label=group.full_title),
        number(baseline.mean if baseline else None),
    ]


def linked(group: Group, anchor: str) -> str:
    """Returns the experiment's title, a link to its section, and variant."""
    return f'<a href="#{anchor}">{name(group.title)}</a>{variant_text(group)}'


def variant_text(group: Group) -> str:
    """Returns what tells a group from others of its experiment."""
    if not group.variant:
        return ""
    return f'<span class="of-table">{name(group.variant)}</span>'


def _of_folds(report: TableReport) -> str:
    if not any(g.published and g.published.folds for g in report.groups):
        return ""
    return (
        '<p class="quiet">With folds: the mean over the folds of a seed is the '
        "seed's score; mean and sd are over seeds.</p>"
    )


def _baseline(group: Group) -> Spread | None:
    return group.score(f"majority_{group.first.metric}")


def cells_of(group: Group, *, honest: bool) -> list[Cell]:
    """Returns the published scores of one sort."""
    cells = group.published.published if group.published else ()
    return [cell for cell in cells if cell.honest == honest]


def marks_of(group: Group) -> list[Mark]:
    """Returns the published scores as marks on an axis."""
    cells = group.published.published if group.published else ()
    return [Mark(c.system, c.score, c.honest) for c in cells]


def cells_text(cells: Sequence[Cell]) -> str:
    """Returns published scores with what they are of."""
    if not cells:
        return number(None)
    items = []
    for notes, alike in itertools.groupby(cells, key=_notes):
        items += [_cell(cell) for cell in alike]
        items.append(f'<li class="quiet">{escape(notes)}</li>')
    return f'<ul class="cells">{"".join(items)}</ul>'


def _notes(cell: Cell) -> str:
    return "; ".join(filter(None, (cell.kind, cell.source, cell.note)))


def _cell(cell: Cell) -> str:
    sd = f" \N{PLUS-MINUS SIGN} {cell.sd:g}" if cell.sd is not None else ""
    return (
        f"<li><strong>{cell.score:.2f}{sd}</strong> {escape(cell.system)}</li>"
    )


def ours_text(group: Group) -> str:
    """Returns mean, sd and the number of seeds."""
    count = many(len(group.seeds), "seed")
    return f'{mean_text(group.ours)} <span class="quiet">{count}</span>'


def mean_text(ours: Spread) -> str:
    """Returns mean and sd of our headline score."""
    sd = ""
    if ours.sd is not None:
        sd = f" <span>\N{PLUS-MINUS SIGN} {ours.sd:.2f}</span>"
    return f'<strong class="ours">{ours.mean:.2f}{sd}</strong>'


def badges(found: Sequence[Notice]) -> str:
    """Returns the labels of notices, but those of least weight."""
    items = "".join(
        f'<li class="badge {n.level}" title="{escape(n.text)}">'
        f"{escape(n.label)}</li>"
        for n in found
        if n.level != "note"
    )
    return f'<ul class="badges">{items}</ul>' if items else ""


def levels(report: TableReport) -> str:
    """Returns entity level and token level side by side; "" without both."""
    rows = []
    for group in report.groups:
        entity, token = group.score("entity_f1"), group.score("token_f1")
        if entity is None or token is None:
            continue
        gap = token.mean - entity.mean
        rows.append(
            [
                name(group.title) + variant_text(group),
                *(spread_text(group.score(each)) for each, _ in _LEVELS),
                f"{gap:+.2f}".replace("-", "\N{MINUS SIGN}"),
            ]
        )
    if not rows:
        return ""
    return table(
        "The same predictions at entity level and at token level",
        ["", *_level_heads(), "words \N{MINUS SIGN} entities"],
        rows,
        numbers=range(1, len(_LEVELS) + 2),
    ) + (
        '<p class="quiet">Entities: first word, last word and type must be '
        "right, as conlleval counts. Strict IOB2: an entity begins with B "
        "alone. Words' tags: mean over the tags but O. Words' types: B and I "
        "are one. What words gain over entities is no better model.</p>"
    )


def _level_heads() -> list[str]:
    return [
        f"{'entity ' if each.startswith('entity') else ''}{text}"
        for each, text in _LEVELS
    ]


def spread_text(value: Spread | None, digits: int = 2) -> str:
    """Returns mean and sd of a score; a dash where there is none."""
    if value is None:
        return number(None)
    text = number(value.mean, digits)
    if value.sd is not None:
        text += (
            f' <span class="sd">\N{PLUS-MINUS SIGN}{value.sd:.{digits}f}</span>'
        )
    return text

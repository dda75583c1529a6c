"""An experiment's section: what to know, scores, curves, errors, repetition."""

from __future__ import annotations

import os
from dataclasses import dataclass

from evaluation.bootstrap import Interval
from foundation import files
from reporting import report_browser, report_errors, report_predictions
from reporting.report_charts import Bars, bars
from reporting.report_curves import curves_of
from reporting.report_data import Group, Spread, spread
from reporting.report_intervals import interval_text
from reporting.report_markup import (
    details,
    escape,
    facts,
    many,
    name,
    number,
    table,
)
from reporting.report_notices import notices
from reporting.report_repeat import repeat
from reporting.report_table import (
    ours_text,
    spread_text,
    variant_text,
)

_BARS_FROM = 3  # types of entities
_REPORT_COLUMNS = ("precision", "recall", "f1")


@dataclass(frozen=True)
class Sources:
    """Where the runs are, and whose texts may be shown.

    Attributes:
      ledger: its path; the runs' folders are relative to its own.
      with_texts: (table, experiment) of those whose sentences are shown.
    """

    ledger: str
    with_texts: frozenset[tuple[str, str]]

    @property
    def ledger_folder(self) -> str:
        """Returns the ledger's folder."""
        return os.path.dirname(self.ledger) or "."


def section(
    group: Group,
    sources: Sources,
    *,
    anchor: str,
    interval: Interval | None,
) -> str:
    """Returns the section of an experiment.

    Args:
      group: its runs.
      sources: where they are.
      anchor: id of the section.
      interval: of the mean, if there is one.
    """
    run = f"seed {group.first.seed}"
    if group.first.fold is not None:
        run += f", fold {group.first.fold}"
    parts = [
        f'<h3 id="{anchor}-h">{name(group.title)} {ours_text(group)}</h3>'
        + variant_text(group),
        _definition(group, interval),
        _notices(group),
        _per_type(group),
        _curves(group, sources),
        _errors(group, sources, run, anchor=anchor),
        _all_scores(group),
        _tried(group),
        repeat(group),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        f'<section class="experiment" id="{anchor}" '
        f'aria-labelledby="{anchor}-h">\n{body}\n</section>'
    )


def _definition(group: Group, interval: Interval | None) -> str:
    first = group.first
    steps = sorted({row.step for row in group.rows})
    shown = ", ".join(f"{step:,}" for step in steps[:5])
    if len(steps) > 5:
        shown += ", …"
    reasons = "; ".join(dict.fromkeys(row.why for row in group.rows))
    return facts(
        [
            ("Score", f"{name(first.metric)}: {escape(first.definition)}"),
            ("Scored on", escape(first.split)),
            ("Interval", interval_text(interval) if interval else ""),
            ("Checkpoint", f"step {shown}; {escape(reasons)}"),
        ]
    )


def _notices(group: Group) -> str:
    items = "".join(
        f'<li class="{n.level}"><strong>{escape(n.label)}</strong> '
        f"{escape(n.text)}</li>"
        for n in notices(group)
    )
    return f'<ul class="notices">{items}</ul>' if items else ""


def _per_type(group: Group) -> str:
    """Returns the classification report, and bars where types are many."""
    kinds = group.per_type()
    if not kinds:
        return ""
    rows = [
        [
            name(kind or "entity"),
            *(spread_text(scores.get(c)) for c in _REPORT_COLUMNS),
            _support(scores.get("support")),
        ]
        for kind, scores in kinds.items()
    ]
    if len(kinds) > 1:
        rows += _averages(group, kinds)
    report = table(
        "Classification report, percent, mean over "
        + many(len(group.seeds), "seed"),
        ["", "precision", "recall", "F1", "support"],
        rows,
        numbers=range(1, 5),
        css_class="report",
    )
    drawn = ""
    if len(kinds) >= _BARS_FROM and all("f1" in s for s in kinds.values()):
        lines = [Bars(kind, scores["f1"], ()) for kind, scores in kinds.items()]
        drawn = bars(lines, label=f"F1 by type, {group.title}")
    return details(
        "By type: precision, recall, F1",
        report + drawn,
        css_class="print",
        is_open=True,
    )


def _support(support: Spread | None) -> str:
    return number(support.mean if support else None, digits=0)


def _averages(
    group: Group, kinds: dict[str, dict[str, Spread]]
) -> list[list[str]]:
    """Returns micro, macro and weighted averages, as seqeval has them."""
    rows = []
    for prefix in ("entity", "micro"):
        micro = [group.score(f"{prefix}_{c}") for c in _REPORT_COLUMNS]
        if all(micro):
            cells = map(spread_text, micro)
            rows.append(["micro average", *cells, ""])
            break
    support = {k: s["support"].mean for k, s in kinds.items() if "support" in s}
    weights = {"macro average": dict.fromkeys(kinds, 1.0)}
    if len(support) == len(kinds) and sum(support.values()):
        weights["weighted average"] = support
    for title, of_kind in weights.items():
        cells = [spread_text(_mean(kinds, c, of_kind)) for c in _REPORT_COLUMNS]
        rows.append([title, *cells, number(sum(support.values()), digits=0)])
    return rows


def _mean(
    kinds: dict[str, dict[str, Spread]], column: str, weights: dict[str, float]
) -> Spread | None:
    if not all(column in scores for scores in kinds.values()):
        return None
    by_seed = zip(*(s[column].values for s in kinds.values()), strict=True)
    total = sum(weights.values())
    return spread(
        [
            sum(w * v for w, v in zip(weights.values(), values, strict=True))
            / total
            for values in by_seed
        ]
    )


def _curves(group: Group, sources: Sources) -> str:
    """Returns the learning curves; of the first fold where there are folds."""
    rows = [seed.rows[0] for seed in group.seeds]
    charts = curves_of(rows, ledger_folder=sources.ledger_folder)
    title = "Learning curves"
    if rows[0].fold is not None:
        title += f", fold {rows[0].fold}"
    return details(title, charts, css_class="print", is_open=True)


def _errors(group: Group, sources: Sources, run: str, *, anchor: str) -> str:
    """Returns what went wrong in the first run: sentences, or a table."""
    first = group.first
    folder = files.join(sources.ledger_folder, first.folder)
    if not files.is_directory(folder):
        return ""
    counted = report_predictions.predictions_of(
        folder, split=first.split, run=run
    )
    if counted:
        return details(
            "Gold and predicted", counted, css_class="print", is_open=True
        )
    found = report_errors.read_errors(folder, split=first.split)
    if found is None:
        return ""
    if (group.table, group.experiment) not in sources.with_texts:
        return (
            '<p class="quiet">Sentences with errors are not in this file: '
            "they may be patients'. <code>--show_texts</code> puts them in."
            "</p>"
        )
    title = f"Errors of {run}: {many(found.num_wrong, 'sentence')}"
    body = report_browser.browser(found, anchor=f"{anchor}-errors", run=run)
    if group.is_clinical:
        body = (
            '<p class="warning">These are sentences of clinical notes. Give '
            "this file to nobody who may not read them.</p>" + body
        )
    return details(escape(title), body, css_class="no-print")


def _all_scores(group: Group) -> str:
    rows = [
        [name(each), spread_text(group.score(each))]
        for each in group.score_names()
    ]
    if not rows:
        return ""
    return details(
        f"All {len(rows)} scores",
        table(
            "Mean over seeds. Fractions in percent; num_* are counts.",
            ["score", "ours"],
            rows,
            numbers=(1,),
        ),
    )


def _tried(group: Group) -> str:
    """Returns the settings that were tried on dev, the one taken first."""
    points = group.first.tuned
    if not points:
        return ""
    rows = [
        [
            ", ".join(f"{name(k)} {name(v)}" for k, v in p["settings"].items()),
            number(float(p["score"])),
        ]
        for p in points
    ]
    return details(
        f"Settings tried on dev: {len(rows)}",
        table(
            "Each point's score on dev, percent; the first was taken",
            ["settings", "dev"],
            rows,
            numbers=(1,),
        ),
    )

"""What runs logged over their steps to line charts in SVG, all seeds in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foundation import files
from reporting.curves import running_mean
from reporting.history import History, Series, read_history
from reporting.ledger import LedgerRow
from reporting.report_axes import Axis, axis
from reporting.report_markup import escape, many

MAX_POINTS = 200  # of a line; more cannot be seen
_WIDTH, _HEIGHT = 420, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 408, 12, 196
_DOTS_UP_TO = 24  # points; more dots would touch
_LOOKS = 7  # colours of lines in report.css
_GONE = "the run's folder is not there"
_EMPTY = "nothing was logged"


@dataclass(frozen=True)
class Line:
    """A run's values.

    Attributes:
      name: of the run.
      series: over steps.
      chosen: step of the checkpoint that was scored, to be marked; None: not
        on this line.
    """

    name: str
    series: Series
    chosen: int | None = None


def curves_of(rows: Sequence[LedgerRow], *, ledger_folder: str) -> str:
    """Returns the charts of loss and dev score, or why there are none.

    Args:
      rows: the runs, one a seed.
      ledger_folder: folders of runs are relative to it.
    """
    histories: dict[str, tuple[LedgerRow, History]] = {}
    missing: dict[str, list[str]] = {}
    for row in rows:
        folder = files.join(ledger_folder, row.folder)
        name = f"seed {row.seed}"
        if not files.is_directory(folder):
            missing.setdefault(_GONE, []).append(name)
            continue
        history = read_history(folder)
        if history.rows:
            histories[name] = (row, history)
        else:
            missing.setdefault(_EMPTY, []).append(name)
    charts = [
        _losses(histories),
        _scores(histories, metric=rows[0].metric),
    ]
    notes = "".join(
        f'<p class="quiet">{escape(", ".join(names))}: {why}</p>'
        for why, names in missing.items()
    )
    drawn = "".join(charts)
    return f'<div class="curves">{drawn}</div>{notes}' if drawn else notes


def _losses(histories: dict[str, tuple[LedgerRow, History]]) -> str:
    lines = []
    for name, (_, history) in histories.items():
        series = history.series("loss")
        smooth, _ = running_mean(series.values)
        lines.append(Line(name, Series(series.steps, smooth, 0)))
    return chart("Training loss (running mean)", lines, from_zero=True)


def _scores(
    histories: dict[str, tuple[LedgerRow, History]], *, metric: str
) -> str:
    lines = []
    for name, (row, history) in histories.items():
        series = history.series(f"dev_{metric}")
        percent = Series(series.steps, series.values * 100, 0)
        lines.append(Line(name, percent, row.step))
    title = f"{metric.replace('_', ' ')} on dev, percent"
    return chart(title, lines, from_zero=False)


def chart(title: str, lines: Sequence[Line], *, from_zero: bool) -> str:
    """Returns a line chart over steps; "" without a single value."""
    drawn = [(i, line) for i, line in enumerate(lines) if len(line.series)]
    if not drawn:
        return ""
    values = np.concatenate([line.series.values for _, line in drawn])
    last = max(int(line.series.steps[-1]) for _, line in drawn)
    ends = [float(values.min()), float(values.max())]
    across = axis([0.0, float(last)], start=_LEFT, end=_RIGHT)
    up = axis([0.0, *ends] if from_zero else ends, start=_BOTTOM, end=_TOP)
    body = "".join(_line(line, i, (across, up)) for i, line in drawn)
    words = f"{title}, of {many(len(drawn), 'run')} over {last} steps"
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg class="lines" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(words)}">{_grid(across, up)}{body}</svg>'
        f"{_legend(drawn)}</figure>"
    )


def _grid(across: Axis, up: Axis) -> str:
    parts = [
        f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{up.place(v)}" '
        f'y2="{up.place(v)}"/><text class="scale" x="{_LEFT - 6}" '
        f'y="{up.place(v) + 4}" text-anchor="end">{up.text(v)}</text>'
        for v in up.marks()
    ]
    parts += [
        f'<text class="scale" x="{across.place(v)}" y="{_BOTTOM + 16}" '
        f'text-anchor="middle">{across.text(v)}</text>'
        for v in across.marks()
    ]
    middle = (_LEFT + _RIGHT) / 2
    parts.append(
        f'<text class="scale" x="{middle}" y="{_BOTTOM + 31}" '
        'text-anchor="middle">step</text>'
    )
    return "".join(parts)


def _line(line: Line, number: int, axes: tuple[Axis, Axis]) -> str:
    across, up = axes
    look = f"s{number % _LOOKS}"
    thin = thinned(line.series)
    points = [
        (across.place(float(step)), up.place(float(value)))
        for step, value in zip(thin.steps, thin.values, strict=True)
    ]
    path = " ".join(f"{x},{y}" for x, y in points)
    parts = [f'<polyline class="line {look}" points="{path}"/>']
    if len(points) <= _DOTS_UP_TO:
        parts += [
            f'<circle class="point {look}" cx="{x}" cy="{y}" r="2.4"/>'
            for x, y in points
        ]
    at = np.flatnonzero(line.series.steps == line.chosen)
    if len(at):
        at_step = float(line.series.steps[at[0]])
        value = float(line.series.values[at[0]])
        parts.append(
            f'<circle class="chosen {look}" cx="{across.place(at_step)}" '
            f'cy="{up.place(value)}" r="6"><title>{escape(line.name)}: step '
            f"{line.chosen}, {value:.2f}</title></circle>"
        )
    return "".join(parts)


def thinned(series: Series) -> Series:
    """Returns at most MAX_POINTS of the values, first and last among them."""
    if len(series) <= MAX_POINTS:
        return series
    kept = np.linspace(0, len(series) - 1, MAX_POINTS).round().astype(np.int64)
    return Series(series.steps[kept], series.values[kept], 0)


def _legend(drawn: Sequence[tuple[int, Line]]) -> str:
    items = "".join(
        f'<li><span class="key s{i % _LOOKS}"></span>{escape(line.name)}</li>'
        for i, line in drawn
    )
    if any(line.chosen is not None for _, line in drawn):
        items += '<li><span class="key ring"></span>the checkpoint scored</li>'
    return f'<ul class="legend">{items}</ul>'

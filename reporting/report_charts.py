"""Scores to small pictures in SVG: dots of seeds, bars of groups, pairs.

Colours and fonts are the page's (report.css): a shape has a class, no style, as
the page's policy wants it. Each picture says its numbers in words, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reporting.report_axes import Axis, axis
from reporting.report_data import Spread
from reporting.report_markup import escape, many

# Width, height, where the axis is from above, and the radius of a dot.
_STRIP = (250, 58, 36, 4.5)
_OVERVIEW = (190, 28, 21, 3.5)
_SIDE = 14  # what is free left and right of an axis
_LEAST = 2.0  # percent: the smallest range of a strip


@dataclass(frozen=True)
class Mark:
    """A published score: "BioBERT v1.1", 89.71."""

    system: str
    score: float
    honest: bool = False


def strip(
    ours: Spread,
    marks: Sequence[Mark],
    *,
    label: str,
    whole: bool = False,
) -> str:
    """Returns a dot for each seed and a tick for each published score.

    Args:
      ours: percent.
      marks: percent.
      label: what it is of.
      whole: from 0 to 100, in one line, without numbers: for an overview.
    """
    values = [*ours.values, *(mark.score for mark in marks)]
    if ours.sd:  # its band is never cut off, but where scores end
        values += [
            max(0.0, ours.mean - ours.sd),
            min(max(100.0, *values), ours.mean + ours.sd),
        ]
    width, height, line, radius = _STRIP
    if whole:
        values = [0.0, 100.0, *values]
        width, height, line, radius = _OVERVIEW
    scale = axis(values, start=_SIDE, end=width - _SIDE, least=_LEAST)
    return (
        f'<svg class="strip" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(_in_words(ours, marks, label))}">'
        + _rule(scale, line, with_text=not whole)
        + _mean(ours, scale, line)
        + "".join(_tick(mark, scale, line) for mark in marks)
        + "".join(_dots(ours, scale, line, radius=radius))
        + "</svg>"
    )


def _in_words(ours: Spread, marks: Sequence[Mark], label: str) -> str:
    seeds = ", ".join(f"{value:.2f}" for value in ours.values)
    published = "; ".join(
        f"{m.system} {m.score:.2f}{' (honest)' if m.honest else ''}"
        for m in marks
    )
    text = f"{label}: ours {seeds}"
    return f"{text}. Published: {published}" if published else text


def _rule(scale: Axis, line: float, *, with_text: bool) -> str:
    parts = [
        f'<line class="axis" x1="{scale.start}" x2="{scale.end}" y1="{line}" '
        f'y2="{line}"/>'
    ]
    for value in scale.marks():
        x = scale.place(value)
        parts.append(
            f'<line class="axis" x1="{x}" x2="{x}" y1="{line}" '
            f'y2="{line + 4}"/>'
        )
        if with_text:
            parts.append(
                f'<text class="scale" x="{x}" y="{line + 16}" '
                f'text-anchor="middle">{scale.text(value)}</text>'
            )
    return "".join(parts)


def _mean(ours: Spread, scale: Axis, line: float) -> str:
    """Returns the line of the mean, on a band one sd to each side."""
    x = scale.place(ours.mean)
    band = ""
    if ours.sd:
        left = max(scale.start, scale.place(ours.mean - ours.sd))
        right = min(scale.end, scale.place(ours.mean + ours.sd))
        band = (
            f'<rect class="band" x="{left}" y="{line - 14}" '
            f'width="{right - left:.2f}" height="14"/>'
        )
    return (
        f'{band}<line class="mean" x1="{x}" x2="{x}" y1="{line - 14}" '
        f'y2="{line}"/>'
    )


def _tick(mark: Mark, scale: Axis, line: float) -> str:
    """Returns a published score: a bar, or a diamond where it is honest."""
    x = scale.place(mark.score)
    title = f"<title>{escape(mark.system)}: {mark.score:.2f}</title>"
    if mark.honest:
        y = line - 5
        return (
            f'<path class="honest" d="M{x} {y - 6}L{x + 5} {y}L{x} {y + 6}'
            f'L{x - 5} {y}Z" data-score="{mark.score}">{title}</path>'
        )
    return (
        f'<line class="published" x1="{x}" x2="{x}" y1="{line - 13}" '
        f'y2="{line + 3}" data-score="{mark.score}">{title}</line>'
    )


def _dots(
    ours: Spread, scale: Axis, line: float, *, radius: float
) -> Iterator[str]:
    """Yields the seeds; those that would hide each other, one above another."""
    taken: list[tuple[float, int]] = []
    for number, value in enumerate(ours.values, 1):
        x = scale.place(value)
        near = {level for place, level in taken if abs(place - x) < 2 * radius}
        level = next(i for i in range(len(ours.values)) if i not in near)
        taken.append((x, level))
        y = round(line - radius - 1 - min(level, 3) * 1.5 * radius, 2)
        yield (
            f'<circle class="seed" cx="{x}" cy="{y}" r="{radius}" '
            f'data-score="{value:.4f}"><title>ours, run {number}: {value:.2f}'
            "</title></circle>"
        )


@dataclass(frozen=True)
class Bars:
    """A line of a bar chart: our runs, and what was published for it."""

    name: str
    ours: Spread | None
    marks: Sequence[Mark]


_BARS_WIDTH, _NAMES = 760, 200  # of the picture, of the names in it
_OURS, _THEIRS, _GAP = 13, 5, 12  # thickness of bars, room between lines


def bars(lines: Sequence[Bars], *, label: str) -> str:
    """Returns horizontal bars from 0 to 100: ours thick, published ones thin.

    Args:
      lines: from above; systems have the same look in all of them.
      label: what the bars are of.
    """
    systems = _systems(lines)
    scale = axis([0.0, 100.0], start=_NAMES, end=_BARS_WIDTH - _SIDE)
    each = _OURS + _THEIRS * len(systems) + _GAP
    height = each * len(lines) + 26
    parts = [
        f'<line class="grid" x1="{scale.place(v)}" x2="{scale.place(v)}" '
        f'y1="0" y2="{height - 20}"/><text class="scale" '
        f'x="{scale.place(v)}" y="{height - 6}" text-anchor="middle">'
        f"{scale.text(v)}</text>"
        for v in scale.marks()
    ]
    for number, line in enumerate(lines):
        parts += _bar_line(line, scale, systems, top=number * each + _GAP / 2)
    words = f"{label}: bars of {many(len(lines), 'line')}; numbers in the table"
    return (
        f'<div class="scroll chart"><svg class="bars" viewBox="0 0 '
        f'{_BARS_WIDTH} {height}" width="{_BARS_WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(words)}">{"".join(parts)}</svg></div>'
        f"{_bar_legend(systems)}"
    )


def _systems(lines: Sequence[Bars]) -> list[str]:
    return list(dict.fromkeys(m.system for line in lines for m in line.marks))


def _bar_line(
    line: Bars, scale: Axis, systems: Sequence[str], *, top: float
) -> Iterator[str]:
    middle = top + (_OURS + _THEIRS * len(systems)) / 2
    yield (
        f'<text class="name" x="{_NAMES - 8}" y="{middle + 4}" '
        f'text-anchor="end">{escape(_short(line.name))}'
        f"<title>{escape(line.name)}</title></text>"
    )
    if line.ours is not None:
        yield _bar(Mark("ours", line.ours.mean), scale, "ours", y=top)
        for value in line.ours.values:
            yield (
                f'<circle class="seed" cx="{scale.place(value)}" '
                f'cy="{top + _OURS / 2}" r="3.2" data-score="{value:.4f}"/>'
            )
    for mark in line.marks:
        number = systems.index(mark.system)
        y = top + _OURS + number * _THEIRS + 1
        yield _bar(mark, scale, f"p{number % 8}", y=y)


def _bar(mark: Mark, scale: Axis, css_class: str, *, y: float) -> str:
    width = max(0.0, scale.place(mark.score) - scale.start)
    thickness = _OURS if css_class == "ours" else _THEIRS - 1
    return (
        f'<rect class="bar {css_class}" x="{scale.start}" y="{y}" '
        f'width="{width:.2f}" height="{thickness}">'
        f"<title>{escape(mark.system)}: {mark.score:.2f}</title></rect>"
    )


def _short(text: str) -> str:
    return text if len(text) <= 28 else text[:27] + "…"


def _bar_legend(systems: Sequence[str]) -> str:
    items = ['<li><span class="key ours"></span>ours: mean, a dot a seed</li>']
    items += [
        f'<li><span class="key p{i % 8}"></span>{escape(system)}</li>'
        for i, system in enumerate(systems)
    ]
    return f'<ul class="legend">{"".join(items)}</ul>'


def scatter(pairs: Sequence[tuple[float, float]], *, label: str) -> str:
    """Returns gold against predicted numbers, a dot a pair."""
    numbers = [value for pair in pairs for value in pair]
    across = axis(numbers, start=44, end=330)
    up = axis(numbers, start=286, end=10)
    lines = "".join(
        f'<line class="grid" x1="{across.place(v)}" x2="{across.place(v)}" '
        f'y1="10" y2="286"/><line class="grid" x1="44" x2="330" '
        f'y1="{up.place(v)}" y2="{up.place(v)}"/>'
        f'<text class="scale" x="{across.place(v)}" y="302" '
        f'text-anchor="middle">{across.text(v)}</text>'
        f'<text class="scale" x="38" y="{up.place(v) + 4}" '
        f'text-anchor="end">{up.text(v)}</text>'
        for v in across.marks()
    )
    dots = "".join(
        f'<circle class="pair" cx="{across.place(gold)}" '
        f'cy="{up.place(predicted)}" r="3"/>'
        for gold, predicted in pairs
    )
    words = f"{label}: {many(len(pairs), 'pair')}, gold across, predicted up"
    return (
        '<svg class="scatter" viewBox="0 0 344 324" width="344" height="324" '
        f'role="img" aria-label="{escape(words)}">{lines}'
        '<line class="published" x1="44" x2="330" y1="286" y2="10"/>'
        f'{dots}<text class="scale" x="187" y="320" text-anchor="middle">gold'
        '</text><text class="scale" x="12" y="148" text-anchor="middle" '
        'transform="rotate(-90 12 148)">predicted</text></svg>'
    )

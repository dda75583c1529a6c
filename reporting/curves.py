"""The diagrams of learning_curves.png: logged values to lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reporting import pictures
from reporting.history import History, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SMOOTHED_OVER = 1 / 20  # of all logged values, around each
_LOG_SCALE_FROM = 100  # smoothed maximum over minimum
_MARKERS_UP_TO = 40  # points; more markers would touch
_LINE_STYLES = ("-", "--", ":", "-.")
LEGEND = {"frameon": False, "fontsize": 9}
_ROWS_OF_LEGEND = 5


@dataclass(frozen=True)
class Curve:
    """A run and its place among those drawn, which decides its colour."""

    name: str
    history: History
    number: int

    @property
    def look(self) -> dict[str, Any]:
        """Returns colour, line style and width, as matplotlib names them."""
        times_around, place = divmod(self.number, len(pictures.COLOURS))
        return {
            "color": pictures.COLOURS[place],
            "linestyle": _LINE_STYLES[times_around % len(_LINE_STYLES)],
            "linewidth": 1.6,
        }


def draw_loss(axes: Axes, drawn: Sequence[Curve], *, sums_loss: bool) -> None:
    """Draws the training loss; with a single run the loss on dev as well."""
    axes.set_ylabel("loss (sum of a batch)" if sums_loss else "loss (mean)")
    lines = draw_noisy(axes, drawn, name="loss", what="training")
    if len(drawn) == 1 and not sums_loss:
        dev = drawn[0].history.series("dev_loss")
        lines.append(dev.values)
        draw_scores(axes, dev, look_on_dev(), label="dev")
    set_scale(axes, np.concatenate(lines))
    axes.legend(**LEGEND)


def look_on_dev() -> dict[str, Any]:
    """Returns the look of what a single run has held out."""
    return {"color": pictures.VERMILION, "linewidth": 1.6}


def draw_score(axes: Axes, drawn: Sequence[Curve], *, score: str) -> None:
    """Draws the scores on dev, a ring around each run's best."""
    axes.set_ylabel(score.replace("_", " ", 1))
    for curve in drawn:
        best = curve.history.best(score)
        if best is None:
            continue
        look = curve.look if len(drawn) > 1 else look_on_dev()
        draw_scores(axes, curve.history.series(score), look)
        axes.plot(
            *best,
            marker="o",
            markersize=10,
            markerfacecolor="none",
            markeredgecolor=look["color"],
            markeredgewidth=1.8,
            linestyle="none",
            label=f"{curve.name} best: {best[1]:.4f} at step {best[0]}".strip(),
        )
    axes.margins(y=0.12)  # room for the rings
    axes.legend(**LEGEND, ncols=1 + (len(drawn) - 1) // _ROWS_OF_LEGEND)


def draw_scores(
    axes: Axes,
    series: Series,
    look: dict[str, Any],
    *,
    label: str | None = None,
) -> None:
    """Draws what was measured now and then, a dot for each."""
    if len(series):
        marker = "o" if len(series) <= _MARKERS_UP_TO else None
        axes.plot(
            series.steps,
            series.values,
            **look,
            marker=marker,
            markersize=3.5,
            label=label,
        )


def draw_learning_rate(axes: Axes, drawn: Sequence[Curve]) -> None:
    """Draws the learning rate of each logged update."""
    axes.set_ylabel("learning rate")
    for curve in drawn:
        series = curve.history.series("learning_rate")
        axes.plot(series.steps, series.values, **curve.look)
    axes.ticklabel_format(
        axis="y", style="sci", scilimits=(0, 0), useMathText=True
    )
    axes.set_ylim(bottom=0)


def draw_gradient_norm(axes: Axes, drawn: Sequence[Curve]) -> None:
    """Draws the norm of the gradient, before clipping."""
    axes.set_ylabel("gradient norm")
    lines = draw_noisy(axes, drawn, name="gradient_norm", what="")
    set_scale(axes, np.concatenate(lines))


def draw_noisy(
    axes: Axes,
    drawn: Sequence[Curve],
    *,
    name: str,
    what: str,
    each: str = "single batches",
) -> list[np.ndarray]:
    """Draws running means; with a single run all values behind its own.

    Args:
      axes: to draw on.
      drawn: the runs.
      name: of the value in metrics.jsonl.
      what: the value in the legend.
      each: what one logged value is of.

    Returns:
      The running means of each run.
    """
    means = []
    num_not_finite = 0
    for curve in drawn:
        series = curve.history.series(name)
        num_not_finite += series.num_not_finite
        mean, window = running_mean(series.values)
        means.append(mean)
        label = what
        if window > 1:
            label = f"{what} (running mean of {window} logged)"
        if window > 1 and len(drawn) == 1:
            look = {**curve.look, "linewidth": 0.7, "alpha": 0.35}
            batches = f"{what} ({each})"
            axes.plot(series.steps, series.values, **look, label=batches)
        marker = "o" if len(series) == 1 else None
        label = " ".join([curve.name, label]).strip()
        axes.plot(series.steps, mean, **curve.look, marker=marker, label=label)
    if num_not_finite:
        axes.annotate(
            f"{num_not_finite} values are not finite and not drawn",
            (0.01, 0.04),
            xycoords="axes fraction",
            fontsize=9,
        )
    return means


def running_mean(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Returns the mean around each value, and over how many values.

    At the start, where a loss falls fast, as many are taken before as after.
    """
    half = int(len(values) * _SMOOTHED_OVER) // 2
    places = np.arange(len(values))
    begin = np.maximum(places - half, 0)
    end = np.minimum(places + np.minimum(half, places) + 1, len(values))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return (sums[end] - sums[begin]) / (end - begin), 2 * half + 1


def set_scale(
    axes: Axes, values: np.ndarray, *, from_zero: bool = True
) -> None:
    """Chooses a linear scale, or one for values of many sizes."""
    if 0 < values.min() < values.max() / _LOG_SCALE_FROM:
        axes.set_yscale("log")
        axes.set_ylim(bottom=values.min() / 3)  # not down to the luckiest batch
        axes.set_ylabel(f"{axes.get_ylabel()}, log scale")
    elif from_zero:
        axes.set_ylim(bottom=0)

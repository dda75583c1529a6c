"""Runs and their diagrams to one picture: a grid over the same steps."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from foundation import files
from reporting import pictures
from reporting.curves import Curve
from reporting.history import History, read_history

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FILE_NAME = "learning_curves.png"

_WIDTH = 8.0  # inches, of one column
_WIDTH_OF_MORE = 6.0  # inches, of each of several columns
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Diagram:
    """One part of the picture: a logged value over the steps.

    Attributes:
      value: its name in metrics.jsonl; where no run has it, there is no
        diagram.
      height: inches.
      draw: draws the value of all runs.
    """

    value: str
    height: float
    draw: Callable[[Axes, Sequence[Curve]], None]


def write_diagrams(
    output_dir: str,
    diagrams: Sequence[Diagram],
    *,
    runs: Mapping[str, str] | None,
    columns: int = 1,
) -> str | None:
    """Draws what training logged.

    Args:
      output_dir: receives learning_curves.png; the run, if `runs` is not
        given.
      diagrams: in reading order.
      runs: name ("seed 1") -> folder, to draw several runs together.
      columns: diagrams beside each other.

    Returns:
      The picture's path. None, with the reason in the log, when nothing was
      logged, matplotlib is missing or the picture cannot be written: no run
      ends because of its picture.
    """
    folders = dict(runs) if runs else {"": output_dir}
    drawn = [
        Curve(name, history, number)
        for number, (name, folder) in enumerate(folders.items())
        if (history := read_history(folder)).rows
    ]
    known = [
        diagram
        for diagram in diagrams
        if any(len(curve.history.series(diagram.value)) for curve in drawn)
    ]
    if not known:
        _log.info(
            "no %s: no numbers were logged in %s",
            FILE_NAME,
            ", ".join(folders.values()),
        )
        return None
    heights = [
        max(diagram.height for diagram in known[begin : begin + columns])
        for begin in range(0, len(known), columns)
    ]
    width = _WIDTH if columns == 1 else columns * _WIDTH_OF_MORE
    figure = pictures.new_figure(width, 0.6 + sum(heights), name=FILE_NAME)
    if figure is None:
        return None
    _fill(figure, known, drawn, heights=heights, columns=columns)
    return pictures.save(figure, files.join(output_dir, FILE_NAME))


def _fill(
    figure: Figure,
    diagrams: Sequence[Diagram],
    drawn: Sequence[Curve],
    *,
    heights: Sequence[float],
    columns: int,
) -> None:
    """Draws the diagrams row by row, over the same steps."""
    grid = figure.subplots(
        len(heights),
        columns,
        sharex=True,
        squeeze=False,
        height_ratios=heights,
    ).ravel()
    for axes, diagram in zip(grid, diagrams, strict=False):
        pictures.simplify(axes)
        diagram.draw(axes, drawn)
    for axes in grid[len(diagrams) :]:
        axes.remove()
    for axes in grid[: len(diagrams)][-columns:]:
        if len(diagrams) < len(grid):  # the one below was removed
            axes.tick_params(labelbottom=True)
        axes.set_xlabel("step (updates of the weights)")
        axes.set_xlim(left=0)
        axes.locator_params(axis="x", integer=True)
        axes.xaxis.set_major_formatter("{x:,.0f}")
    figure.align_ylabels()
    for axes in grid[:columns]:
        _add_epochs(axes, drawn[0].history)


def _add_epochs(axes: Axes, history: History) -> None:
    last_step = max(history.rows)
    epochs = history.epochs_at(np.array([last_step]))
    if epochs is None or epochs[0] <= 0:
        return
    if np.any(np.diff(history.series("epoch").values) < 0):
        return  # phases, each of which counts its own
    per_step = float(epochs[0]) / last_step
    top = axes.secondary_xaxis(
        "top",
        functions=(
            functools.partial(np.multiply, per_step),
            functools.partial(np.multiply, 1 / per_step),
        ),
    )
    top.set_xlabel("epoch (passes over the training data)")
    top.spines["top"].set_color(pictures.GREY)
    top.tick_params(colors=pictures.GREY, labelcolor="black", labelsize=9)

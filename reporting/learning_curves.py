"""metrics.jsonl to learning_curves.png: loss, score on dev, learning rate.

One picture where bio_ner_bert drew two (error_curves.jpg, learning_rate.jpg),
for one run or for the runs of several seeds.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from foundation import files
from reporting import curves, pictures
from reporting.curves import Curve
from reporting.history import History, read_history

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FILE_NAME = "learning_curves.png"

_WIDTH = 8.0  # inches
_TALL, _SHORT = 2.4, 1.4  # inches of a diagram
_log = logging.getLogger(__name__)


def write_learning_curves(
    output_dir: str,
    *,
    headline: str,
    runs: Mapping[str, str] | None = None,
    sums_loss: bool = False,
) -> str | None:
    """Draws what training logged.

    Args:
      output_dir: receives learning_curves.png; the run, if `runs` is not
        given.
      headline: name of the score on dev that chose the best checkpoint, as
        "entity_f1".
      runs: name ("seed 1") -> folder, to draw several runs together.
      sums_loss: whether the loss of a batch is a sum (see tasks.task.Task);
        the one on dev is a mean and then not drawn beside it.

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
    diagrams = _diagrams(drawn, f"dev_{headline}", sums_loss=sums_loss)
    if not diagrams:
        _log.info(
            "no %s: no numbers were logged in %s",
            FILE_NAME,
            ", ".join(folders.values()),
        )
        return None
    height = 0.6 + sum(diagram.height for diagram in diagrams)
    figure = pictures.new_figure(_WIDTH, height, name=FILE_NAME)
    if figure is None:
        return None
    _fill(figure, diagrams, drawn)
    return pictures.save(figure, files.join(output_dir, FILE_NAME))


@dataclass(frozen=True)
class _Diagram:
    """One part of the picture: a logged value over the steps."""

    value: str  # its name in metrics.jsonl
    height: float  # inches
    draw: Callable[[Axes, Sequence[Curve]], None]


def _diagrams(
    drawn: Sequence[Curve], score: str, *, sums_loss: bool
) -> list[_Diagram]:
    """Lists what there is to draw, from top to bottom."""
    draw_loss = functools.partial(curves.draw_loss, sums_loss=sums_loss)
    draw_score = functools.partial(curves.draw_score, score=score)
    diagrams = [
        _Diagram("loss", _TALL, draw_loss),
        _Diagram(score, _TALL, draw_score),
        _Diagram("learning_rate", _SHORT, curves.draw_learning_rate),
        _Diagram("gradient_norm", _SHORT, curves.draw_gradient_norm),
    ]
    return [
        diagram
        for diagram in diagrams
        if any(len(curve.history.series(diagram.value)) for curve in drawn)
    ]


def _fill(
    figure: Figure, diagrams: Sequence[_Diagram], drawn: Sequence[Curve]
) -> None:
    """Draws the diagrams one above the other, over the same steps."""
    column = figure.subplots(
        len(diagrams),
        sharex=True,
        squeeze=False,
        height_ratios=[diagram.height for diagram in diagrams],
    )[:, 0]
    for axes, diagram in zip(column, diagrams, strict=True):
        pictures.simplify(axes)
        diagram.draw(axes, drawn)
    column[-1].set_xlabel("step (updates of the weights)")
    column[-1].set_xlim(left=0)
    column[-1].locator_params(axis="x", integer=True)
    column[-1].xaxis.set_major_formatter("{x:,.0f}")
    figure.align_ylabels()
    _add_epochs(column[0], drawn[0].history)


def _add_epochs(axes: Axes, history: History) -> None:
    last_step = max(history.rows)
    epochs = history.epochs_at(np.array([last_step]))
    if epochs is None or epochs[0] <= 0:
        return
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
